// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/version_counter.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <thread>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

constexpr int kThreads = 4;
constexpr int kUpdates = 5'000;

TEST(PaddedVersionCounter, CountsOthersAndTotal) {
  PaddedVersionCounter counter(3);
  EXPECT_EQ(counter.Total(), 0);
  for (const int worker : {0, 1, 1, 2, 2, 2}) counter.Increment(worker);
  EXPECT_EQ(counter.Total(), 6);
  EXPECT_EQ(counter.Others(0), 5);
  EXPECT_EQ(counter.Others(1), 4);
  EXPECT_EQ(counter.Others(2), 3);
}

TEST(PaddedVersionCounter, OneWorkerHasNoOthers) {
  PaddedVersionCounter counter(1);
  counter.Increment(0);
  EXPECT_EQ(counter.Others(0), 0);
  EXPECT_EQ(counter.Total(), 1);
}

TEST(PaddedVersionCounter, LosesNothingUnderContention) {
  PaddedVersionCounter counter(kThreads);
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < kThreads; ++w) {
      workers.emplace_back([&counter, w] {
        std::int64_t last = 0;
        for (int i = 0; i < kUpdates; ++i) {
          counter.Increment(w);
          const std::int64_t others = counter.Others(w);
          EXPECT_GE(others, last);
          EXPECT_GE(counter.Total(), others + i + 1);
          last = others;
        }
      });
    }
  }
  EXPECT_EQ(counter.Total(), kThreads * kUpdates);
  EXPECT_EQ(counter.Others(0), (kThreads - 1) * kUpdates);
}

// What was written before an update was counted is visible to who sees the
// count. `written` is not atomic, so ThreadSanitizer would object otherwise.
TEST(PaddedVersionCounter, PublishesWhatWasWrittenBefore) {
  PaddedVersionCounter counter(2);
  int written = 0;
  std::jthread writer([&] {
    written = 7;
    counter.Increment(1);
  });
  while (counter.Others(0) == 0) std::this_thread::yield();
  EXPECT_EQ(written, 7);
}

TEST(ExactVersionCounter, GivesEveryUpdateItsVersion) {
  ExactVersionCounter counter;
  std::vector<std::vector<std::int64_t>> versions(kThreads);
  {
    std::vector<std::jthread> workers;
    for (auto& own : versions) {
      workers.emplace_back([&counter, &own] {
        for (int i = 0; i < kUpdates; ++i) own.push_back(counter.Increment());
      });
    }
  }
  EXPECT_EQ(counter.Total(), kThreads * kUpdates);
  std::vector<std::int64_t> all;
  for (const auto& own : versions) {
    EXPECT_TRUE(std::is_sorted(own.begin(), own.end()));
    all.insert(all.end(), own.begin(), own.end());
  }
  std::sort(all.begin(), all.end());
  std::vector<std::int64_t> expected(kThreads * kUpdates);
  std::iota(expected.begin(), expected.end(), 0);
  EXPECT_EQ(all, expected);
}

}  // namespace
}  // namespace tortoise
