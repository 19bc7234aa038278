// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/sum_law.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

using testing::ElementsAre;

SumLaw Sum(const DelayLaw& law, std::int64_t draws) {
  return MakeSumLaw(law, draws, 4'096, 1e-13);
}

// --- Simpler laws ------------------------------------------------------------

TEST(Simplified, KnowsSpecialCases) {
  const std::vector<std::pair<DelayLaw, std::string>> cases = {
      {DelayLaw::Uniform(2, 2), "constant"},
      {DelayLaw::Lognormal(3, 0), "constant"},
      {DelayLaw::TwoSpeed(1, 9, 0), "constant"},
      {DelayLaw::TwoSpeed(1, 9, 1), "constant"},
      {DelayLaw::TwoSpeed(4, 4, 0.5), "constant"},
      {DelayLaw::Gamma(1, 2), "exponential"},
      {DelayLaw::Weibull(1, 2), "exponential"},
      {DelayLaw::ShiftedExponential(0, 2), "exponential"},
      {DelayLaw::HyperExponential({2, 2}, {0.25, 0.75}), "exponential"}};
  for (const auto& [law, simpler] : cases) {
    const DelayLaw result = Simplified(law);
    EXPECT_EQ(result.name(), simpler) << law.name();
    EXPECT_DOUBLE_EQ(result.mean(), law.mean()) << law.name();
  }
}

TEST(Simplified, LeavesEverythingElseAlone) {
  for (const DelayLaw& law :
       {DelayLaw::Uniform(1, 2), DelayLaw::Lognormal(3, 1),
        DelayLaw::TwoSpeed(1, 9, 0.5), DelayLaw::Gamma(2, 2),
        DelayLaw::ShiftedExponential(1, 2), DelayLaw::Pareto(1, 3)}) {
    EXPECT_EQ(Simplified(law).name(), law.name());
    EXPECT_EQ(Simplified(law).keys(), law.keys());
  }
  // A law of one's own is not taken for one of the table by its name.
  const DelayLaw own =
      DelayLaw::FromQuantile("gamma", 1, [](double u) { return 2 * u; });
  EXPECT_TRUE(Simplified(own).keys().empty());
}

// --- Exact sums --------------------------------------------------------------

TEST(MakeSumLaw, OneDrawIsTheLaw) {
  for (const DelayLaw& law : {DelayLaw::Weibull(0.5, 2), DelayLaw::Pareto(1, 2),
                              DelayLaw::Uniform(1, 3)}) {
    const SumLaw sum = Sum(law, 1);
    EXPECT_EQ(sum.lowest, law.lowest());
    EXPECT_FALSE(sum.is_lattice);
    for (const double x : {1.0, 1.5, 2.0, 7.0}) {
      EXPECT_EQ(sum.survival(x), law.Survival(x)) << law.name();
    }
  }
}

TEST(MakeSumLaw, ConstantsAddUp) {
  const SumLaw sum = Sum(DelayLaw::Constant(0.5), 6);
  EXPECT_THAT(sum.atoms, ElementsAre(3.0));
  EXPECT_EQ(sum.survival(2.999), 1.0);
  EXPECT_EQ(sum.survival(3.0), 0.0);
}

// Three draws of 1 or 5 with Pr(5) = 1/4: 0, 1, 2 or 3 slow ones.
TEST(MakeSumLaw, TwoSpeedsAreBinomial) {
  const SumLaw sum = Sum(DelayLaw::TwoSpeed(1, 5, 0.25), 3);
  EXPECT_THAT(sum.atoms, ElementsAre(3.0, 7.0, 11.0, 15.0));
  EXPECT_EQ(sum.survival(2.0), 1.0);
  EXPECT_NEAR(sum.survival(3.0), 37.0 / 64, 1e-15);
  EXPECT_NEAR(sum.survival(10.9), 10.0 / 64, 1e-15);
  EXPECT_NEAR(sum.survival(11.0), 1.0 / 64, 1e-15);
  EXPECT_EQ(sum.survival(15.0), 0.0);
}

TEST(MakeSumLaw, ExponentialAndGammaDrawsAreGamma) {
  const auto tail = [](double shape, double x) {
    return boost::math::gamma_q(shape, x);
  };
  const SumLaw exponential = Sum(DelayLaw::Exponential(2), 5);
  const SumLaw shifted = Sum(DelayLaw::ShiftedExponential(3, 2), 5);
  const SumLaw gamma = Sum(DelayLaw::Gamma(0.5, 1), 3);
  EXPECT_EQ(shifted.lowest, 15.0);
  for (const double x : {0.5, 4.0, 60.0}) {
    EXPECT_NEAR(exponential.survival(x) / tail(5, x / 2), 1.0, 1e-13);
    EXPECT_NEAR(shifted.survival(15 + x) / tail(5, x / 2), 1.0, 1e-12);
    EXPECT_NEAR(gamma.survival(x) / tail(1.5, x / 2), 1.0, 1e-13);
    EXPECT_FALSE(gamma.is_lattice);
  }
}

// --- Sums on a lattice -------------------------------------------------------

// Two uniform times on [1, 2]: the triangle on [2, 4]. A cell is 2.02 / 4,092
// wide, and its square times the density's slope is below 1e-6.
TEST(MakeSumLaw, TwoUniformsAreATriangle) {
  const SumLaw sum = Sum(DelayLaw::Uniform(1, 2), 2);
  EXPECT_TRUE(sum.is_lattice);
  EXPECT_EQ(sum.lowest, 2.0);
  for (double x = 2.0; x <= 4.0; x += 0.05) {
    const double expected =
        x < 3 ? 1 - (x - 2) * (x - 2) / 2 : (4 - x) * (4 - x) / 2;
    EXPECT_NEAR(sum.survival(x), expected, 1e-6) << x;
  }
}

}  // namespace
}  // namespace tortoise::internal
