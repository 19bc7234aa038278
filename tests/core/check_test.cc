// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/check.h"

#include <cmath>
#include <stdexcept>

#include "core/median.h"
#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

TEST(Check, SaysTheNameTheValueAndTheRule) {
  EXPECT_EQ(Broken("step_size", 0.0, "> 0").text, "step_size = 0 must be > 0");
  EXPECT_EQ(Broken("seconds", std::nan(""), "finite").text,
            "seconds = nan must be finite");
  try {
    Refuse("x", 0.5, "> 1");
    FAIL();
  } catch (const SettingError& error) {
    EXPECT_EQ(error.setting(), "x");
    EXPECT_STREQ(error.what(), "x = 0.5 must be > 1");
  }
  EXPECT_THROW(Require(false, "no"), std::invalid_argument);
  EXPECT_NO_THROW(Require(true, "no"));
}

TEST(Median, IsTheMeanOfTheTwoMiddleValues) {
  EXPECT_EQ(Median({3.0, 1.0, 2.0}), 2.0);
  EXPECT_EQ(Median({4.0, 1.0, 2.0, 100.0}), 3.0);
  EXPECT_EQ(Median({INFINITY, 1.0, INFINITY}), INFINITY);
  EXPECT_TRUE(std::isnan(Median({})));
}

}  // namespace
}  // namespace tortoise::internal
