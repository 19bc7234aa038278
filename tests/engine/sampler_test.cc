// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/sampler.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

RunOptions MakeOptions(Sampling sampling, int num_workers, int batch_size) {
  RunOptions options;
  options.method = MakeMethod("async", num_workers);
  options.sampling = sampling;
  options.batch_size = batch_size;
  options.seed = 7;
  options.repeat = 3;
  return options;
}

std::vector<Sample> Copy(Batch batch) { return {batch.begin(), batch.end()}; }

// --- Uniform -----------------------------------------------------------------

TEST(UniformSampler, IsAFunctionOfWorkerAndGradientWhateverTheOrder) {
  const RunOptions options = MakeOptions(Sampling::kUniform, 3, 5);
  Sampler forwards(options, 1000);
  Sampler backwards(options, 1000);
  std::vector<std::vector<Sample>> seen;
  for (int w = 0; w < 3; ++w) {
    for (int i = 0; i < 4; ++i) seen.push_back(Copy(forwards.Draw(w, i)));
  }
  for (int w = 2; w >= 0; --w) {
    for (int i = 3; i >= 0; --i) {
      EXPECT_EQ(Copy(backwards.Draw(w, i)), seen.back());
      seen.pop_back();
    }
  }
}

// With 64 random bits per sample, equal batches are not a coincidence.
TEST(UniformSampler, DependsOnSeedRepeatWorkerAndGradient) {
  RunOptions options = MakeOptions(Sampling::kUniform, 2, 3);
  std::set<std::vector<Sample>> batches;
  for (std::uint64_t seed : {1, 2}) {
    for (std::uint64_t repeat : {0, 1}) {
      options.seed = seed;
      options.repeat = repeat;
      Sampler sampler(options, 0);
      for (int w : {0, 1}) {
        for (int i : {0, 1}) batches.insert(Copy(sampler.Draw(w, i)));
      }
    }
  }
  EXPECT_EQ(batches.size(), 16u);
}

TEST(UniformSampler, GivesRawBitsOfAnUnlimitedPopulation) {
  const RunOptions options = MakeOptions(Sampling::kUniform, 2, 9);
  const RandomStream stream(7, 3, Purpose::kSample);
  Sampler sampler(options, 0);
  const std::vector<Sample> batch = Copy(sampler.Draw(1, 6));
  for (std::size_t k = 0; k < 9; ++k) {
    EXPECT_EQ(batch[k], stream.Bits(1, 6, k / 4)[k % 4]);
  }
}

TEST(UniformSampler, AsksShuffledForAnUnlimitedPopulationToo) {
  Sampler uniform(MakeOptions(Sampling::kUniform, 2, 9), 0);
  Sampler shuffled(MakeOptions(Sampling::kShuffled, 2, 9), 0);
  EXPECT_EQ(Copy(uniform.Draw(1, 6)), Copy(shuffled.Draw(1, 6)));
}

RC_GTEST_PROP(UniformSampler, StaysInRange, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 1000);
  const int batch_size = *rc::gen::inRange(1, 50);
  Sampler sampler(MakeOptions(Sampling::kUniform, 4, batch_size), n);
  const Batch batch =
      sampler.Draw(*rc::gen::inRange(0, 4), *rc::gen::inRange(0, 1 << 30));
  RC_ASSERT(batch.size() == static_cast<std::size_t>(batch_size));
  RC_ASSERT(
      std::all_of(batch.begin(), batch.end(), [n](Sample s) { return s < n; }));
}

// A fixed seed; the count of each of 5 values is binomial(10000, 1/5) with a
// standard deviation of 40, so 200 is five of them.
TEST(UniformSampler, DrawsAllSamplesEquallyOften) {
  Sampler sampler(MakeOptions(Sampling::kUniform, 1, 10), 5);
  std::vector<int> count(5);
  for (int i = 0; i < 1000; ++i) {
    for (const Sample sample : sampler.Draw(0, i)) ++count[sample];
  }
  for (const int c : count) EXPECT_NEAR(c, 2000, 200);
}

// --- Shuffled ----------------------------------------------------------------

RC_GTEST_PROP(ShuffledSampler, VisitsEachSampleOncePerEpoch, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(1, 60);
  const int num_workers = *rc::gen::inRange(1, 6);
  const int batch_size = *rc::gen::inRange(1, 20);
  Sampler sampler(MakeOptions(Sampling::kShuffled, num_workers, batch_size), n);
  constexpr std::size_t kEpochs = 3;
  std::vector<Sample> sequence;
  for (int i = 0; sequence.size() < kEpochs * n; ++i) {
    for (int w = 0; w < num_workers; ++w) {
      for (const Sample sample : sampler.Draw(w, i)) sequence.push_back(sample);
    }
  }
  for (std::size_t epoch = 0; epoch < kEpochs; ++epoch) {
    const auto begin = sequence.begin() + static_cast<long>(epoch * n);
    const std::set<Sample> visited(begin, begin + static_cast<long>(n));
    RC_ASSERT(visited.size() == n);
    RC_ASSERT(*visited.rbegin() == n - 1);
  }
}

TEST(ShuffledSampler, IsAFunctionOfWorkerAndGradientWhateverTheOrder) {
  const RunOptions options = MakeOptions(Sampling::kShuffled, 2, 7);
  Sampler one(options, 10);
  Sampler other(options, 10);
  const std::vector<Sample> late = Copy(one.Draw(1, 5));
  (void)other.Draw(0, 0);
  EXPECT_EQ(Copy(other.Draw(1, 5)), late);
}

// --- The permutation ---------------------------------------------------------

TEST(Permuted, IsABijectionOfEverySize) {
  const RandomStream stream(1, 0, Purpose::kSample);
  for (std::uint64_t n = 1; n <= 300; ++n) {
    std::set<std::uint64_t> image;
    for (std::uint64_t i = 0; i < n; ++i) {
      image.insert(Permuted(i, n, stream, n % 5));
    }
    ASSERT_EQ(image.size(), n);
    ASSERT_EQ(*image.rbegin(), n - 1);
  }
}

TEST(Permuted, DiffersBetweenEpochsSeedsAndRepeats) {
  const auto permutation = [](std::uint64_t seed, std::uint64_t repeat,
                              std::uint64_t epoch) {
    const RandomStream stream(seed, repeat, Purpose::kSample);
    std::vector<std::uint64_t> image;
    for (std::uint64_t i = 0; i < 100; ++i) {
      image.push_back(Permuted(i, 100, stream, epoch));
    }
    return image;
  };
  const std::set<std::vector<std::uint64_t>> all = {
      permutation(1, 0, 0), permutation(1, 0, 1), permutation(1, 0, 2),
      permutation(2, 0, 0), permutation(1, 1, 0)};
  EXPECT_EQ(all.size(), 5u);
}

}  // namespace
}  // namespace tortoise::internal
