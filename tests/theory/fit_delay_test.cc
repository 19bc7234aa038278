// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/fit_delay.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "theory/delay_draws.h"

namespace tortoise::testing {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using Kind = DelayObservation::Kind;

DelayCandidate Candidate(const DelayFit& fit, const std::string& name) {
  return *std::find_if(
      fit.candidates.begin(), fit.candidates.end(),
      [&](const DelayCandidate& c) { return c.law.name() == name; });
}

std::vector<std::string> Names(const DelayFit& fit) {
  std::vector<std::string> names;
  for (const DelayCandidate& c : fit.candidates) names.push_back(c.law.name());
  return names;
}

double Key(const DelayCandidate& candidate, const char* key) {
  return candidate.law.keys().at(key)[0];
}

std::vector<DelayObservation> Exact(const std::vector<double>& seconds) {
  std::vector<DelayObservation> seen;
  for (const double x : seconds) seen.push_back({0, x, Kind::kExact});
  return seen;
}

// --- Known laws --------------------------------------------------------------

// Fixed seeds, so that nothing here is random; a mean is further off than 4
// standard errors once in 16,000. With most of its tail cancelled a mixture of
// exponentials says little of its slow part, so its standard error is large.
void ExpectNamed(const DelayLaw& law, const DrawSettings& settings) {
  const DelayFit fit = FitDelays(DrawObservations(law, settings));
  const DelayCandidate& best = fit.candidates.front();
  EXPECT_EQ(best.law.name(), law.name());
  EXPECT_NEAR(best.law.mean(), law.mean(),
              4 * best.mean_error + 1e-9 * law.mean());
  EXPECT_GT(best.p_value, 0.01) << law.name();
  EXPECT_THAT(fit.speeds, IsEmpty()) << law.name();
  if (law.name() != "hyper-exponential" && law.name() != "two-speed") {
    EXPECT_NEAR(best.law.mean() / law.mean(), 1, 0.03);
  }
}

TEST(FitDelays, NamesTheLawOfWholeGradients) {
  for (const DelayLaw& law : LawsToFit()) ExpectNamed(law, {.count = 6'000});
}

TEST(FitDelays, NamesTheLawWhenHalfOfThemAreCancelled) {
  for (const DelayLaw& law : LawsToFit()) {
    ExpectNamed(law, {.count = 6'000, .quorum = 4});
  }
}

TEST(FitDelays, NamesTheLawWhenTheQuickestAreHidden) {
  for (const DelayLaw& law : LawsToFit()) {
    if (law.name() == "constant" || law.name() == "two-speed") continue;
    ExpectNamed(law, {.count = 6'000, .quorum = 6, .floor = law.Quantile(.1)});
  }
}

// 2 log L grows by a chi-squared number with a superfluous parameter, which is
// above log 400 once in 70 times; gamma and Weibull depend on each other.
TEST(FitDelays, IsNotFooledByNoise) {
  int right = 0;
  for (std::uint64_t seed = 1; seed <= 100; ++seed) {
    const DelayFit fit = FitDelays(DrawObservations(
        DelayLaw::Exponential(2), {.seed = seed, .count = 400}));
    right += fit.candidates.front().law.name() == "exponential" ? 1 : 0;
  }
  EXPECT_GE(right, 94);
}

TEST(FitDelays, SaysWhenNoLawFits) {
  std::vector<DelayObservation> seen =
      DrawObservations(DelayLaw::Uniform(1, 2), {.count = 1'000});
  for (const DelayObservation& more :
       DrawObservations(DelayLaw::Uniform(5, 6), {.count = 1'000})) {
    seen.push_back(more);
  }
  for (const DelayCandidate& c : FitDelays(seen).candidates) {
    EXPECT_LT(c.p_value, 1e-6) << c.law.name();
    EXPECT_GT(c.distance, .05) << c.law.name();
  }
}

// --- Small samples worked out by hand ----------------------------------------

TEST(FitDelays, ExponentialMeanIsTheTimeSeenOverTheNumberThatEnded) {
  std::vector<DelayObservation> seen = Exact({1, 3});
  seen.push_back({0, 2, Kind::kRightCensored});
  seen.push_back({0, 6, Kind::kAbove});
  const DelayFit fit = FitDelays(seen);
  EXPECT_EQ(fit.num_exact, 2);
  EXPECT_EQ(fit.num_right_censored, 2);
  const DelayCandidate c = Candidate(fit, "exponential");
  EXPECT_DOUBLE_EQ(c.law.mean(), 6);
  EXPECT_DOUBLE_EQ(c.log_likelihood, -2 * std::log(6) - 2);
  EXPECT_NEAR(c.mean_error, 6 / std::sqrt(2.0), 1e-5);
  EXPECT_EQ(c.num_parameters, 1);
  EXPECT_DOUBLE_EQ(c.bic, -2 * c.log_likelihood + std::log(2.0));
}

// Of values 2, 3, 7 the smallest lies (4 - 2) / 3 above the shift, were the
// mean of the excess 2 right; the mean stays that of the sample.
TEST(FitDelays, SmallestValueIsMovedDownByItsBias) {
  const DelayFit fit = FitDelays(Exact({2, 3, 7}));
  const DelayCandidate shifted = Candidate(fit, "shifted-exponential");
  EXPECT_DOUBLE_EQ(Key(shifted, "shift"), 2 - 2. / 3);
  EXPECT_DOUBLE_EQ(shifted.law.mean(), 4);

  // The same in logarithms: log 2, log 3, log 7.
  const DelayCandidate pareto = Candidate(fit, "pareto");
  const double excess = std::log(1.5 * 3.5) / 3;
  EXPECT_DOUBLE_EQ(Key(pareto, "scale"), 2 * std::exp(-excess / 3));
  EXPECT_DOUBLE_EQ(Key(pareto, "shape"), 1 / (excess * 4 / 3));
}

TEST(FitDelays, LognormalIsTheMomentsOfTheLogarithms) {
  const DelayFit fit = FitDelays(Exact({1, std::exp(2.0)}));
  const DelayCandidate c = Candidate(fit, "lognormal");
  EXPECT_DOUBLE_EQ(Key(c, "median"), std::exp(1.0));
  EXPECT_DOUBLE_EQ(Key(c, "sigma"), 1);
}

// The largest distance of two step functions is at a step, before or after it.
TEST(FitDelays, DistanceIsThatOfKolmogorov) {
  const std::vector<double> values = {.1, .5, .6, 2, 2.5};
  const DelayCandidate c = Candidate(FitDelays(Exact(values)), "exponential");
  double distance = 0.0;
  for (std::size_t k = 0; k < values.size(); ++k) {
    const double expected = 1 - std::exp(-values[k] / c.law.mean());
    const double below = static_cast<double>(k) / 5;
    distance = std::max({distance, std::abs(expected - below),
                         std::abs(expected - below - .2)});
  }
  EXPECT_NEAR(c.distance, distance, 1e-12);
}

// --- The likelihood ----------------------------------------------------------

double LikelihoodOf(const DelayLaw& law,
                    const std::vector<DelayObservation>& seen) {
  double sum = 0.0;
  for (const DelayObservation& o : seen) {
    if (o.kind == Kind::kExact) {
      sum += law.LogDensity(o.seconds);
    } else if (o.kind == Kind::kLeftCensored) {
      sum += std::log(1 - law.Survival(o.seconds));
    } else {
      sum += std::log(law.Survival(o.seconds));
    }
  }
  return sum;
}

// No law of the same name with a parameter moved by 1 % is more likely. Those
// whose end was moved down on purpose are a little less likely than they could
// be, and so is a mixture that was given up.
void ExpectMostLikely(const DelayCandidate& c,
                      const std::vector<DelayObservation>& seen) {
  EXPECT_NEAR(LikelihoodOf(c.law, seen), c.log_likelihood,
              1e-9 * std::abs(c.log_likelihood));
  for (const auto& [key, values] : c.law.keys()) {
    for (const double factor : {.99, 1.01}) {
      auto keys = c.law.keys();
      keys[key][0] *= factor;
      if (key == "probabilities") keys[key][1] = 1 - keys[key][0];
      const DelayLaw moved = DelayLaw::Make(c.law.name(), keys);
      const bool exact = c.law.name() != "hyper-exponential" &&
                         c.law.name() != "uniform" && key != "shift" &&
                         !(c.law.name() == "pareto" && key == "scale");
      EXPECT_LE(LikelihoodOf(moved, seen),
                c.log_likelihood + (exact ? 1e-5 : 2))
          << c.law.name() << ' ' << key << ' ' << factor;
    }
  }
}

TEST(FitDelays, FindsTheLargestLikelihoodOfEveryLaw) {
  for (const double floor : {0., .001}) {
    for (const int quorum : {8, 4}) {
      const auto seen =
          DrawObservations(DelayLaw::Gamma(2, .005),
                           {.count = 800, .quorum = quorum, .floor = floor});
      const DelayFit fit = FitDelays(seen);
      EXPECT_EQ(fit.candidates.size(), 8u);
      for (const DelayCandidate& c : fit.candidates) ExpectMostLikely(c, seen);
    }
  }
}

RC_GTEST_PROP(FitDelays, FollowsTheUnitOfTime, ()) {
  const auto laws = LawsToFit();
  const DelayLaw& law = laws[*rc::gen::inRange<std::size_t>(0, laws.size())];
  const double unit = std::exp2(*rc::gen::inRange(-12, 13));
  auto seen =
      DrawObservations(law, {.seed = *rc::gen::inRange<std::uint64_t>(0, 1000),
                             .count = 200,
                             .quorum = *rc::gen::inRange(2, 9)});
  const DelayCandidate before = FitDelays(seen).candidates.front();
  for (DelayObservation& o : seen) o.seconds *= unit;
  const DelayCandidate after = FitDelays(seen).candidates.front();
  RC_ASSERT(before.law.name() == after.law.name());
  if (before.law.mean() < 10) {  // else it may diverge
    RC_ASSERT(std::abs(after.law.mean() / unit / before.law.mean() - 1) < .01);
  }
  RC_ASSERT(std::abs(after.distance - before.distance) < 1e-3);
}

// --- Laws without a density --------------------------------------------------

TEST(FitDelays, EqualValuesAreAConstantAndNothingElse) {
  const DelayFit fit = FitDelays(Exact({.25, .25 + 1e-11, .25}));
  EXPECT_EQ(fit.candidates.front().law.name(), "constant");
  EXPECT_EQ(fit.candidates.front().law.mean(), .25);
  EXPECT_EQ(fit.candidates.front().distance, 0);
  EXPECT_EQ(fit.candidates.front().p_value, 1);
  EXPECT_THAT(Names(FitDelays(Exact({0, 0}))),
              ::testing::ElementsAre("constant"));
}

TEST(FitDelays, ConstantAllowsForWhatTheCallerSays) {
  std::vector<double> values(100, 5e-3);
  for (std::size_t k = 0; k < values.size(); ++k) {
    values[k] += 1e-7 * static_cast<double>(k * k % 97);
  }
  EXPECT_THAT(Names(FitDelays(Exact(values))), Not(Contains("constant")));
  const DelayFit near = FitDelays(Exact(values), {.tolerance = 1e-5});
  EXPECT_EQ(near.candidates.front().law.name(), "constant");
  values.back() = 9e-3;  // one woke late
  EXPECT_THAT(Names(FitDelays(Exact(values), {.tolerance = 1e-5})),
              Not(Contains("constant")));
  const DelayFit late =
      FitDelays(Exact(values), {.tolerance = 1e-5, .outliers = .02});
  EXPECT_EQ(late.candidates.front().law.name(), "constant");
}

TEST(FitDelays, ContinuousLawsAreNotConstantWithinATolerance) {
  const auto seen =
      DrawObservations(DelayLaw::Exponential(5e-3), {.count = 2'000});
  EXPECT_EQ(FitDelays(seen, {.tolerance = 1e-4, .outliers = .02})
                .candidates.front()
                .law.name(),
            "exponential");
}

// Three whole ones at 1 s, one at 4 s, and one cancelled after 2 s that must
// have been slow, one after 1 s that came last by its number only and one that
// would have come earlier, had it taken 1 s.
TEST(FitDelays, CancelledGradientsCountForTheSpeedTheyMustHave) {
  std::vector<DelayObservation> seen = Exact({1, 1, 1, 4});
  seen.push_back({0, 2, Kind::kRightCensored});
  seen.push_back({0, 1, Kind::kRightCensored});
  seen.push_back({0, 1, Kind::kAbove});
  const DelayCandidate c = Candidate(FitDelays(seen), "two-speed");
  EXPECT_EQ(Key(c, "fast"), 1);
  EXPECT_EQ(Key(c, "slow"), 4);
  EXPECT_DOUBLE_EQ(Key(c, "probability"), .5);
  EXPECT_NEAR(c.distance, 0, 1e-12);
}

TEST(FitDelays, SlowValueThatNeverEndedIsAtLeastTheTimeItTook) {
  std::vector<DelayObservation> seen = Exact({1, 1, 1});
  seen.push_back({0, 7, Kind::kRightCensored});
  const DelayFit fit = FitDelays(seen);
  EXPECT_THAT(Names(fit), ::testing::ElementsAre("two-speed"));
  EXPECT_EQ(Key(fit.candidates.front(), "slow"), 7);
  EXPECT_DOUBLE_EQ(Key(fit.candidates.front(), "probability"), .25);
}

// --- Speeds ------------------------------------------------------------------

TEST(FitDelays, FindsTheSlowWorker) {
  for (const DelayLaw& law : LawsToFit()) {
    SCOPED_TRACE(law.name());
    DrawSettings settings = {.count = 4'000};
    settings.speeds[3] = .25;
    const DelayFit fit = FitDelays(DrawObservations(law, settings));
    EXPECT_EQ(fit.candidates.front().law.name(), law.name());
    ASSERT_EQ(fit.speeds.size(), 8u);
    // 500 gradients each: 1 / sqrt(500) = 4.5 %, more for a heavy spread.
    for (std::size_t w = 0; w < 8; ++w) {
      EXPECT_NEAR(fit.speeds[w] / settings.speeds[w], 1, .2) << w;
    }
    EXPECT_NEAR(fit.candidates.front().law.mean() / law.mean(), 1, .15);
  }
}

TEST(FitDelays, FindsTheSlowWorkerThoughItIsMostlyCancelled) {
  DrawSettings settings = {.count = 4'000, .quorum = 4};
  settings.speeds[3] = .25;
  const DelayLaw law = DelayLaw::Exponential(.005);
  const DelayFit fit = FitDelays(DrawObservations(law, settings));
  EXPECT_EQ(fit.candidates.front().law.name(), "exponential");
  ASSERT_EQ(fit.speeds.size(), 8u);
  EXPECT_NEAR(fit.speeds[3], .25, .1);
  EXPECT_NEAR(fit.candidates.front().law.mean() / law.mean(), 1, .15);
}

TEST(FitDelays, LeavesOutAWorkerThatWasAlwaysCancelled) {
  DrawSettings settings = {.count = 4'000, .quorum = 4};
  settings.speeds[3] = .01;
  const DelayLaw law = DelayLaw::Uniform(.004, .008);
  const DelayFit fit = FitDelays(DrawObservations(law, settings));
  EXPECT_EQ(fit.candidates.front().law.name(), "uniform");
  ASSERT_EQ(fit.speeds.size(), 8u);
  EXPECT_TRUE(std::isnan(fit.speeds[3]));
  EXPECT_NEAR(fit.speeds[0], 1, .01);
  EXPECT_NEAR(fit.candidates.front().law.mean() / law.mean(), 1, .01);
}

TEST(FitDelays, TakesASlowWorkerForAMixtureIfAskedTo) {
  DrawSettings settings = {.count = 4'000};
  settings.speeds[3] = .1;
  const DelayFit fit =
      FitDelays(DrawObservations(DelayLaw::Exponential(.005), settings),
                {.speeds = false});
  EXPECT_EQ(fit.candidates.front().law.name(), "hyper-exponential");
  EXPECT_THAT(fit.speeds, IsEmpty());
}

// --- Misuse ------------------------------------------------------------------

void ExpectRefused(const std::vector<DelayObservation>& seen,
                   const DelayFitOptions& options, const std::string& text) {
  try {
    (void)FitDelays(seen, options);
    ADD_FAILURE() << "not refused: " << text;
  } catch (const std::invalid_argument& e) {
    EXPECT_THAT(e.what(), HasSubstr(text));
  }
}

TEST(FitDelays, RefusesWhatSaysNothing) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  ExpectRefused({}, {}, "no gradient was observed");
  ExpectRefused({{0, 1, Kind::kRightCensored}}, {}, "no gradient was observed");
  ExpectRefused({{0, -1, Kind::kExact}}, {}, "seconds = -1 must be");
  ExpectRefused({{0, nan, Kind::kExact}}, {}, "seconds = nan must be");
  ExpectRefused({{-1, 1, Kind::kExact}}, {}, "worker = -1 must be");
  ExpectRefused(Exact({1}), {.tolerance = -1}, "tolerance = -1 must be");
  ExpectRefused(Exact({1}), {.outliers = 1}, "outliers = 1 must be");
}

TEST(FitDelays, LeavesOutLawsThatCannotBe) {
  const std::vector<std::string> names = Names(FitDelays(Exact({0, 1, 2})));
  EXPECT_THAT(names, Not(Contains("pareto")));
  EXPECT_THAT(names, Not(Contains("lognormal")));
  EXPECT_THAT(names, Contains("exponential"));
}

}  // namespace
}  // namespace tortoise::testing
