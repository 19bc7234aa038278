// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/nelder_mead.h"

#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
using Point = std::vector<double>;

// A simplex whose values agree to t holds a point with f <= t (or a few t)
// above the minimum, and in a bowl of curvature 1 that is within sqrt(2 t) of
// it.
TEST(NelderMead, FindsTheBottomOfABowl) {
  const auto bowl = [](const Point& x) {
    return 0.5 * (x[0] - 1) * (x[0] - 1) + 0.5 * (x[1] + 2) * (x[1] + 2) + 7;
  };
  const SimplexPoint best = NelderMead(bowl, {0, 0}, 0.5, 1e-12);
  EXPECT_NEAR(best.value, 7.0, 1e-11);
  EXPECT_NEAR(best.x[0], 1.0, 1e-5);
  EXPECT_NEAR(best.x[1], -2.0, 1e-5);
  EXPECT_EQ(best.value, bowl(best.x));
}

// Rosenbrock's valley is bent and a hundred times as steep across as along.
TEST(NelderMead, FollowsABentValley) {
  const auto valley = [](const Point& x) {
    const double across = x[1] - x[0] * x[0];
    return 100 * across * across + (1 - x[0]) * (1 - x[0]);
  };
  const SimplexPoint best = NelderMead(valley, {-1.2, 1}, 0.5, 1e-12);
  EXPECT_NEAR(best.x[0], 1.0, 1e-4);
  EXPECT_NEAR(best.x[1], 1.0, 1e-4);
}

TEST(NelderMead, TakesOneVariable) {
  const auto f = [](const Point& x) { return std::cosh(x[0] - 0.25); };
  EXPECT_NEAR(NelderMead(f, {3}, 1.0, 1e-14).x[0], 0.25, 1e-6);
}

// The minimum lies beside where the function is not defined.
TEST(NelderMead, TakesNaNForInfinity) {
  for (const double outside : {kInfinity, std::nan("")}) {
    const auto f = [outside](const Point& x) {
      if (x[0] <= 0) return outside;
      return x[0] - std::log(x[0]) + x[1] * x[1];
    };
    const SimplexPoint best = NelderMead(f, {0.01, 1}, 1.0, 1e-12);
    EXPECT_NEAR(best.value, 1.0, 1e-11);
    EXPECT_NEAR(best.x[0], 1.0, 1e-5);
  }
}

TEST(NelderMead, NeverReturnsWorseThanItsStart) {
  const auto cliff = [](const Point& x) {
    return x[0] == 0.5 && x[1] == 0.5 ? 0.0 : 1.0;
  };
  EXPECT_EQ(NelderMead(cliff, {0.5, 0.5}, 1.0, 1e-9).value, 0.0);
}

}  // namespace
}  // namespace tortoise::internal
