// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/integrate.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

// What the header promises of a smooth survival, relative.
constexpr double kTolerance = 1e-10;

// Where a survival begins to fall with a kink, the rule may take it for 1 until
// it has fallen by 1e-3, over at most 1e-3 of the scale.
constexpr double kKink = 1e-6;

void ExpectIntegral(const Integral& integral, double expected) {
  EXPECT_NEAR(integral.value / expected, 1.0, kTolerance);
  EXPECT_LE(std::abs(integral.value - expected),
            integral.error + 1e-12 * expected);
}

TEST(IntegrateSurvival, OfAnExponentialIsItsMean) {
  for (const double mean : {1e-6, 1.0, 3e5}) {
    const auto survival = [mean](double x) { return std::exp(-x / mean); };
    ExpectIntegral(IntegrateSurvival(survival, 0.0, mean), mean);
    // From x on: mean times what is left there.
    ExpectIntegral(IntegrateSurvival(survival, 2 * mean, mean),
                   mean * std::exp(-2.0));
  }
}

// A guess of the scale that is off by a factor of a thousand costs time only.
TEST(IntegrateSurvival, NeedsOnlyARoughScale) {
  const auto survival = [](double x) { return std::exp(-x); };
  for (const double scale : {1e-3, 1e3}) {
    ExpectIntegral(IntegrateSurvival(survival, 0.0, scale), 1.0);
  }
}

TEST(IntegrateSurvival, SeesKinks) {
  const auto uniform = [](double x) { return std::clamp(3 - x, 0.0, 1.0); };
  EXPECT_NEAR(IntegrateSurvival(uniform, 0.0, 3.0).value, 2.5, kKink);
}

// Pr(X > x) = x^-a from 1 on: 1 + 1 / (a - 1).
TEST(IntegrateSurvival, FollowsAPowerToItsEnd) {
  for (const double a : {8.0, 2.0, 1.25}) {
    const auto pareto = [a](double x) {
      return std::pow(std::max(x, 1.0), -a);
    };
    EXPECT_NEAR(IntegrateSurvival(pareto, 0.0, 1.0).value, 1 + 1 / (a - 1),
                kKink);
    // Without the kink.
    ExpectIntegral(IntegrateSurvival(pareto, 1.0, 1.0), 1 / (a - 1));
  }
}

TEST(IntegrateSurvival, IsInfiniteWhereTheTailDiverges) {
  const auto pareto = [](double x) { return 1 / std::max(x, 1.0); };
  EXPECT_EQ(IntegrateSurvival(pareto, 0.0, 1.0).value,
            std::numeric_limits<double>::infinity());
}

TEST(IntegrateSurvival, IsZeroBeyondTheSupport) {
  const auto below_two = [](double x) { return x < 2 ? 1.0 : 0.0; };
  EXPECT_EQ(IntegrateSurvival(below_two, 2.0, 1.0).value, 0.0);
}

}  // namespace
}  // namespace tortoise::internal
