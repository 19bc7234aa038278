// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/shared_parameters.h"

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

struct Entry {
  std::uint32_t index;
  float value;
};

constexpr MemoryPolicy kPolicies[] = {
    MemoryPolicy::kLossy, MemoryPolicy::kAtomic, MemoryPolicy::kSharded,
    MemoryPolicy::kLocked};
constexpr std::size_t kShard = SharedParameters<float>::kShardSize;

class EachPolicy : public testing::TestWithParam<MemoryPolicy> {};

INSTANTIATE_TEST_SUITE_P(SharedParameters, EachPolicy,
                         testing::ValuesIn(kPolicies), [](const auto& kind) {
                           return std::string(ToString(kind.param));
                         });

template <typename T>
std::vector<T> ReadAll(SharedParameters<T>& parameters) {
  std::vector<T> out(parameters.size());
  parameters.Read(out);
  return out;
}

template <typename T>
SharedParameters<T> Zeros(std::size_t size, MemoryPolicy policy) {
  return SharedParameters<T>(std::vector<T>(size), policy);
}

// --- One worker: the arithmetic ----------------------------------------------

// The sizes lie around the ends of a shard. The sums are compared bit for bit
// with a plain loop, which rounds in the same two places.
template <typename T>
void ExpectPlainLoop(MemoryPolicy policy) {
  std::mt19937 random(1);
  std::uniform_real_distribution<T> uniform(-1, 1);
  for (const std::size_t size : {std::size_t{0}, std::size_t{1}, kShard - 1,
                                 kShard, kShard + 1, 3 * kShard + 7}) {
    std::vector<T> expected(size);
    std::vector<T> delta(size);
    for (T& value : expected) value = uniform(random);
    for (T& value : delta) value = uniform(random);
    SharedParameters<T> parameters(expected, policy);
    EXPECT_EQ(parameters.size(), size);
    EXPECT_EQ(ReadAll(parameters), expected);

    const T scale = uniform(random);
    parameters.Add(delta, scale);
    for (std::size_t j = 0; j < size; ++j) {
      const T product = scale * delta[j];
      expected[j] += product;
    }
    EXPECT_EQ(ReadAll(parameters), expected);
  }
}

TEST_P(EachPolicy, AddsLikeAPlainLoopInFloat) {
  ExpectPlainLoop<float>(GetParam());
}
TEST_P(EachPolicy, AddsLikeAPlainLoopInDouble) {
  ExpectPlainLoop<double>(GetParam());
}

TEST_P(EachPolicy, AddsSparseEntriesLikeAPlainLoop) {
  constexpr std::size_t kSize = 2 * kShard + 10;
  std::mt19937 random(2);
  std::uniform_int_distribution<std::uint32_t> index(0, kSize - 1);
  std::uniform_real_distribution<float> value(-1, 1);
  for (const bool sorted : {true, false}) {
    std::vector<Entry> entries(500);
    for (Entry& entry : entries) entry = {index(random), value(random)};
    entries.push_back(entries.front());  // a repeated index
    if (sorted) {
      std::stable_sort(
          entries.begin(), entries.end(),
          [](const Entry& a, const Entry& b) { return a.index < b.index; });
    }
    auto parameters = Zeros<float>(kSize, GetParam());
    parameters.AddSparse(std::span<const Entry>(entries), -0.3f);

    std::vector<float> expected(kSize);
    for (const Entry& entry : entries) {
      const float product = -0.3f * entry.value;
      expected[entry.index] += product;
    }
    EXPECT_EQ(ReadAll(parameters), expected);
  }
}

TEST_P(EachPolicy, AddsNoEntries) {
  auto parameters = Zeros<float>(3, GetParam());
  parameters.AddSparse(std::span<const Entry>(), 1.0f);
  EXPECT_EQ(ReadAll(parameters), (std::vector<float>{0, 0, 0}));
}

TEST_P(EachPolicy, SharesItsCoordinates) {
  auto parameters = Zeros<float>(5, GetParam());
  std::atomic_ref<float>(parameters.coordinates()[3]).store(7.0f);
  EXPECT_EQ(ReadAll(parameters), (std::vector<float>{0, 0, 0, 7, 0}));
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(parameters.coordinates().data()) %
                kAlignment,
            0u);
}

TEST(SharedParameters, PoliciesHaveNames) {
  EXPECT_STREQ(ToString(MemoryPolicy::kLossy), "lossy");
  EXPECT_STREQ(ToString(MemoryPolicy::kAtomic), "atomic");
  EXPECT_STREQ(ToString(MemoryPolicy::kSharded), "sharded");
  EXPECT_STREQ(ToString(MemoryPolicy::kLocked), "locked");
}

TEST(SharedParameters, CountsTheWritesToEachShard) {
  auto parameters = Zeros<float>(2 * kShard + 1, MemoryPolicy::kSharded);
  ASSERT_EQ(parameters.num_shards(), 3u);
  const auto versions = [&] {
    return std::vector<std::uint64_t>{parameters.shard_version(0),
                                      parameters.shard_version(1),
                                      parameters.shard_version(2)};
  };
  EXPECT_EQ(versions(), (std::vector<std::uint64_t>{0, 0, 0}));

  parameters.Add(std::vector<float>(2 * kShard + 1, 1.0f), 1.0f);
  ReadAll(parameters);
  EXPECT_EQ(versions(), (std::vector<std::uint64_t>{1, 1, 1}));

  // One hold of a lock for adjacent entries of one shard.
  const std::vector<Entry> row = {
      {0, 1}, {1, 1}, {kShard - 1, 1}, {2 * kShard, 1}};
  parameters.AddSparse(std::span<const Entry>(row), 1.0f);
  EXPECT_EQ(versions(), (std::vector<std::uint64_t>{2, 1, 2}));

  const std::vector<Entry> unsorted = {{0, 1}, {kShard, 1}, {1, 1}};
  parameters.AddSparse(std::span<const Entry>(unsorted), 1.0f);
  EXPECT_EQ(versions(), (std::vector<std::uint64_t>{4, 2, 2}));
}

// --- Many workers: what each policy promises ---------------------------------

constexpr int kThreads = 4;
constexpr int kSteps = 2'000;
constexpr std::size_t kSize = kShard + 3;

// Every worker adds 1 to all coordinates with `Add`, and 1 to the first, the
// last of the first shard and the last with `AddSparse`. Sums up to 2^24 are
// exact in float, so the totals need no tolerance.
std::vector<float> Contended(MemoryPolicy policy) {
  auto parameters = Zeros<float>(kSize, policy);
  {
    std::vector<std::jthread> workers;
    for (int t = 0; t < kThreads; ++t) {
      workers.emplace_back([&] {
        const std::vector<float> ones(kSize, 1.0f);
        const std::vector<Entry> row = {
            {0, 2.0f}, {kShard - 1, 2.0f}, {kSize - 1, 2.0f}};
        for (int s = 0; s < kSteps; ++s) {
          parameters.AddSparse(std::span<const Entry>(row), 0.5f);
          if (s % 20 == 0) parameters.Add(ones, 1.0f);
        }
      });
    }
  }
  return ReadAll(parameters);
}

std::vector<float> NothingLost() {
  std::vector<float> totals(kSize, kThreads * kSteps / 20);
  for (const std::size_t j : {std::size_t{0}, kShard - 1, kSize - 1}) {
    totals[j] += kThreads * kSteps;
  }
  return totals;
}

TEST(SharedParametersContended, AtomicLosesNothing) {
  EXPECT_EQ(Contended(MemoryPolicy::kAtomic), NothingLost());
}
TEST(SharedParametersContended, ShardedLosesNothing) {
  EXPECT_EQ(Contended(MemoryPolicy::kSharded), NothingLost());
}
TEST(SharedParametersContended, LockedLosesNothing) {
  EXPECT_EQ(Contended(MemoryPolicy::kLocked), NothingLost());
}

// Whatever is stored is something stored before, 0 or more, plus 1.
TEST(SharedParametersContended, LossyNeverInventsUpdates) {
  const std::vector<float> totals = Contended(MemoryPolicy::kLossy);
  const std::vector<float> most = NothingLost();
  for (std::size_t j = 0; j < kSize; ++j) {
    EXPECT_GE(totals[j], 1.0f);
    EXPECT_LE(totals[j], most[j]);
  }
}

// A writer adds the same to all coordinates, so a reader that sees a run of
// coordinates whole sees equal values in it.
void ExpectWholeReads(MemoryPolicy policy, std::size_t run) {
  auto parameters = Zeros<double>(kSize, policy);
  std::atomic<bool> done{false};
  std::jthread writer([&] {
    const std::vector<double> ones(kSize, 1.0);
    for (int s = 0; s < kSteps; ++s) parameters.Add(ones, 1.0);
    done = true;
  });
  std::vector<double> seen(kSize);
  double last = 0;
  do {
    parameters.Read(seen);
    for (std::size_t j = 0; j < kSize; ++j) {
      ASSERT_EQ(seen[j], seen[j / run * run]) << "coordinate " << j;
    }
    ASSERT_GE(seen[0], last);
    last = seen[0];
  } while (!done);
}

TEST(SharedParametersContended, LockedIsReadWhole) {
  ExpectWholeReads(MemoryPolicy::kLocked, kSize);
}
TEST(SharedParametersContended, ShardsAreReadWhole) {
  ExpectWholeReads(MemoryPolicy::kSharded, kShard);
}

// Workers lock the same shards in opposite orders.
TEST(SharedParametersContended, ShardedDoesNotDeadlock) {
  auto parameters = Zeros<float>(2 * kShard, MemoryPolicy::kSharded);
  {
    std::vector<std::jthread> workers;
    for (std::uint32_t t = 0; t < 2; ++t) {
      workers.emplace_back([&parameters, t] {
        constexpr std::uint32_t kOther = kShard;  // in the other shard
        const std::vector<Entry> row = {{t * kOther, 1.0f},
                                        {(1 - t) * kOther, 1.0f}};
        for (int s = 0; s < kSteps; ++s) {
          parameters.AddSparse(std::span<const Entry>(row), 1.0f);
        }
      });
    }
  }
  EXPECT_EQ(parameters.shard_version(0), 2u * kSteps);
  EXPECT_EQ(parameters.shard_version(1), 2u * kSteps);
  EXPECT_EQ(ReadAll(parameters)[kShard], 2.0f * kSteps);
}

}  // namespace
}  // namespace tortoise
