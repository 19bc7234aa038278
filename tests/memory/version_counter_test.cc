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

// What was written before an update was counted is visible to who sees the
// count. `written` is not atomic, so ThreadSanitizer would object otherwise.
TEST(VersionCounter, PublishesWhatWasWrittenBefore) {
  VersionCounter counter;
  int written = 0;
  std::jthread writer([&] {
    written = 7;
    counter.Increment();
  });
  while (counter.Total() == 0) std::this_thread::yield();
  EXPECT_EQ(written, 7);
}

TEST(VersionCounter, GivesEveryUpdateItsVersion) {
  VersionCounter counter;
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
