// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/background.h"

#include <atomic>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

TEST(Background, MakesEveryCallBeforeItIsGone) {
  for (const int count : {0, 1, 2, 200}) {
    std::atomic<int> calls = 0;
    {
      Background background([&] { ++calls; });
      for (int i = 0; i < count; ++i) background.Begin();
    }
    EXPECT_EQ(calls.load(), count);
  }
}

// Plain writes: ThreadSanitizer would report a missing hand-over.
TEST(Background, ShowsWhatWasWrittenBeforeAndWhatItWrote) {
  for (int round = 0; round < 100; ++round) {
    std::vector<int> given;
    std::vector<int> result;
    {
      Background background([&] { result = given; });
      given.assign(50, round);
      background.Begin();
    }
    EXPECT_EQ(result, std::vector<int>(50, round));
  }
}

}  // namespace
}  // namespace tortoise::internal
