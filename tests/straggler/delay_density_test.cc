// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <algorithm>
#include <boost/math/quadrature/tanh_sinh.hpp>
#include <cmath>
#include <limits>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargestUniform = 1.0 - 0x1p-53;

std::vector<DelayLaw> LawsWithDensity() {
  return {
      DelayLaw::Uniform(0, 3),
      DelayLaw::Uniform(.002, .003),
      DelayLaw::Exponential(2),
      DelayLaw::ShiftedExponential(0, .005),
      DelayLaw::ShiftedExponential(.01, .005),
      DelayLaw::Gamma(.3, 2),
      DelayLaw::Gamma(1, 2),
      DelayLaw::Gamma(4.5, .01),
      DelayLaw::Gamma(19.9, 1),
      DelayLaw::Gamma(20, 1),
      DelayLaw::Gamma(400, 1),
      DelayLaw::Lognormal(2, .25),
      DelayLaw::Lognormal(.001, 2),
      DelayLaw::Weibull(.5, 1),
      DelayLaw::Weibull(3, .02),
      DelayLaw::Pareto(.001, 2.5),
      DelayLaw::Pareto(1, .8),
      DelayLaw::HyperExponential({.5, 5.5}, {.9, .1}),
      DelayLaw::HyperExponential({1e-3, 1, 1e3}, {.5, .4999, 1e-4}),
  };
}

std::vector<double> Uniforms() {
  std::vector<double> us = {0x1p-53, kLargestUniform};
  for (double tail = 1e-15; tail < .4; tail *= 3) {
    us.push_back(tail);
    us.push_back(1.0 - tail);
  }
  for (double u = .4; u < .6; u += .01) us.push_back(u);
  return us;
}

// --- Survival ----------------------------------------------------------------

// The quantile is off by a few units in the last place and a tail moves by
// x f(x) / tail < 100 times that: 100 * 4 * 2.2e-16 < 1e-13, and as much again
// for the incomplete gamma function. Where the support starts above 0, x holds
// the tail only to x / spread units, 25 at most here.
TEST(DelaySurvival, UndoesTheQuantileInTheTail) {
  for (const DelayLaw& law : LawsWithDensity()) {
    for (const double u : Uniforms()) {
      const double tail = law.Survival(law.Quantile(u));
      if (law.name() == "uniform" && u > .5) {  // bounded: x rounds the tail
        EXPECT_NEAR(tail, 1 - u, 1e-15) << u;
      } else {
        EXPECT_NEAR(tail / (1 - u), 1, 3e-13) << law.name() << ' ' << u;
      }
    }
  }
}

TEST(DelaySurvival, KeepsItsPrecisionFarOut) {
  EXPECT_DOUBLE_EQ(DelayLaw::Exponential(2).Survival(1000), std::exp(-500.0));
  EXPECT_DOUBLE_EQ(DelayLaw::ShiftedExponential(1, 2).Survival(1001),
                   std::exp(-500.0));
  EXPECT_NEAR(DelayLaw::Pareto(1, 2).Survival(1e100) / 1e-200, 1, 1e-13);
  EXPECT_DOUBLE_EQ(DelayLaw::Weibull(2, 3).Survival(60), std::exp(-400.0));
  EXPECT_DOUBLE_EQ(DelayLaw::Gamma(1, 2).Survival(1000), std::exp(-500.0));
  // Gamma of shape 2: (1 + y) e^-y.
  EXPECT_NEAR(DelayLaw::Gamma(2, 2).Survival(500) / (501 * std::exp(-500.0)), 1,
              1e-12);
  EXPECT_DOUBLE_EQ(DelayLaw::Lognormal(1, 1).Survival(std::exp(30.0)),
                   0.5 * std::erfc(30 / std::sqrt(2.0)));
  EXPECT_DOUBLE_EQ(DelayLaw::HyperExponential({1, 2}, {.5, .5}).Survival(1000),
                   0.5 * std::exp(-500.0));
}

TEST(DelaySurvival, IsOneBelowAndZeroBeyondTheSupport) {
  for (const DelayLaw& law : LawsWithDensity()) {
    SCOPED_TRACE(law.name());
    EXPECT_EQ(law.Survival(-1), 1);
    EXPECT_EQ(law.Survival(law.lowest() / 2), 1);
    EXPECT_EQ(law.Survival(law.lowest()), 1);
    EXPECT_EQ(law.Survival(kInfinity), 0);
    const double far = law.Survival(std::numeric_limits<double>::max());
    EXPECT_TRUE(far >= 0 && far < 1e-200) << far;
  }
}

TEST(DelaySurvival, OfAtomsJumpsAtThem) {
  const DelayLaw two = DelayLaw::TwoSpeed(1, 10, .25);
  EXPECT_EQ(two.Survival(.999), 1);
  EXPECT_EQ(two.Survival(1), .25);
  EXPECT_EQ(two.Survival(9.999), .25);
  EXPECT_EQ(two.Survival(10), 0);
  EXPECT_EQ(DelayLaw::TwoSpeed(1, 10, 1).Survival(1), 1);
  for (const DelayLaw& law :
       {DelayLaw::Constant(.25), DelayLaw::Uniform(.25, .25),
        DelayLaw::Lognormal(.25, 0)}) {
    SCOPED_TRACE(law.name());
    EXPECT_EQ(law.Survival(.2499), 1);
    EXPECT_EQ(law.Survival(.25), 0);
    EXPECT_EQ(law.Survival(1), 0);
  }
}

// The largest u with Q(u) <= x is found to the last bit of u, half an ulp of 1
// near the upper end.
TEST(DelaySurvival, OfALawOfYourOwnIsFoundFromItsQuantile) {
  const DelayLaw known = DelayLaw::ShiftedExponential(1, 2);
  const DelayLaw own = DelayLaw::FromQuantile(
      "own", known.mean(), [&](double u) { return known.Quantile(u); });
  for (const double x : {1.5, 2., 3., 7., 20., 60.}) {
    EXPECT_NEAR(own.Survival(x), known.Survival(x), 4e-16) << x;
  }
  EXPECT_EQ(own.Survival(.5), 1);
  EXPECT_EQ(own.Survival(200), 0);
  const DelayLaw steps = DelayLaw::FromQuantile(
      "steps", 2, [](double u) { return u > .5 ? 3. : 1.; });
  EXPECT_EQ(steps.Survival(.9), 1);
  EXPECT_EQ(steps.Survival(1), .5);
  EXPECT_EQ(steps.Survival(2), .5);
  EXPECT_EQ(steps.Survival(3), 0);
}

// --- Density -----------------------------------------------------------------

// Central differences of step h have an error of h^2 f''' / 6 ~ 1e-10 and of
// eps / h of rounding ~ 1e-11, both relative to f x / tail < 1000.
TEST(DelayDensity, IsTheSlopeOfTheSurvival) {
  for (const DelayLaw& law : LawsWithDensity()) {
    for (const double u : {.01, .2, .5, .9, .999, 1 - 1e-9}) {
      if (law.name() == "uniform" && u > .999) continue;  // x + h is outside
      const double x = law.Quantile(u);
      const double h = 1e-5 * std::min(x - law.lowest(), x);
      const double slope =
          (law.Survival(x - h) - law.Survival(x + h)) / (2 * h);
      const double tolerance = law.name() == "uniform" ? 1e-4 : 2e-5;
      EXPECT_NEAR(std::exp(law.LogDensity(x)) / slope, 1, tolerance)
          << law.name() << ' ' << u;
    }
  }
}

// In y = log(x - lowest) the integrand is smooth whatever the pole at the
// lowest value, so the trapezoidal rule converges exponentially; the range
// leaves out e^(-130 * 0.3) < 1e-16 at that of Gamma(.3) and e^(-60 * 0.8) of
// the tail of Pareto(.8). The uniform, which ends in a jump, is done apart.
TEST(DelayDensity, IntegratesToOne) {
  for (const DelayLaw& law : LawsWithDensity()) {
    if (law.name() == "uniform") continue;
    SCOPED_TRACE(law.name());
    constexpr double kStep = 1.0 / 512;
    double sum = 0.0;
    for (double y = -130; y < 60; y += kStep) {
      const double above = std::exp(y);
      const double x = law.lowest() + above;
      sum += std::exp(law.LogDensity(x)) * above * kStep;
    }
    EXPECT_NEAR(sum, 1, 1e-9);
  }
  boost::math::quadrature::tanh_sinh<double> quadrature;
  const DelayLaw uniform = DelayLaw::Uniform(.002, .003);
  EXPECT_NEAR(quadrature.integrate(
                  [&](double x) { return std::exp(uniform.LogDensity(x)); },
                  .002, .003),
              1, 1e-12);
}

TEST(DelayDensity, HasItsClosedFormsFarOut) {
  EXPECT_DOUBLE_EQ(DelayLaw::Exponential(2).LogDensity(4000),
                   -2000 - std::log(2.0));
  EXPECT_DOUBLE_EQ(DelayLaw::Weibull(1, 2).LogDensity(4000),
                   -2000 - std::log(2.0));
  EXPECT_DOUBLE_EQ(DelayLaw::Gamma(1, 2).LogDensity(4000),
                   -2000 - std::log(2.0));
  EXPECT_DOUBLE_EQ(DelayLaw::Pareto(1, 2).LogDensity(1e200),
                   std::log(2.0) - 600 * std::log(10.0));
  EXPECT_DOUBLE_EQ(
      DelayLaw::HyperExponential({1, 2}, {.25, .75}).LogDensity(4000),
      std::log(.75 / 2) - 2000);
}

// The recurrence Gamma(k + 1) = k Gamma(k) ties shapes on both sides of 20,
// where the series for the logarithm of Gamma begins, to each other:
// f_{k+1}(x) / f_k(x) = y / k in units of y = shape x / mean.
TEST(DelayDensity, OfGammaIsOneFormulaForAllShapes) {
  for (const double k : {.5, 1., 18.9, 19., 19.5, 19.999, 20., 50.}) {
    for (const double y : {k * .1, k * .9, k, k * 1.1, k * 10}) {
      const double ratio = DelayLaw::Gamma(k + 1, k + 1).LogDensity(y) -
                           DelayLaw::Gamma(k, k).LogDensity(y);
      EXPECT_NEAR(ratio, std::log(y / k), 2e-13) << k << ' ' << y;
    }
  }
  // Gamma(1e6) is nearly normal: the peak is sqrt(k / 2 pi) / mean.
  EXPECT_NEAR(DelayLaw::Gamma(1e6, 1).LogDensity(1),
              0.5 * std::log(1e6 / (2 * std::acos(-1.0))) - 1 / 12e6, 1e-13);
}

TEST(DelayDensity, IsZeroOutsideTheSupport) {
  for (const DelayLaw& law : LawsWithDensity()) {
    SCOPED_TRACE(law.name());
    EXPECT_EQ(law.LogDensity(-1), -kInfinity);
    EXPECT_EQ(law.LogDensity(kInfinity), -kInfinity);
    if (law.lowest() > 0) {
      EXPECT_EQ(law.LogDensity(law.lowest() / 2), -kInfinity);
    }
  }
  EXPECT_EQ(DelayLaw::Uniform(1, 2).LogDensity(2.001), -kInfinity);
}

TEST(DelayDensity, AtZeroIsThatOfItsPower) {
  EXPECT_EQ(DelayLaw::Gamma(.5, 2).LogDensity(0), kInfinity);
  EXPECT_EQ(DelayLaw::Gamma(1, 2).LogDensity(0), -std::log(2.0));
  EXPECT_EQ(DelayLaw::Gamma(2, 2).LogDensity(0), -kInfinity);
  EXPECT_EQ(DelayLaw::Weibull(.5, 2).LogDensity(0), kInfinity);
  EXPECT_EQ(DelayLaw::Weibull(1, 2).LogDensity(0), -std::log(2.0));
  EXPECT_EQ(DelayLaw::Weibull(2, 2).LogDensity(0), -kInfinity);
  EXPECT_EQ(DelayLaw::Lognormal(2, 2).LogDensity(0), -kInfinity);
}

TEST(DelayDensity, DoesNotExistForAtomsAndLawsOfYourOwn) {
  for (const DelayLaw& law :
       {DelayLaw::Constant(.25), DelayLaw::TwoSpeed(1, 2, .5),
        DelayLaw::Uniform(1, 1), DelayLaw::Lognormal(1, 0),
        DelayLaw::FromQuantile("own", .5, [](double u) { return u; })}) {
    SCOPED_TRACE(law.name());
    for (const double x : {-1., 0., .25, 1., 5., kInfinity}) {
      EXPECT_TRUE(std::isnan(law.LogDensity(x))) << x;
    }
  }
}

}  // namespace
}  // namespace tortoise
