// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_law.h"

#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <functional>
#include <limits>
#include <thread>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargestUniform = 1.0 - 0x1p-53;

// A law and its two tails, written down independently of the quantile.
struct Case {
  DelayLaw law;
  std::function<double(double)> below;  // Pr(X <= x)
  std::function<double(double)> above;  // Pr(X > x)
};

Case ExponentialCase(double shift, double mean, const DelayLaw& law) {
  return {law, [=](double x) { return -std::expm1(-(x - shift) / mean); },
          [=](double x) { return std::exp(-(x - shift) / mean); }};
}

Case GammaCase(double shape, double mean) {
  return {
      DelayLaw::Gamma(shape, mean),
      [=](double x) { return boost::math::gamma_p(shape, x * shape / mean); },
      [=](double x) { return boost::math::gamma_q(shape, x * shape / mean); }};
}

Case LognormalCase(double median, double sigma) {
  const auto z = [=](double x) {
    return std::log(x / median) / (sigma * std::sqrt(2.0));
  };
  return {DelayLaw::Lognormal(median, sigma),
          [=](double x) { return 0.5 * std::erfc(-z(x)); },
          [=](double x) { return 0.5 * std::erfc(z(x)); }};
}

Case WeibullCase(double shape, double scale) {
  return {DelayLaw::Weibull(shape, scale),
          [=](double x) { return -std::expm1(-std::pow(x / scale, shape)); },
          [=](double x) { return std::exp(-std::pow(x / scale, shape)); }};
}

Case ParetoCase(double scale, double shape) {
  return {DelayLaw::Pareto(scale, shape),
          [=](double x) { return -std::expm1(shape * std::log(scale / x)); },
          [=](double x) { return std::pow(scale / x, shape); }};
}

Case HyperExponentialCase(const std::vector<double>& means,
                          const std::vector<double>& probabilities) {
  const auto mix = [=](double x, auto tail) {
    double sum = 0.0;
    for (std::size_t k = 0; k < means.size(); ++k) {
      sum += probabilities[k] * tail(-x / means[k]);
    }
    return sum;
  };
  return {
      DelayLaw::HyperExponential(means, probabilities),
      [=](double x) { return mix(x, [](double t) { return -std::expm1(t); }); },
      [=](double x) { return mix(x, [](double t) { return std::exp(t); }); }};
}

std::vector<Case> UnboundedLaws() {
  return {
      ExponentialCase(0, 2, DelayLaw::Exponential(2)),
      ExponentialCase(0, .005, DelayLaw::ShiftedExponential(0, .005)),
      GammaCase(.3, 2),
      GammaCase(1, 2),
      GammaCase(4.5, .01),
      GammaCase(400, 1),
      LognormalCase(2, .25),
      LognormalCase(.001, 2),
      WeibullCase(.5, 1),
      WeibullCase(3, .02),
      ParetoCase(.001, 2.5),
      ParetoCase(1, .8),
      HyperExponentialCase({.5, 5.5}, {.9, .1}),
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

// --- Quantiles ---------------------------------------------------------------

// Compared on the smaller tail, relative to it. A quantile is off by a few
// units in the last place, and a tail moves by x f(x) / tail < 100 times that:
// 100 * 4 * 2.2e-16 < 1e-13 for the quantile, and as much for the tails.
void ExpectInverts(const Case& c) {
  SCOPED_TRACE(c.law.name());
  for (const double u : Uniforms()) {
    const double x = c.law.Quantile(u);
    // Near the smallest value of a Pareto the lower tail is lost in x.
    if (u <= .5 && c.law.lowest() == 0) {
      EXPECT_NEAR(c.below(x) / u, 1.0, 2e-13) << "u = " << u;
    } else {
      EXPECT_NEAR(c.above(x) / (1.0 - u), 1.0, 2e-13) << "1 - u = " << 1 - u;
    }
  }
}

TEST(DelayLaw, QuantileInvertsTheDistributionInBothTails) {
  for (const Case& c : UnboundedLaws()) ExpectInverts(c);
}

// Scales far apart leave a plateau between them that the root find must cross.
TEST(DelayLaw, HyperExponentialQuantileCrossesAnyPlateau) {
  ExpectInverts(HyperExponentialCase({1e-6, 1, 1e3}, {.5, .499999, 1e-6}));
  ExpectInverts(HyperExponentialCase({1e-9, 1e9}, {.5, .5}));
  ExpectInverts(HyperExponentialCase({1e-9, 1e3}, {1 - 0x1p-40, 0x1p-40}));
}

// A shift much above the spread hides the lower tail, so it is compared apart.
TEST(DelayLaw, ShiftedExponentialIsTheShiftPlusTheExponential) {
  const DelayLaw shifted = DelayLaw::ShiftedExponential(3, .5);
  const DelayLaw exponential = DelayLaw::Exponential(.5);
  for (const double u : Uniforms()) {
    EXPECT_EQ(shifted.Quantile(u), 3 + exponential.Quantile(u));
  }
}

TEST(DelayLaw, SpecialShapesAreExponential) {
  const DelayLaw exponential = DelayLaw::Exponential(2);
  for (const DelayLaw& law : {DelayLaw::Gamma(1, 2), DelayLaw::Weibull(1, 2),
                              DelayLaw::HyperExponential({2, 2}, {.3, .7}),
                              DelayLaw::HyperExponential({2, 7}, {1, 0})}) {
    SCOPED_TRACE(law.name());
    for (const double u : Uniforms()) {
      EXPECT_NEAR(law.Quantile(u) / exponential.Quantile(u), 1.0, 1e-14);
    }
  }
}

TEST(DelayLaw, UniformFillsItsInterval) {
  EXPECT_EQ(DelayLaw::Uniform(1, 3).Quantile(.25), 1.5);
  EXPECT_EQ(DelayLaw::Uniform(0, 3).Quantile(0x1p-53), 3 * 0x1p-53);
  EXPECT_LE(DelayLaw::Uniform(1, 3).Quantile(kLargestUniform), 3);
}

TEST(DelayLaw, TwoSpeedIsSlowOnTheUpperEnd) {
  const DelayLaw law = DelayLaw::TwoSpeed(1, 10, .25);
  EXPECT_EQ(law.Quantile(.75), 1);  // the smallest x with Pr(X <= x) >= u
  EXPECT_EQ(law.Quantile(.7500001), 10);
  EXPECT_EQ(DelayLaw::TwoSpeed(1, 10, 0).Quantile(kLargestUniform), 1);
  EXPECT_EQ(DelayLaw::TwoSpeed(1, 10, 1).Quantile(0x1p-53), 10);
}

TEST(DelayLaw, ConstantAndPointLikeLawsDoNotMove) {
  for (const double u : Uniforms()) {
    EXPECT_EQ(DelayLaw::Constant(.25).Quantile(u), .25);
    EXPECT_EQ(DelayLaw::Uniform(.25, .25).Quantile(u), .25);
    EXPECT_EQ(DelayLaw::Lognormal(.25, 0).Quantile(u), .25);
  }
}

TEST(DelayLaw, StaysFiniteWhereTheTailLeavesTheDoubles) {
  constexpr double kLargest = std::numeric_limits<double>::max();
  EXPECT_EQ(DelayLaw::Pareto(1, .01).Quantile(kLargestUniform), kLargest);
  EXPECT_EQ(DelayLaw::Lognormal(1, 500).Quantile(kLargestUniform), kLargest);
  for (const double shape : {1e-12, 1e-6, 1e-3, 1., 1e3, 1e6}) {
    const DelayLaw gamma = DelayLaw::Gamma(shape, 1);
    for (const double u : Uniforms()) {
      const double x = gamma.Quantile(u);
      EXPECT_TRUE(x >= 0 && x <= kLargest) << shape << ' ' << u << ' ' << x;
    }
  }
}

DelayLaw AnyLaw() {
  const auto number = [] {
    return std::exp2(*rc::gen::inRange(-80, 81) / 8.0);  // 1e-3 ... 1e3
  };
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      return DelayLaw::Gamma(number(), number());
    case 1:
      return DelayLaw::Lognormal(number(), number());
    case 2:
      return DelayLaw::Weibull(number(), number());
    case 3:
      return DelayLaw::Pareto(number(), number());
    case 4:
      return DelayLaw::ShiftedExponential(number(), number());
    default: {
      const double p = *rc::gen::inRange(0, 1001) / 1000.0;
      return DelayLaw::HyperExponential({number(), number()}, {p, 1 - p});
    }
  }
}

// Neighbouring numbers may be rounded into the wrong order, no more.
// The numbers of a stream are (2 k + 1) / 2^53; others lose digits in 1 - u.
double SomeUniform() {
  const auto bits = *rc::gen::arbitrary<std::uint64_t>();
  const double u = std::ldexp(static_cast<double>(2 * (bits >> 12) + 1), -53);
  return *rc::gen::element(u, std::sqrt(u), u * u * u, 1e-300 * u);
}

RC_GTEST_PROP(DelayLaw, ExponentialIsTheLogarithmToAnUlp, ()) {
  const double u = SomeUniform();
  const auto exact =
      static_cast<double>(-std::log1p(-static_cast<long double>(u)));
  const double x = DelayLaw::Exponential(1).Quantile(u);
  RC_ASSERT(x >= std::nextafter(exact, 0));
  RC_ASSERT(x <= std::nextafter(exact, kInfinity));
}

RC_GTEST_PROP(DelayLaw, QuantilesAreThoseOfOneByOne, ()) {
  const auto law = *rc::gen::element(
      DelayLaw::Exponential(3e-3), DelayLaw::ShiftedExponential(1, 2),
      DelayLaw::Exponential(1e308), DelayLaw::Pareto(1, 0.01),
      DelayLaw::Gamma(2, 1), DelayLaw::TwoSpeed(1, 2, 0.5));
  std::vector<double> u(*rc::gen::inRange<std::size_t>(0, 20));
  for (double& x : u) x = SomeUniform();
  std::vector<double> expected;
  for (const double x : u) expected.push_back(law.Quantile(x));
  law.Quantiles(u);
  RC_ASSERT(u == expected);
}

RC_GTEST_PROP(DelayLaw, QuantileNeverFallsAndKeepsToItsSupport, ()) {
  const DelayLaw law = AnyLaw();
  double previous = law.lowest();
  for (int k = 0; k < 256; ++k) {
    const double x = law.Quantile((k + .5) / 256);
    RC_ASSERT(x >= previous * (1 - 1e-13));
    RC_ASSERT(std::isfinite(x));
    previous = x;
  }
  RC_ASSERT(law.Quantile(0x1p-53) >= law.lowest());
}

TEST(DelayLaw, MayBeReadByManyThreads) {
  const DelayLaw law = DelayLaw::HyperExponential({.5, 5.5}, {.9, .1});
  const double expected = law.Quantile(.99);
  std::vector<std::jthread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&law, expected] {
      const DelayLaw copy = law;
      for (int i = 0; i < 1000; ++i) EXPECT_EQ(copy.Quantile(.99), expected);
    });
  }
}

// --- Means -------------------------------------------------------------------

// The integral of the quantile over (0, 1) with u = 1 / (1 + e^-t), by the
// trapezoidal rule, which converges exponentially for such integrands. Cutting
// at t = 36 (1 - u = 2e-16) leaves out 2e-16^(1 - 1/2.5) < 1e-9 of the
// heaviest tail here.
double IntegratedMean(const DelayLaw& law) {
  constexpr double kStep = 1.0 / 64;
  double sum = 0.0;
  for (double t = -36; t <= 36; t += kStep) {
    const double u = 1 / (1 + std::exp(-t));
    sum += law.Quantile(u) * u / (1 + std::exp(t)) * kStep;
  }
  return sum;
}

TEST(DelayLaw, MeanIsTheIntegralOfTheQuantile) {
  for (const Case& c : UnboundedLaws()) {
    if (!std::isfinite(c.law.mean())) continue;
    SCOPED_TRACE(c.law.name());
    EXPECT_NEAR(IntegratedMean(c.law) / c.law.mean(), 1.0, 1e-8);
  }
}

TEST(DelayLaw, MeansHaveTheirClosedForms) {
  EXPECT_EQ(DelayLaw::Constant(3).mean(), 3);
  EXPECT_EQ(DelayLaw::Uniform(1, 4).mean(), 2.5);
  EXPECT_EQ(DelayLaw::ShiftedExponential(1, 2).mean(), 3);
  EXPECT_EQ(DelayLaw::Gamma(7, 2).mean(), 2);
  EXPECT_DOUBLE_EQ(DelayLaw::Weibull(.5, 1).mean(), 2);
  EXPECT_DOUBLE_EQ(DelayLaw::Lognormal(1, 2).mean(), std::exp(2.0));
  EXPECT_DOUBLE_EQ(DelayLaw::Pareto(1, 2).mean(), 2);
  EXPECT_EQ(DelayLaw::Pareto(1, 1).mean(), kInfinity);
  EXPECT_EQ(DelayLaw::Pareto(1, .5).mean(), kInfinity);
  EXPECT_DOUBLE_EQ(DelayLaw::TwoSpeed(1, 10, .25).mean(), 3.25);
  EXPECT_DOUBLE_EQ(DelayLaw::HyperExponential({.5, 5.5}, {.9, .1}).mean(), 1);
}

TEST(DelayLaw, LowestIsTheEndOfTheSupport) {
  EXPECT_EQ(DelayLaw::Constant(3).lowest(), 3);
  EXPECT_EQ(DelayLaw::Uniform(1, 4).lowest(), 1);
  EXPECT_EQ(DelayLaw::Exponential(1).lowest(), 0);
  EXPECT_EQ(DelayLaw::ShiftedExponential(1, 2).lowest(), 1);
  EXPECT_EQ(DelayLaw::Pareto(.5, 2).lowest(), .5);
  EXPECT_EQ(DelayLaw::TwoSpeed(1, 10, .25).lowest(), 1);
  EXPECT_EQ(DelayLaw::TwoSpeed(1, 10, 1).lowest(), 10);
}

// --- A law of your own -------------------------------------------------------

TEST(DelayLaw, TakesAQuantileOfYourOwn) {
  const DelayLaw law =
      DelayLaw::FromQuantile("square", 1. / 3, [](double u) { return u * u; });
  EXPECT_EQ(law.Quantile(.5), .25);
  EXPECT_EQ(law.mean(), 1. / 3);
  EXPECT_EQ(law.lowest(), 0x1p-106);
  EXPECT_EQ(law.name(), "square");
  EXPECT_TRUE(law.keys().empty());
}

}  // namespace
}  // namespace tortoise
