// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/fit/fit.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "experiment/fit/fit_constants.h"
#include "experiment/race/problem.h"
#include "experiment/temporary_folder.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// Races on the clock that `text` names and reads the folder back.
RecordedRace RaceOn(const std::string& text,
                    const std::vector<std::string>& overrides = {}) {
  const TemporaryFolder folder;
  const Experiment experiment =
      ParseExperiment(text, "test.toml", "/", overrides);
  (void)RaceExperiment(experiment, folder.path() + "/run");
  return ReadRunDirectory(folder.path() + "/run");
}

// --- Delays ------------------------------------------------------------------

constexpr const char* kTiming = R"(
clock = "virtual"
[problem]
objective = "none"
[workers]
count = 8
delay = { distribution = "exponential", mean = "5ms" }
[step]
size = 0.1
[stop]
updates = 400
)";

std::string Timing(const std::string& racers) { return kTiming + racers; }

constexpr const char* kSync = "[[racer]]\nprotocol = \"sync\"\n";
constexpr const char* kKSync = "[[racer]]\nprotocol = \"k-sync\"\nquorum = 4\n";
constexpr const char* kAsync = "[[racer]]\nprotocol = \"async\"\n";
constexpr const char* kLocal =
    "[[racer]]\nprotocol = \"local-sgd\"\nlocal_steps = 3\n";

DelayFit OnlyDelay(const RaceFit& fit) {
  EXPECT_EQ(fit.delays.size(), 1u);
  return fit.delays.front().delay.value();
}

TEST(FitRace, NamesTheDelaysOfAVirtualRaceThoughHalfAreCancelled) {
  const std::pair<const char*, double> laws[] = {
      {R"({ distribution = "exponential", mean = "5ms" })", 5e-3},
      {R"({ distribution = "shifted-exponential", shift = 1e-3, mean = 1e-3 })",
       2e-3},
      {R"({ distribution = "pareto", scale = 1e-3, shape = 3 })", 1.5e-3},
      {R"({ distribution = "constant", value = 2e-3 })", 2e-3},
      {R"({ distribution = "uniform", low = 1e-3, high = 2e-3 })", 1.5e-3}};
  for (const char* racer : {kSync, kKSync}) {
    for (const auto& [law, mean] : laws) {
      const RecordedRace race =
          RaceOn(Timing(racer), {std::string("workers.delay=") + law});
      const DelayFit fit = OnlyDelay(FitRace(race));
      EXPECT_EQ(fit.num_exact + fit.num_right_censored, 400 * 8);
      EXPECT_EQ(fit.num_exact, racer == kSync ? 400 * 8 : 400 * 4);
      EXPECT_THAT(law, HasSubstr('"' + fit.candidates.front().law.name() + '"'))
          << racer;
      EXPECT_NEAR(fit.candidates.front().law.mean() / mean, 1, .05) << law;
      EXPECT_THAT(fit.speeds, IsEmpty());
    }
  }
}

// The second racer meets the same numbers, whole ones included, and adds none.
TEST(FitRace, UsesEachNumberOfTheTapeOnce) {
  const std::string two = Timing(kSync) + kKSync;
  const RaceFit fit = FitRace(RaceOn(two));
  EXPECT_THAT(fit.delays.front().racers, ElementsAre("sync", "k-sync"));
  EXPECT_EQ(OnlyDelay(fit).num_exact, 400 * 8);
  EXPECT_EQ(OnlyDelay(fit).num_right_censored, 0);

  const RaceFit repeats = FitRace(RaceOn(two, {"repeats=2"}));
  EXPECT_EQ(OnlyDelay(repeats).num_exact, 2 * 400 * 8);
}

TEST(FitRace, KeepsRacersWithOtherDelaysApart) {
  const RaceFit fit = FitRace(RaceOn(
      Timing(kSync) + kAsync,
      {R"(racer.1.workers.delay={distribution="constant",value="1ms"})"}));
  ASSERT_EQ(fit.delays.size(), 2u);
  EXPECT_EQ(fit.delays[0].delay->candidates.front().law.name(), "exponential");
  EXPECT_EQ(fit.delays[1].delay->candidates.front().law.name(), "constant");
}

TEST(FitRace, KnowsThatComputingHidesTheQuickest) {
  const RaceFit fit =
      FitRace(RaceOn(Timing(kKSync), {"workers.compute=\"2ms\""}));
  const DelayFit delay = OnlyDelay(fit);
  // Pr(X < 2 ms) of the 3200, of the cancelled ones few.
  EXPECT_GT(delay.num_left_censored, 300);
  EXPECT_EQ(delay.candidates.front().law.name(), "exponential");
  EXPECT_NEAR(delay.candidates.front().law.mean() / 5e-3, 1, .08);
}

TEST(FitRace, CountsAnExtraDelayFromTheEndOfComputing) {
  const DelayFit delay = OnlyDelay(
      FitRace(RaceOn(Timing(kSync), {"workers.compute=\"2ms\"",
                                     "workers.delay_mode=\"extra\""})));
  EXPECT_EQ(delay.num_left_censored, 0);
  EXPECT_EQ(delay.candidates.front().law.name(), "exponential");
  EXPECT_NEAR(delay.candidates.front().law.mean() / 5e-3, 1, .05);
}

TEST(FitRace, FindsTheRoundDelay) {
  const RaceFit none = FitRace(RaceOn(Timing(kSync)));
  EXPECT_FALSE(none.delays.front().round_delay);
  for (const char* racer : {kSync, kAsync}) {
    const RaceFit fit = FitRace(RaceOn(
        Timing(racer), {R"(communication.round_delay={)"
                        R"(distribution="uniform",low=1e-3,high=3e-3})"}));
    const DelayFit round = fit.delays.front().round_delay.value();
    EXPECT_EQ(round.candidates.front().law.name(), "uniform");
    EXPECT_NEAR(round.candidates.front().law.mean(), 2e-3, 1e-4);
    EXPECT_EQ(OnlyDelay(fit).candidates.front().law.name(), "exponential");
  }
}

TEST(FitRace, FindsASlowWorker) {
  const DelayFit delay = OnlyDelay(
      FitRace(RaceOn(Timing(kAsync), {"workers.speed=[1,1,1,0.25,1,1,1,1]",
                                      "stop.updates=3000"})));
  EXPECT_EQ(delay.candidates.front().law.name(), "exponential");
  ASSERT_EQ(delay.speeds.size(), 8u);
  EXPECT_NEAR(delay.speeds[3], .25, .08);
}

TEST(FitRace, LeavesOutSumsOfDelays) {
  const RaceFit both = FitRace(RaceOn(Timing(kSync) + kLocal));
  EXPECT_EQ(OnlyDelay(both).candidates.front().law.name(), "exponential");
  EXPECT_THAT(both.delays.front().notes, Contains(HasSubstr("local-sgd")));

  const RaceFit sums = FitRace(RaceOn(Timing(kLocal)));
  EXPECT_FALSE(sums.delays.front().delay);
  EXPECT_THAT(sums.delays.front().notes,
              Contains(HasSubstr("no contribution of one gradient")));
}

TEST(FitRace, SaysThatContributionsWereNotRecorded) {
  const RaceFit fit =
      FitRace(RaceOn(Timing(kSync), {"report.contributions=\"none\""}));
  EXPECT_FALSE(fit.delays.front().delay);
  EXPECT_THAT(fit.delays.front().notes, Contains(HasSubstr("no contribution")));
}

// --- Constants ---------------------------------------------------------------

constexpr const char* kQuadratic = R"(
clock = "virtual"
[problem]
objective = "quadratic"
parameters = 6
L = 2.0
c = 0.5
sigma = 1.5
precision = "double"
[workers]
count = 8
batch_size = 4
delay = { distribution = "exponential", mean = 1 }
[step]
size = 0.02
[stop]
updates = 3000
)";

TEST(FitRace, FindsTheConstantsOfAQuadratic) {
  const MeasuredConstants measured =
      FitRace(RaceOn(std::string(kQuadratic) + kSync + kAsync)).measured;
  const TheoryConstants& c = measured.constants;
  EXPECT_NEAR(c.L.value(), 2, .02);
  EXPECT_NEAR(c.sigma_squared.value(), 2.25, .15);
  EXPECT_LT(c.noise_growth.value(), .1);
  EXPECT_GE(c.c.value(), .5);
  EXPECT_LE(c.c.value(), 2);
  // F(0) = 1/2 sum of the curvatures, and the least loss is near 0.
  double initial = 0.0;
  for (int k = 0; k < 6; ++k) initial += .25 * std::pow(4, k / 5.);
  EXPECT_NEAR(c.initial_gap.value() / initial, 1, .01);
  ASSERT_EQ(measured.racers.size(), 2u);
  EXPECT_EQ(measured.racers[0].gamma.value(), 0);
  EXPECT_EQ(measured.racers[0].fresh_fraction.value(), 1);
  EXPECT_GT(measured.racers[1].gamma.value(), 0);
  EXPECT_NEAR(measured.racers[1].fresh_fraction.value(), 1. / 8, .03);
  EXPECT_EQ(c.gamma, measured.racers[1].gamma);
  EXPECT_EQ(c.fresh_probability, measured.racers[1].fresh_fraction);
}

// Curvature, noise and batch 1, P = 8 exponential workers and eta = .05: 0.501
// over two million updates. The excess forgets itself in 1 / eta = 20 updates,
// so 2000 looks in 40,000 count as 1000: both squares are known to 4 %, and
// their ratio to .03.
TEST(FitRace, MeasuresTheKnownGamma) {
  const MeasuredConstants measured =
      FitRace(RaceOn(std::string(kQuadratic) + kAsync,
                     {"problem.parameters=1", "problem.L=1", "problem.c=1",
                      "problem.sigma=1", "workers.batch_size=1",
                      "step.size=0.05", "stop.updates=40000"}))
          .measured;
  EXPECT_NEAR(measured.racers.front().gamma.value(), .501, .1);
}

TEST(FitRace, ReplaysARaceOnRealThreads) {
  const RaceFit fit = FitRace(
      RaceOn(std::string(kQuadratic) + kAsync,
             {"clock=\"wall\"", "stop.updates=200", "workers.count=3",
              R"(workers.delay={distribution="exponential",mean="1ms"})"}));
  EXPECT_GT(fit.measured.racers.front().gamma.value(), 0);
  EXPECT_NEAR(fit.measured.constants.L.value(), 2, .02);
  EXPECT_THAT(fit.delays.front().notes, Contains(HasSubstr("real threads")));
  EXPECT_TRUE(fit.delays.front().delay);
}

TEST(FitRace, SaysWhatCannotBeRunAgain) {
  const MeasuredConstants measured =
      FitRace(RaceOn(std::string(kQuadratic) +
                         "[[racer]]\nprotocol = \"hogwild\"\n",
                     {"clock=\"wall\"", "stop.updates=50", "workers.count=2",
                      R"(workers.delay={distribution="constant",value=0})"}))
          .measured;
  EXPECT_THAT(measured.notes, Contains(HasSubstr("writes in place")));
  EXPECT_FALSE(measured.racers.front().gamma);
  EXPECT_FALSE(measured.constants.L);
}

// With rows the population is finite: the noise of a batch is that of its rows
// around the full gradient, summed here row by row.
TEST(FitProblem, NoiseAndCurvatureAreThoseOfTheRows) {
  const Experiment experiment = ParseExperiment(R"(
[problem]
objective = "least-squares"
data = { generate = "regression", rows = 500, columns = 4, noise = 0.5 }
precision = "double"
[workers]
count = 1
[step]
size = 0.1
[stop]
updates = 1
[[racer]]
protocol = "sync"
)",
                                                "test.toml", "/");
  const Problem<double> problem = LoadProblem<double>(experiment);
  AnyObjective<double>& objective = *problem.train;
  internal::FullGradient<double> full(objective, 1'000'000);
  const std::size_t d = problem.num_parameters;
  const AlignedVector<double> w(d, .1);
  full.Compute(w);
  const std::vector<double> mean = full.gradient();
  double noise = 0.0;
  AlignedVector<double> gradient(d);
  for (Sample row = 0; row < 500; ++row) {
    objective.Gradient(w, {&row, 1}, gradient);
    for (std::size_t k = 0; k < d; ++k) {
      noise += (gradient[k] - mean[k]) * (gradient[k] - mean[k]) / 500;
    }
  }
  // 32 batches of 64: relative error 1 / sqrt(16 d).
  const internal::NoiseAt measured =
      internal::MeasureNoise<double>(full, objective, w, 64, 0);
  EXPECT_NEAR(measured.noise / noise, 1, .4);

  // Power iteration by hand on the matrix of second derivatives, column by
  // column from the gradient, which is linear.
  std::vector<std::vector<double>> hessian;
  for (std::size_t k = 0; k < d; ++k) {
    AlignedVector<double> moved = w;
    moved[k] += 1;
    full.Compute(moved);
    hessian.push_back(full.gradient());
    for (std::size_t j = 0; j < d; ++j) hessian[k][j] -= mean[j];
  }
  std::vector<double> v(d, 1.0);
  double largest = 0.0;
  for (int i = 0; i < 2000; ++i) {
    std::vector<double> next(d, 0.0);
    double size = 0.0;
    for (std::size_t k = 0; k < d; ++k) {
      for (std::size_t j = 0; j < d; ++j) next[j] += hessian[k][j] * v[k];
    }
    for (const double x : next) size += x * x;
    largest = std::sqrt(size);
    for (std::size_t j = 0; j < d; ++j) v[j] = next[j] / largest;
  }
  std::vector<double> direction(d, 1.0);
  EXPECT_NEAR(internal::LargestCurvature<double>(full, w, direction) / largest,
              1, .05);
}

TEST(FitProblem, NoiseLineHasNoNegativePart) {
  using internal::FitNoise;
  using internal::NoiseAt;
  const std::vector<NoiseAt> rising = {{0, 1}, {1, 3}, {2, 5}};
  EXPECT_NEAR(FitNoise(rising).sigma_squared, 1, 1e-12);
  EXPECT_NEAR(FitNoise(rising).growth, 2, 1e-12);
  const std::vector<NoiseAt> falling = {{0, 2}, {1, 1.9}, {2, 1.8}};
  EXPECT_EQ(FitNoise(falling).growth, 0);
  EXPECT_NEAR(FitNoise(falling).sigma_squared, 1.9, .05);
  const std::vector<NoiseAt> steep = {{1, .1}, {2, 2}, {3, 4}};
  EXPECT_EQ(FitNoise(steep).sigma_squared >= 0, true);
  const std::vector<NoiseAt> one = {{2, 3}};
  EXPECT_NEAR(FitNoise(one).sigma_squared, 3, 1e-12);
  EXPECT_EQ(FitNoise({}).sigma_squared, 0);
}

TEST(FitProblem, RowsBeyondTheMostAreDrawn) {
  const Experiment experiment = ParseExperiment(R"(
[problem]
objective = "least-squares"
data = { generate = "regression", rows = 500, columns = 3, noise = 0.5 }
[workers]
count = 1
[step]
size = 0.1
[stop]
updates = 1
[[racer]]
protocol = "sync"
)",
                                                "test.toml", "/");
  const Problem<float> problem = LoadProblem<float>(experiment);
  const internal::FullGradient<float> some(*problem.train, 100);
  EXPECT_TRUE(some.is_subset());
  EXPECT_EQ(some.rows().size(), 100u);
  EXPECT_TRUE(std::ranges::is_sorted(some.rows()));
  EXPECT_EQ(std::ranges::adjacent_find(some.rows()), some.rows().end());
  EXPECT_FALSE(internal::FullGradient<float>(*problem.train, 500).is_subset());
}

// --- What is printed ---------------------------------------------------------

TEST(FitText, IsPartOfAnExperimentFile) {
  const RaceFit fit = FitRace(RaceOn(
      std::string(kQuadratic) + kSync + kAsync,
      {R"(racer.1.workers.delay={distribution="constant",value=1})",
       R"(communication.round_delay={distribution="constant",value=0.5})"}));
  const std::string text = FitText(fit) +
                           "[[racer]]\nprotocol = \"sync\"\n"
                           "[problem]\nobjective = \"quadratic\"\n"
                           "[step]\nsize = 0.1\n[stop]\nupdates = 1\n";
  const Experiment again =
      ParseExperiment(text, "fit.toml", "/", {"workers.count=8"});
  const auto& law = *again.common.options.delay.law();
  EXPECT_EQ(law.name(), "exponential");
  EXPECT_NEAR(law.mean() / fit.delays[0].delay->candidates[0].law.mean(), 1,
              1e-5);
  EXPECT_EQ(again.common.options.round_delay.mean(), .5);
  EXPECT_NEAR(again.theory.L.value() / fit.measured.constants.L.value(), 1,
              1e-5);
  EXPECT_TRUE(again.theory.gamma);
  EXPECT_THAT(text, HasSubstr("# delay = { distribution = \"constant\""));
}

TEST(FitJson, HoldsEveryCandidate) {
  const RaceFit fit = FitRace(RaceOn(Timing(kKSync)));
  const auto json = nlohmann::json::parse(FitJson(fit));
  const auto& delay = json["delays"][0]["delay"];
  EXPECT_EQ(delay["laws"].size(), fit.delays[0].delay->candidates.size());
  EXPECT_EQ(delay["laws"][0]["law"]["distribution"], "exponential");
  EXPECT_EQ(delay["laws"][0]["law"]["mean"],
            fit.delays[0].delay->candidates[0].law.mean());
  EXPECT_TRUE(json["delays"][0]["round_delay"].is_null());
  EXPECT_TRUE(json["theory"]["L"].is_null());
  EXPECT_THAT(json["notes"][0], HasSubstr("none"));
}

}  // namespace
}  // namespace tortoise
