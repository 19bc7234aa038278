// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/order_statistics.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <stdexcept>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/core/random.h"

namespace tortoise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double ValueOf(const OrderStatistic& what) {
  const Expectation result = ExpectedOrderStatistic(what);
  EXPECT_TRUE(result.value) << what.law.name() << ": " << result.reason;
  return result.value.value_or(std::nan(""));
}

// The same law without the name that a closed form is known by.
DelayLaw Anonymous(const DelayLaw& law) {
  return DelayLaw::FromQuantile("anonymous", law.mean(),
                                [law](double u) { return law.Quantile(u); });
}

std::vector<DelayLaw> ContinuousLaws() {
  return {DelayLaw::Uniform(0.5, 2),
          DelayLaw::Exponential(0.7),
          DelayLaw::ShiftedExponential(1, 2),
          DelayLaw::Gamma(3, 2),
          DelayLaw::Gamma(0.4, 1),
          DelayLaw::Lognormal(1, 0.8),
          DelayLaw::Weibull(0.6, 1),
          DelayLaw::Weibull(3, 2),
          DelayLaw::Pareto(1, 2.5),
          DelayLaw::HyperExponential({0.5, 5.5}, {0.9, 0.1})};
}

// --- Anchors -----------------------------------------------------------------

TEST(OrderStatistics, OfMeansReproduceTheTableOfPeriodicAveraging) {
  // E[max over m workers of the mean of tau exponential draws of mean 1].
  const struct {
    std::int64_t m;
    double value[5];  // tau = 1, 5, 10, 20, 100; the last digit is uncertain
  } kTable[] = {{4, {2.083, 1.485, 1.339, 1.238, 1.105}},
                {8, {2.718, 1.715, 1.491, 1.341, 1.147}},
                {16, {3.381, 1.937, 1.634, 1.433, 1.185}}};
  const std::int64_t kTau[] = {1, 5, 10, 20, 100};
  for (const auto& row : kTable) {
    for (std::size_t i = 0; i < 5; ++i) {
      const double sum = ValueOf({.law = DelayLaw::Exponential(1),
                                  .n = row.m,
                                  .k = row.m,
                                  .draws = kTau[i]});
      EXPECT_NEAR(sum / static_cast<double>(kTau[i]), row.value[i], 2e-3)
          << "m = " << row.m << ", tau = " << kTau[i];
    }
  }
  const double anchor =
      ValueOf({.law = DelayLaw::Exponential(1), .n = 16, .k = 16, .draws = 10});
  EXPECT_NEAR(anchor / 10, 1.6337, 5e-5);
}

TEST(OrderStatistics, OfExponentialTimesAreHarmonicDifferences) {
  const DelayLaw law = DelayLaw::Exponential(2);
  EXPECT_NEAR(ValueOf({.law = law, .n = 8, .k = 4}),
              2 * (1. / 8 + 1. / 7 + 1. / 6 + 1. / 5), 1e-14);
  // H_n = log n + 0.5772... + 1 / (2 n) - ...
  EXPECT_NEAR(ValueOf({.law = law, .n = 1'000'000, .k = 1'000'000}),
              2 * (std::log(1e6) + 0.57721566490153286 + 5e-7), 1e-11);
  EXPECT_NEAR(ValueOf({.law = law, .n = 1'000'000, .k = 500'000}),
              2 * (std::log(2.) - 5e-7), 1e-11);
}

TEST(OrderStatistics, OfParetoTimesReproduceAnchors) {
  const DelayLaw law = DelayLaw::Pareto(1, 2);
  EXPECT_NEAR(ValueOf({.law = law, .n = 16, .k = 12}), 1.954, 1e-3);
  EXPECT_NEAR(ValueOf({.law = law, .n = 8, .k = 4}), 1.393, 1e-3);
  // The minimum of n is Pareto with shape 2 n.
  EXPECT_NEAR(ValueOf({.law = law, .n = 8, .k = 1}), 16. / 15, 1e-14);
}

TEST(OrderStatistics, OfHyperExponentialTimesReproduceAnAnchor) {
  const DelayLaw law = DelayLaw::HyperExponential({0.5, 5.5}, {0.9, 0.1});
  EXPECT_NEAR(ValueOf({.law = law, .n = 8, .k = 4}), 0.369, 1e-3);
}

// --- Closed forms, quadrature, brute force -----------------------------------

TEST(OrderStatistics, FollowTheQuantileIntegral) {
  // E[X_(k:n)] = integral over u of quantile(u) times the density of the k-th
  // of n uniform numbers: by midpoints, fine where the law has its tails.
  for (const DelayLaw& law : ContinuousLaws()) {
    for (const std::int64_t k : {1, 3, 5}) {
      constexpr int kCells = 100'000;
      double expected = 0.0;
      for (int i = 0; i < kCells; ++i) {
        // u = t^2 (3 - 2 t) puts many points at both ends.
        const double t = (i + 0.5) / kCells;
        const double u = t * t * (3 - 2 * t);
        const double density = (k == 1   ? 5 * std::pow(1 - u, 4)
                                : k == 3 ? 30 * u * u * (1 - u) * (1 - u)
                                         : 5 * std::pow(u, 4)) *
                               6 * t * (1 - t);
        if (u > 0 && u < 1) expected += law.Quantile(u) * density / kCells;
      }
      const double value = ValueOf({.law = law, .n = 5, .k = k});
      // The largest of five Pareto times converges slowest.
      EXPECT_NEAR(value / expected, 1.0, 2e-4) << law.name() << " k = " << k;
    }
  }
}

TEST(OrderStatistics, ByQuadratureAgreeWithTheirClosedForms) {
  const DelayLaw laws[] = {DelayLaw::Uniform(1, 3), DelayLaw::Exponential(2),
                           DelayLaw::ShiftedExponential(1, 2),
                           DelayLaw::Pareto(1, 1.5), DelayLaw::Pareto(2, 0.3)};
  for (const DelayLaw& law : laws) {
    for (const std::int64_t k : {1, 7, 12}) {
      const double closed = ValueOf({.law = law, .n = 16, .k = k});
      // Two speeds that are all but equal forbid the closed form.
      std::vector<double> speeds(16, 1.0);
      speeds[3] = 1.0 + 1e-13;
      const Expectation quadrature = ExpectedOrderStatistic(
          {.law = law, .n = 16, .k = k, .speeds = speeds});
      ASSERT_TRUE(quadrature.value);
      EXPECT_NEAR(*quadrature.value / closed, 1.0, 1e-9)
          << law.name() << " k = " << k;
      EXPECT_LE(std::abs(*quadrature.value - closed),
                quadrature.error + 1e-12 * closed);
    }
  }
}

TEST(OrderStatistics, OfALawOfYourOwnAgree) {
  for (const DelayLaw& law :
       {DelayLaw::Gamma(3, 2), DelayLaw::Exponential(1)}) {
    EXPECT_NEAR(ValueOf({.law = Anonymous(law), .n = 8, .k = 6}) /
                    ValueOf({.law = law, .n = 8, .k = 6}),
                1.0, 1e-8)
        << law.name();
  }
}

TEST(OrderStatistics, OfTwoSpeedTimesAreExact) {
  const DelayLaw law = DelayLaw::TwoSpeed(1, 10, 0.25);
  // Of two: the larger is fast only if both are.
  EXPECT_NEAR(ValueOf({.law = law, .n = 2, .k = 2}), 10 - 9 * 0.75 * 0.75,
              1e-13);
  // The slower worker takes 2 or 20, the other 1 or 10: by enumeration.
  const double expected =
      .75 * .75 * 2 + .75 * .25 * 10 + .25 * .75 * 20 + .25 * .25 * 20;
  EXPECT_NEAR(ValueOf({.law = law, .n = 2, .k = 2, .speeds = {0.5, 1}}),
              expected, 1e-13);
  // Sums of two draws: 2, 11 or 20.
  const double fast = .75 * .75;
  const double mixed = 2 * .75 * .25;
  const double two = fast * fast * 2 +
                     ((fast + mixed) * (fast + mixed) - fast * fast) * 11 +
                     (1 - (fast + mixed) * (fast + mixed)) * 20;
  EXPECT_NEAR(ValueOf({.law = law, .n = 2, .k = 2, .draws = 2}), two, 1e-13);
}

TEST(OrderStatistics, OfConstantTimesAtSpeedsAreSorted) {
  const OrderStatistic what{
      .law = DelayLaw::Constant(6), .n = 3, .draws = 2, .speeds = {2, 1, 3}};
  OrderStatistic second = what;
  second.k = 2;
  EXPECT_DOUBLE_EQ(ValueOf(what), 4.0);
  EXPECT_DOUBLE_EQ(ValueOf(second), 6.0);
}

TEST(OrderStatistics, OfUnequalExponentialsFollowInclusionAndExclusion) {
  // E[max] = sum over subsets of (-1)^(size + 1) / (sum of rates).
  const std::vector<double> speeds = {1, 2, 0.5, 1};
  double maximum = 0.0;
  for (unsigned subset = 1; subset < 16; ++subset) {
    double rate = 0.0;
    double sign = -1.0;
    for (unsigned i = 0; i < 4; ++i) {
      if ((subset >> i & 1) == 0) continue;
      rate += speeds[i];
      sign = -sign;
    }
    maximum += sign / rate;
  }
  const DelayLaw law = DelayLaw::Exponential(1);
  EXPECT_NEAR(ValueOf({.law = law, .n = 4, .k = 4, .speeds = speeds}), maximum,
              1e-9);
  EXPECT_NEAR(ValueOf({.law = law, .n = 4, .k = 1, .speeds = speeds}), 1 / 4.5,
              1e-9);
}

TEST(OrderStatistics, OfAThousandUnequalWorkersSumToTheirMeans) {
  std::vector<double> speeds;
  for (int i = 0; i < 100; ++i) speeds.push_back(1 + 0.01 * i);
  double total = 0.0;
  for (const double speed : speeds) total += 1 / speed;
  double sum = 0.0;
  for (std::int64_t k = 1; k <= 100; ++k) {
    sum += ValueOf(
        {.law = DelayLaw::Gamma(2, 1), .n = 100, .k = k, .speeds = speeds});
  }
  EXPECT_NEAR(sum / total, 1.0, 1e-8);
}

// --- Sums of draws -----------------------------------------------------------

TEST(OrderStatistics, OfSumsOfTwoUniformDrawsAreThoseOfATriangle) {
  // Pr(S > x) of two uniform draws on [0, 1], integrated in fine steps.
  constexpr int kSteps = 200'000;
  double expected = 0.0;
  for (int i = 0; i < kSteps; ++i) {
    const double x = 2 * (i + 0.5) / kSteps;
    const double below = x < 1 ? x * x / 2 : 1 - (2 - x) * (2 - x) / 2;
    expected += (1 - std::pow(below, 16)) * 2 / kSteps;
  }
  const Expectation result = ExpectedOrderStatistic(
      {.law = DelayLaw::Uniform(0, 1), .n = 16, .k = 16, .draws = 2});
  ASSERT_TRUE(result.value);
  EXPECT_NEAR(*result.value, expected, 1e-6);
}

TEST(OrderStatistics, ByConvolutionAgreeWithTheGammaLaw) {
  // The convolution does not know that this is an exponential law.
  const DelayLaw exponential = DelayLaw::Exponential(1);
  const DelayLaw unknown = DelayLaw::Weibull(1 + 1e-12, 1);
  for (const std::int64_t draws : {2, 10, 100}) {
    for (const std::int64_t k : {1, 8, 16}) {
      const double exact =
          ValueOf({.law = exponential, .n = 16, .k = k, .draws = draws});
      const Expectation sum = ExpectedOrderStatistic(
          {.law = unknown, .n = 16, .k = k, .draws = draws});
      ASSERT_TRUE(sum.value);
      EXPECT_NEAR(*sum.value / exact, 1.0, 1e-5);
      EXPECT_LE(std::abs(*sum.value - exact), sum.error);
    }
  }
}

TEST(OrderStatistics, OfSumsSumToTheirMeans) {
  for (const DelayLaw& law : ContinuousLaws()) {
    double sum = 0.0;
    double error = 0.0;
    for (std::int64_t k = 1; k <= 4; ++k) {
      const Expectation part =
          ExpectedOrderStatistic({.law = law, .n = 4, .k = k, .draws = 7});
      ASSERT_TRUE(part.value);
      sum += *part.value;
      error += part.error;
    }
    const double mean = 4 * 7 * law.mean();
    EXPECT_LE(std::abs(sum - mean), error + 1e-9 * mean) << law.name();
    EXPECT_LE(error, 1e-3 * mean) << law.name();
  }
}

TEST(OrderStatistics, WithoutAPromiseGiveNoNumber) {
  const Expectation result = ExpectedOrderStatistic(
      {.law = DelayLaw::Weibull(2, 1), .n = 1000, .k = 1, .draws = 1'000'000});
  EXPECT_FALSE(result.value);
  EXPECT_FALSE(result.reason.empty());
}

// --- Heavy tails -------------------------------------------------------------

TEST(OrderStatistics, AreInfiniteExactlyWhereTheTailSaysSo) {
  const DelayLaw law = DelayLaw::Pareto(1, 0.5);
  EXPECT_EQ(ValueOf({.law = law, .n = 4, .k = 4}), kInfinity);
  EXPECT_EQ(ValueOf({.law = law, .n = 4, .k = 3}), kInfinity);
  EXPECT_LT(ValueOf({.law = law, .n = 4, .k = 2}), kInfinity);
  EXPECT_EQ(ValueOf({.law = law, .n = 1, .draws = 3}), kInfinity);
  EXPECT_EQ(ValueOf({.law = law, .n = 4, .k = 3, .speeds = {1, 2, 3, 4}}),
            kInfinity);
}

// --- The floor ---------------------------------------------------------------

TEST(OrderStatistics, UnderAFloorAreAtLeastIt) {
  const DelayLaw law = DelayLaw::Exponential(1);
  // max(f, X) of one exponential X: f + exp(-f).
  EXPECT_NEAR(ValueOf({.law = law, .floor = 0.5}), 0.5 + std::exp(-0.5), 1e-9);
  EXPECT_NEAR(ValueOf({.law = law, .n = 5, .k = 2, .floor = 100}), 100, 1e-9);
  const DelayLaw two = DelayLaw::TwoSpeed(1, 10, 0.25);
  EXPECT_NEAR(ValueOf({.law = two, .floor = 4}), 0.75 * 4 + 0.25 * 10, 1e-13);
  EXPECT_DOUBLE_EQ(ValueOf({.law = DelayLaw::Constant(1), .floor = 4}), 4);
}

// --- Properties --------------------------------------------------------------

RC_GTEST_PROP(OrderStatistics, RiseWithThePlaceAndFallWithTheNumber, ()) {
  const std::vector<DelayLaw> laws = ContinuousLaws();
  const DelayLaw& law = laws[*rc::gen::inRange<std::size_t>(0, laws.size())];
  const auto n = *rc::gen::inRange<std::int64_t>(1, 40);
  const auto k = *rc::gen::inRange<std::int64_t>(1, n + 1);
  const double here = ValueOf({.law = law, .n = n, .k = k});
  const double slack = 1e-8 * here;
  RC_ASSERT(ValueOf({.law = law, .n = n + 1, .k = k}) <= here + slack);
  RC_ASSERT(ValueOf({.law = law, .n = n + 1, .k = k + 1}) >= here - slack);
  if (k < n) {
    RC_ASSERT(ValueOf({.law = law, .n = n, .k = k + 1}) >= here - slack);
  }
  RC_ASSERT(here >= law.lowest() - slack);
}

RC_GTEST_PROP(OrderStatistics, OfUnequalWorkersLieBetweenThoseOfEqualOnes, ()) {
  const std::vector<DelayLaw> laws = ContinuousLaws();
  const DelayLaw& law = laws[*rc::gen::inRange<std::size_t>(0, laws.size())];
  const auto n = *rc::gen::inRange<std::int64_t>(1, 12);
  const auto k = *rc::gen::inRange<std::int64_t>(1, n + 1);
  std::vector<double> speeds;
  for (std::int64_t i = 0; i < n; ++i) {
    speeds.push_back(*rc::gen::inRange(1, 9) / 4.0);
  }
  const auto [slow, fast] = std::minmax_element(speeds.begin(), speeds.end());
  const double equal = ValueOf({.law = law, .n = n, .k = k});
  const double value = ValueOf({.law = law, .n = n, .k = k, .speeds = speeds});
  RC_ASSERT(value >= equal / *fast * (1 - 1e-8));
  RC_ASSERT(value <= equal / *slow * (1 + 1e-8));
}

// --- Misuse ------------------------------------------------------------------

TEST(OrderStatistics, RefuseWhatIsOutOfRange) {
  const DelayLaw law = DelayLaw::Exponential(1);
  const OrderStatistic wrong[] = {{.law = law, .n = 0},
                                  {.law = law, .n = 2, .k = 3},
                                  {.law = law, .n = 2, .k = 0},
                                  {.law = law, .draws = 0},
                                  {.law = law, .n = 2, .speeds = {1}},
                                  {.law = law, .speeds = {0}},
                                  {.law = law, .floor = -1}};
  for (const OrderStatistic& what : wrong) {
    EXPECT_THROW((void)ExpectedOrderStatistic(what), std::invalid_argument);
  }
}

}  // namespace
}  // namespace tortoise
