// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/parallel.h"

#include <atomic>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

TEST(ForEachBlock, CallsEveryBlockOnce) {
  for (const std::size_t count : {0u, 1u, 2u, 3u, 1'000u}) {
    std::vector<std::atomic<int>> calls(count);
    ForEachBlock(count, [&](std::size_t i) { ++calls[i]; });
    for (const auto& c : calls) EXPECT_EQ(c.load(), 1);
  }
}

// Plain writes: ThreadSanitizer would report a missing hand-over.
TEST(ForEachBlock, ShowsItsWritesToTheCallerAndToLaterBlocks) {
  std::vector<std::vector<int>> parts(300);
  for (int round = 0; round < 20; ++round) {
    ForEachBlock(parts.size(), [&](std::size_t i) {
      parts[i].assign(50, static_cast<int>(i) + round);
    });
    std::vector<int> sums(parts.size());
    ForEachBlock(parts.size(), [&](std::size_t i) {
      const auto& part = parts[parts.size() - 1 - i];
      sums[i] = std::accumulate(part.begin(), part.end(), 0);
    });
    for (std::size_t i = 0; i < sums.size(); ++i) {
      const auto expected =
          50 * (static_cast<int>(parts.size() - 1 - i) + round);
      ASSERT_EQ(sums[i], expected);
    }
  }
}

TEST(ForEachBlock, MayBeNested) {
  std::atomic<int> calls = 0;
  ForEachBlock(10, [&](std::size_t) {
    ForEachBlock(10, [&](std::size_t) { ++calls; });
  });
  EXPECT_EQ(calls.load(), 100);
}

TEST(ForEachBlock, RethrowsToTheCaller) {
  for (const std::size_t count : {1u, 100u}) {
    EXPECT_THROW(
        ForEachBlock(count,
                     [](std::size_t) { throw std::runtime_error("no"); }),
        std::runtime_error);
  }
}

TEST(ForEachBlock, RethrowsWhatTheLowestBlockThrew) {
  // Only block 7 throws, so whatever is left out, its text must arrive.
  try {
    ForEachBlock(100, [](std::size_t i) {
      if (i == 7) throw std::runtime_error(std::to_string(i));
    });
    FAIL() << "nothing was thrown";
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "7");
  }
}

}  // namespace
}  // namespace tortoise
