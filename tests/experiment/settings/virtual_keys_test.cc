// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The keys of virtual time and of the objective "none".

#include <cmath>
#include <string>
#include <vector>

#include "core/clock.h"
#include "experiment/race/forecast.h"
#include "experiment/race/problem.h"
#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/experiment.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// Line 1 and its objective, lines 5 and 6 are replaced by some tests.
std::string File(const std::string& objective, const std::string& workers) {
  return "clock = \"virtual\"\n"  // 1
         "[problem]\n"            // 2
         "objective = \"" +
         objective +
         "\"\n"  // 3
         "[workers]\n" +
         workers +  // 4, 5 ...
         "\n[step]\nsize = 0.1\n[stop]\nupdates = 9\n"
         "[[racer]]\nprotocol = \"async\"\n";
}

const std::string kWorkers =
    "count = 4\ndelay = { distribution = \"exponential\", mean = \"5ms\" }";

Experiment Parse(const std::string& text,
                 const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(text, "race.toml", "/base", overrides);
}

std::string ErrorOf(const std::string& text,
                    const std::vector<std::string>& overrides = {}) {
  try {
    (void)Parse(text, overrides);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

// --- Clock and computing -----------------------------------------------------

TEST(VirtualClock, IsThatOfEveryRacer) {
  const Experiment e = Parse(File("quadratic", kWorkers) +
                             "[[racer]]\nprotocol = \"sync\"\n"
                             "workers.compute = \"2ms\"\n");
  EXPECT_EQ(e.clock(), Clock::kVirtual);
  ASSERT_EQ(e.racers.size(), 2u);
  EXPECT_EQ(e.racers[0].options.clock, Clock::kVirtual);
  EXPECT_EQ(e.racers[1].options.clock, Clock::kVirtual);
  EXPECT_EQ(e.racers[0].options.compute_seconds, 0.0);
  EXPECT_EQ(e.racers[1].options.compute_seconds, 0.002);
  const std::string wall = "clock=wall";
  EXPECT_EQ(Parse(File("quadratic", kWorkers), {wall}).racers[0].options.clock,
            Clock::kWall);
}

TEST(VirtualClock, IsWrittenDownWithItsComputing) {
  const Experiment e = Parse(File("quadratic", kWorkers) +
                             "[[racer]]\nprotocol = \"sync\"\n"
                             "workers.compute = [\"2ms\", \"measured\"]\n");
  const std::string text = ResolvedToml(e);
  EXPECT_THAT(text, HasSubstr("clock = \"virtual\"\n"));
  EXPECT_THAT(text, HasSubstr("\ncompute = 0\n"));
  EXPECT_THAT(text, HasSubstr("name = \"sync compute=2ms\"\n"
                              "protocol = \"sync\"\n"
                              "workers.compute = 0.002\n"));
  EXPECT_THAT(text, HasSubstr("workers.compute = \"measured\"\n"));
  EXPECT_EQ(ResolvedToml(Parse(text)), text);
  // On real threads the key has no meaning, and its default does no harm.
  const Experiment wall =
      Parse(File("quadratic", kWorkers + "\ncompute = 0"), {"clock=wall"});
  EXPECT_THAT(ResolvedToml(wall), Not(HasSubstr("compute")));
}

TEST(VirtualClock, TakesManyWorkers) {
  const auto with = [](const std::string& objective, const char* count) {
    return ErrorOf(File(objective, kWorkers),
                   {std::string("workers.count=") + count});
  };
  EXPECT_EQ(with("quadratic", "100000"), "no error");
  EXPECT_THAT(with("quadratic", "100001"),
              StartsWith("--set workers.count: must be at most 100000 with a "
                         "model, not 100001; objective = \"none\""));
  EXPECT_EQ(with("none", "1000000"), "no error");
  EXPECT_THAT(with("none", "1000001"),
              StartsWith("--set workers.count: must be an integer from 1 to "));
}

TEST(MeasureCompute, PutsANumberInPlace) {
  Experiment e = Parse(File("quadratic", "count = 2\ncompute = \"measured\"") +
                       "[[racer]]\nprotocol = \"sync\"\n"
                       "workers.batch_size = 2000\n"
                       "[[racer]]\nprotocol = \"k-sync\"\nquorum = 1\n"
                       "workers.compute = 0.5\n");
  EXPECT_EQ(e.racers[0].options.compute_seconds, 0.0);
  MeasureCompute(e);
  const double small = e.racers[0].options.compute_seconds;
  EXPECT_GT(small, 0.0);
  // 2,000 draws of noise against 32.
  EXPECT_GT(e.racers[1].options.compute_seconds, 2.0 * small);
  EXPECT_EQ(e.racers[2].options.compute_seconds, 0.5);
  EXPECT_EQ(e.common.options.compute_seconds, small);
  const std::string text = ResolvedToml(e);
  EXPECT_THAT(text, Not(HasSubstr("measured")));
  const Experiment again = Parse(text);
  for (std::size_t k = 0; k < e.racers.size(); ++k) {
    EXPECT_EQ(again.racers[k].options.compute_seconds,
              e.racers[k].options.compute_seconds);
  }
  MeasureCompute(e);
  EXPECT_EQ(ResolvedToml(e), text) << "a number is not measured again";
}

TEST(MeasureCompute, LoadsNothingWithoutNeed) {
  Experiment e = Parse(File("quadratic", kWorkers),
                       {"problem.objective=softmax", "problem.data=no.csv"});
  EXPECT_NO_THROW(MeasureCompute(e));
  e = Parse(File("quadratic", kWorkers + "\ncompute = \"measured\""),
            {"problem.objective=softmax", "problem.data=no.csv"});
  EXPECT_THROW(MeasureCompute(e), InputError);
}

// --- Time must pass ----------------------------------------------------------

TEST(VirtualDelay, MustNotBeZero) {
  const std::string text =
      "can be 0, and in virtual time nothing else takes time; give a delay";
  const std::string at = "race.toml:6: workers.delay: " + text;
  for (const char* delay :
       {"{ distribution = \"constant\", value = 0 }",
        "{ distribution = \"two-speed\", fast = 0, slow = 1, probability = "
        "0.5 }",
        "{ distribution = \"uniform\", low = 0, high = 0 }"}) {
    const std::string workers = std::string("count = 4\ndelay = ") + delay;
    const std::string file = File("quadratic", workers);
    EXPECT_THAT(ErrorOf(file), StartsWith(at)) << delay;
    EXPECT_EQ(ErrorOf(file, {"clock=wall"}), "no error") << delay;
    EXPECT_EQ(ErrorOf(File("quadratic", workers + "\ncompute = 0.1")),
              "no error");
    EXPECT_EQ(ErrorOf(File("quadratic", workers + "\ncompute = \"measured\"")),
              "no error");
  }
  EXPECT_THAT(ErrorOf(File("quadratic", "count = 4")),
              StartsWith("race.toml:4: workers.delay: " + text));
  EXPECT_THAT(ErrorOf(File("quadratic", kWorkers) +
                      "workers.delay = { distribution = \"constant\", value = "
                      "0 }\n"),
              StartsWith("race.toml:13: racer.0.workers.delay: " + text));
}

TEST(VirtualDelay, MayComeNearZero) {
  for (const char* delay :
       {"{ distribution = \"uniform\", low = 0, high = 1 }",
        "{ distribution = \"exponential\", mean = 1e-9 }",
        "{ distribution = \"two-speed\", fast = 1e-9, slow = 1, probability = "
        "0.5 }"}) {
    EXPECT_EQ(
        ErrorOf(File("quadratic", std::string("count = 4\ndelay = ") + delay)),
        "no error")
        << delay;
  }
}

TEST(VirtualDelay, MustNotBeZeroInATrace) {
  const TemporaryFolder folder;
  const std::string trace = folder.path() + "/t.csv";
  const std::string file =
      File("quadratic", "count = 1\ndelay = { trace = \"" + trace + "\" }");
  WriteText(trace, "worker,gradient,seconds\n0,0,1\n0,1,0\n");
  EXPECT_THAT(ErrorOf(file), StartsWith("race.toml:6: workers.delay: can be"));
  WriteText(trace, "worker,gradient,seconds\n0,0,1\n0,1,1e-9\n");
  EXPECT_EQ(ErrorOf(file), "no error");
}

// --- Objective "none" --------------------------------------------------------

const std::string kNone = File("none", kWorkers);

TEST(ObjectiveNone, HasNeitherParametersNorSamples) {
  const Experiment e = Parse(kNone);
  const Problem<float> problem = LoadProblem<float>(e);
  EXPECT_EQ(problem.num_parameters, 0u);
  EXPECT_EQ(problem.num_samples, 0u);
  EXPECT_EQ(problem.train->num_parameters(), 0u);
  EXPECT_EQ(problem.train->Clone()->num_samples(), 0u);
  EXPECT_TRUE(std::isnan(problem.train->Loss({}, {})));
  EXPECT_EQ(problem.test, nullptr);
  EXPECT_EQ(ResolvedToml(Parse(ResolvedToml(e))), ResolvedToml(e));
}

TEST(ObjectiveNone, NeedsNoStep) {
  const std::string file =
      "clock = \"virtual\"\nproblem.objective = \"none\"\nworkers.count = 4\n"
      "workers.compute = 1\nstop.updates = 9\n"
      "[[racer]]\nprotocol = \"async\"\n";
  const Experiment e = Parse(file);
  EXPECT_THAT(ResolvedToml(e), Not(HasSubstr("[step]")));
  EXPECT_EQ(ResolvedToml(Parse(ResolvedToml(e))), ResolvedToml(e));
  EXPECT_THAT(ErrorOf(file, {"problem.objective=quadratic"}),
              HasSubstr("step.size is required"));
}

TEST(ObjectiveNone, RefusesWhatNeedsALoss) {
  EXPECT_EQ(ErrorOf(kNone, {"clock=wall"}),
            "race.toml:3: problem.objective: objective \"none\" has only time, "
            "and needs clock = \"virtual\"");
  for (const char* key :
       {"stop.epochs=1", "stop.target_loss=1", "report.target_loss=1",
        "problem.data=a.csv", "problem.l2=1", "problem.L=1"}) {
    EXPECT_THAT(ErrorOf(kNone, {key}),
                HasSubstr(": objective \"none\" does not take it"))
        << key;
  }
  EXPECT_EQ(ErrorOf(File("none", kWorkers + "\ncompute = \"measured\"")),
            "race.toml:7: workers.compute: objective \"none\" computes nothing "
            "to be measured");
  EXPECT_EQ(ErrorOf(File("none", kWorkers + "\nsampling = \"shuffled\"")),
            "race.toml:7: workers.sampling: none has no samples to shuffle");
}

// --- [theory] ----------------------------------------------------------------

TEST(TheoryTable, IsReadAndWrittenDown) {
  EXPECT_FALSE(Parse(kNone).theory.L);
  const std::string table =
      "\n[theory]\nL = 2\nc = 0.5\nsigma_squared = 3\nnoise_growth = 0\n"
      "initial_gap = 1.5\ngamma = 0.25\nfresh_probability = 0.125\n";
  const Experiment e = Parse(kNone + table);
  EXPECT_EQ(e.theory.L, 2.0);
  EXPECT_EQ(e.theory.c, 0.5);
  EXPECT_EQ(e.theory.sigma_squared, 3.0);
  EXPECT_EQ(e.theory.noise_growth, 0.0);
  EXPECT_EQ(e.theory.initial_gap, 1.5);
  EXPECT_EQ(e.theory.gamma, 0.25);
  EXPECT_EQ(e.theory.fresh_probability, 0.125);
  EXPECT_THAT(ResolvedToml(e), HasSubstr(table));
  EXPECT_EQ(ResolvedToml(Parse(ResolvedToml(e))), ResolvedToml(e));
}

// --- Forecast and warnings ---------------------------------------------------

TEST(VirtualForecast, SaysNothingOfLoad) {
  const RaceForecast forecast = ForecastRace(
      Parse(File("quadratic", kWorkers), {"stop.seconds=2", "repeats=3"}));
  ASSERT_EQ(forecast.racers.size(), 1u);
  EXPECT_GT(forecast.racers[0].seconds_per_gradient, 0.0);
  EXPECT_FALSE(forecast.racers[0].compute_load);
  EXPECT_EQ(forecast.most_seconds, 6.0);
  // 9 updates of one gradient each.
  EXPECT_DOUBLE_EQ(forecast.computing_seconds,
                   3.0 * 9 * forecast.racers[0].seconds_per_gradient /
                       AvailableProcessors());
  EXPECT_DOUBLE_EQ(forecast.least_seconds, 3.0 * 9 * 0.005 / 4);
}

TEST(VirtualForecast, OfNoObjectiveIsFree) {
  const RaceForecast forecast =
      ForecastRace(Parse(kNone, {"stop.seconds=2", "stop.updates=100"}));
  EXPECT_EQ(forecast.num_parameters, 0u);
  EXPECT_EQ(forecast.racers[0].seconds_per_gradient, 0.0);
  EXPECT_EQ(forecast.computing_seconds, 0.0);
  EXPECT_EQ(forecast.evaluation_seconds, 0.0);
}

TEST(RaceWarnings, SayWhatVirtualHogwildIs) {
  const Experiment e = Parse(File("quadratic", kWorkers) +
                             "[[racer]]\nprotocol = \"hogwild\"\n"
                             "local_steps = [1, 5]\n");
  EXPECT_THAT(
      RaceWarnings(e.Racers(), {}, 0.9),
      ElementsAre(AllOf(StartsWith("hogwild tau=1: in virtual time workers "
                                   "make whole updates"),
                        HasSubstr("as async does")),
                  AllOf(StartsWith("hogwild tau=5: "),
                        HasSubstr("as async-local does"))));
  const Experiment wall = Parse(ResolvedToml(e), {"clock=wall"});
  EXPECT_THAT(RaceWarnings(wall.Racers(), {}, 0.01), IsEmpty());
}

}  // namespace
}  // namespace tortoise
