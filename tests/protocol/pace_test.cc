// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/pace.h"

#include <cstdint>
#include <map>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise {
namespace {

constexpr Pace kSlow{.quorum = 4, .local_steps = 8, .step = 0.5};
constexpr Pace kFast{.quorum = 1, .local_steps = 2, .step = 0.25};

TEST(PaceHistory, KeepsThePaceUntilItChanges) {
  PaceHistory history(kSlow);
  EXPECT_EQ(history.now(), kSlow);
  history.Change(3, kFast);
  EXPECT_EQ(history.now(), kFast);
  EXPECT_EQ(history.At(0), kSlow);
  EXPECT_EQ(history.At(2), kSlow);
  EXPECT_EQ(history.At(3), kFast);
  EXPECT_EQ(history.At(1'000'000), kFast);
}

TEST(PaceHistory, TakesTheLastOfSeveralChangesAtOneVersion) {
  PaceHistory history(kSlow);
  history.Change(0, kFast);
  EXPECT_EQ(history.At(0), kFast);
  history.Change(5, kSlow);
  history.Change(5, kFast);
  EXPECT_EQ(history.At(5), kFast);
}

// Said again as a map from every version to its pace.
RC_GTEST_PROP(PaceHistory, AnswersForEveryVersion, ()) {
  PaceHistory history(kSlow);
  std::map<std::int64_t, Pace> slow = {{0, kSlow}};
  std::int64_t version = 0;
  for (int i = 0; i < 20; ++i) {
    const std::int64_t next = version + *rc::gen::inRange(0, 4);
    for (std::int64_t v = version + 1; v <= next; ++v) slow[v] = slow[v - 1];
    version = next;
    const Pace pace = {.quorum = *rc::gen::inRange(1, 3)};
    history.Change(version, pace);
    slow[version] = pace;
  }
  for (const auto& [v, pace] : slow) RC_ASSERT(history.At(v) == pace);
}

}  // namespace
}  // namespace tortoise
