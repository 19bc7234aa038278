// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/experiment.h"

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kHead = R"(
[problem]
objective = "softmax"
data = "train.csv"
[workers]
count = 4
delay = { distribution = "exponential", mean = "5ms" }
[step]
size = 0.1
[stop]
seconds = 1
)";

Experiment Parse(const std::string& racers,
                 const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(kHead + racers, "dir/race.toml", "/base", overrides);
}

std::vector<std::string> Names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Racer& racer : experiment.racers) names.push_back(racer.name);
  return names;
}

const DelayLaw& Law(const Racer& racer) { return *racer.options.delay.law(); }

// --- Values and defaults -----------------------------------------------------

TEST(Experiment, HasTheDocumentedDefaults) {
  const Experiment e = Parse("[[racer]]\nprotocol = \"sync\"\n");
  EXPECT_EQ(e.name, "race");
  EXPECT_EQ(e.seed(), 1u);
  EXPECT_EQ(e.repeats, 1u);
  EXPECT_EQ(e.clock(), Clock::kWall);
  EXPECT_EQ(e.problem.stock.l2, 0.0);
  EXPECT_FALSE(e.problem.stock.intercept);
  EXPECT_FALSE(e.problem.test_data);
  EXPECT_EQ(e.problem.format, DataFormat::kAuto);
  EXPECT_EQ(e.report().snapshots, 60);
  EXPECT_EQ(e.report().contributions, 1'000'000);
  EXPECT_FALSE(e.report().target_loss);
  EXPECT_FALSE(e.stop().target_loss);
  ASSERT_EQ(e.racers.size(), 1u);
  const RunOptions& options = e.racers[0].options;
  EXPECT_EQ(options.batch_size, 32);
  EXPECT_EQ(options.sampling, Sampling::kUniform);
  EXPECT_EQ(options.delay_mode, DelayMode::kTotal);
  EXPECT_EQ(options.round_delay.name(), "constant");
  EXPECT_EQ(options.round_delay.mean(), 0.0);
  EXPECT_TRUE(options.speed.speed.empty());
  EXPECT_TRUE(options.speed.stops_at.empty());
  EXPECT_FALSE(options.speed.bursts);
  EXPECT_TRUE(std::isinf(options.stop.epochs));
  EXPECT_EQ(options.stop.updates, StopRule::kNever);
}

TEST(Experiment, WithoutDelayHasNone) {
  const Experiment e = ParseExperiment(
      "[problem]\nobjective = \"quadratic\"\n[workers]\ncount = 1\n[step]\n"
      "size = 1\n[stop]\nupdates = 5\n[[racer]]\nprotocol = \"async\"\n",
      "a.toml", "");
  EXPECT_EQ(e.racers[0].options.delay.Mean(), 0.0);
  EXPECT_EQ(e.racers[0].options.stop.updates, 5);
  EXPECT_EQ(e.problem.quadratic.parameters, 10u);
  EXPECT_FALSE(e.problem.data);
}

TEST(Experiment, TakesEveryKey) {
  const Experiment e = ParseExperiment(R"(
name = "all of them"
seed = 9223372036854775807
repeats = 3
clock = "wall"
problem.objective = "mlp"
problem.data = { generate = "digits", rows = 20, noise = 0, seed = 5 }
problem.test_data = "sub/../t.idx"
problem.l2 = 1
problem.hidden = [16, 8]
problem.precision = "double"
problem.format = "idx"
workers.count = 2
workers.batch_size = 7
workers.sampling = "shuffled"
workers.delay = { distribution = "pareto", scale = "250us", shape = 2 }
workers.delay_mode = "extra"
workers.speed = [1, 0.25]
workers.stops_at = ["never", "1.5min"]
workers.bursts.speed = 0
workers.bursts.mean_normal_seconds = "2s"
workers.bursts.mean_slow_seconds = 1
communication.round_delay = { distribution = "uniform", low = 0, high = "2ms" }
step.size = 1
stop.seconds = "10s"
stop.updates = 100
stop.epochs = 2
stop.target_loss = 0.5
report.snapshots = 5
report.target_loss = 0.25
report.contributions = "all"
[[racer]]
protocol = "hogwild"
name = "h"
local_steps = 3
memory = "atomic"
)",
                                       "a.toml", "/base");
  EXPECT_EQ(e.name, "all of them");
  EXPECT_EQ(e.seed(), 9223372036854775807u);
  EXPECT_EQ(e.repeats, 3u);
  const auto& digits = std::get<DigitsOptions>(*e.problem.data);
  EXPECT_EQ(digits.rows, 20u);
  EXPECT_EQ(digits.noise, 0.0);
  EXPECT_EQ(digits.seed, 5u);
  EXPECT_EQ(std::get<std::string>(*e.problem.test_data), "/base/t.idx");
  EXPECT_EQ(e.problem.stock.l2, 1.0);
  EXPECT_THAT(e.problem.stock.hidden, ElementsAre(16u, 8u));
  EXPECT_EQ(e.problem.precision, Precision::kDouble);
  EXPECT_EQ(e.problem.format, DataFormat::kIdx);
  EXPECT_EQ(e.report().contributions, StopRule::kNever);
  ASSERT_EQ(e.racers.size(), 1u);
  EXPECT_EQ(e.racers[0].name, "h");
  const RunOptions& options = e.racers[0].options;
  EXPECT_EQ(options.method.protocol, "hogwild");
  EXPECT_EQ(options.method.local_steps, 3);
  EXPECT_EQ(options.method.aggregation,
            Aggregation(InPlace{MemoryPolicy::kAtomic}));
  EXPECT_EQ(options.seed, e.seed());
  EXPECT_EQ(options.batch_size, 7);
  EXPECT_EQ(options.sampling, Sampling::kShuffled);
  EXPECT_EQ(options.delay_mode, DelayMode::kExtra);
  EXPECT_EQ(Law(e.racers[0]).keys().at("scale")[0], 0.00025);
  EXPECT_THAT(options.speed.speed, ElementsAre(1.0, 0.25));
  EXPECT_EQ(options.speed.stops_at[1], 90.0);
  EXPECT_TRUE(std::isinf(options.speed.stops_at[0]));
  EXPECT_EQ(options.speed.bursts->mean_normal_seconds, 2.0);
  EXPECT_EQ(options.round_delay.mean(), 0.001);
  EXPECT_EQ(options.stop.seconds, 10.0);
  EXPECT_EQ(options.stop.epochs, 2.0);
  EXPECT_EQ(options.stop.target_loss, 0.5);
  EXPECT_EQ(options.report.snapshots, 5);
  EXPECT_EQ(options.report.target_loss, 0.25);
}

TEST(Experiment, GivesGeneratorsTheSeedOfTheExperiment) {
  const Experiment e =
      Parse("[[racer]]\nprotocol = \"sync\"\n",
            {"seed=7", "problem.data={generate=\"digits\"}",
             "problem.test_data={generate=\"digits\", rows=9}"});
  EXPECT_EQ(std::get<DigitsOptions>(*e.problem.data).seed, 7u);
  EXPECT_EQ(std::get<DigitsOptions>(*e.problem.test_data).seed, 7u);
}

TEST(Experiment, ReadsTracesBesideTheFile) {
  const TemporaryFolder folder;
  WriteText(folder.path() + "/t.csv",
            "worker,gradient,seconds\n0,0,1\n1,0,3\n2,0,2\n3,0,2\n");
  const std::string file = folder.path() + "/race.toml";
  WriteText(file, kHead + std::string("[[racer]]\nprotocol = \"sync\"\n"
                                      "workers.delay.trace = \"t.csv\"\n"));
  const Experiment e = ReadExperiment(file);
  EXPECT_EQ(e.racers[0].options.delay.Mean(), 2.0);
  EXPECT_EQ(e.racers[0].trace, folder.path() + "/t.csv");
  try {
    (void)ReadExperiment(file, {"workers.count=5"});
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(),
                HasSubstr("race.toml:14: racer.0.workers.delay.trace: the "
                          "trace has 4 workers and the racer 5"));
  }
  WriteText(folder.path() + "/t.csv", "worker,gradient,seconds\n0,0,-1\n");
  try {
    (void)ReadExperiment(file);
    FAIL();
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("t.csv:2: "));
  }
}

// --- Racers ------------------------------------------------------------------

TEST(Racers, AreNamedAfterTheirLists) {
  const Experiment e = Parse(R"(
[[racer]]
protocol = "k-async"
quorum = [2, 4]
[[racer]]
protocol = "local-sgd"
local_steps = [1, 8]
step.size = [0.1, 0.05]
[[racer]]
protocol = "ssp"
staleness_bound = [0]
[[racer]]
protocol = "hogwild"
memory = ["lossy", "atomic"]
[[racer]]
name = "mine"
protocol = "async"
workers.delay.mean = ["1ms", 2]
[[racer]]
protocol = ["sync", "async"]
)");
  EXPECT_THAT(
      Names(e),
      ElementsAre("k-async K=2", "k-async K=4", "local-sgd tau=1 size=0.1",
                  "local-sgd tau=1 size=0.05", "local-sgd tau=8 size=0.1",
                  "local-sgd tau=8 size=0.05", "ssp s=0",
                  "hogwild memory=lossy", "hogwild memory=atomic",
                  "mine mean=1ms", "mine mean=2", "sync", "async"));
  EXPECT_EQ(e.racers[1].options.method.synchrony.quorum, 4);
  EXPECT_EQ(e.racers[5].options.method.local_steps, 8);
  EXPECT_EQ(e.racers[5].options.step_size, 0.05);
  EXPECT_EQ(e.racers[6].options.method.synchrony.staleness_bound, 0);
  EXPECT_EQ(e.racers[8].options.method.aggregation,
            Aggregation(InPlace{MemoryPolicy::kAtomic}));
  EXPECT_EQ(Law(e.racers[9]).mean(), 0.001);
  EXPECT_EQ(Law(e.racers[10]).mean(), 2.0);
}

TEST(Racers, OverrideCommonKeysForThemselvesOnly) {
  const Experiment e = Parse(R"(
[[racer]]
protocol = "sync"
step.size = 0.5
workers.count = 2
workers.delay.mean = "1ms"
[[racer]]
protocol = "async"
workers = { delay = { distribution = "constant", value = 1 }, batch_size = 8 }
communication.round_delay = { distribution = "constant", value = "2ms" }
[[racer]]
protocol = "ssp"
staleness_bound = 3
)");
  EXPECT_EQ(e.racers[0].options.step_size, 0.5);
  EXPECT_EQ(e.racers[0].options.method.num_workers, 2);
  EXPECT_EQ(e.racers[0].options.method.synchrony.quorum, 2);
  EXPECT_EQ(Law(e.racers[0]).name(), "exponential");
  EXPECT_EQ(Law(e.racers[0]).mean(), 0.001);
  EXPECT_EQ(Law(e.racers[1]).name(), "constant");
  EXPECT_EQ(e.racers[1].options.batch_size, 8);
  EXPECT_EQ(e.racers[1].options.round_delay.mean(), 0.002);
  EXPECT_EQ(e.racers[2].options.step_size, 0.1);
  EXPECT_EQ(e.racers[2].options.method.num_workers, 4);
  EXPECT_EQ(Law(e.racers[2]).mean(), 0.005);
  EXPECT_EQ(e.racers[2].options.round_delay.mean(), 0.0);
}

TEST(Racers, MayGiveWhatTheCommonTablesLack) {
  const Experiment e = ParseExperiment(
      "[problem]\nobjective = \"quadratic\"\n[stop]\nupdates = 5\n[[racer]]\n"
      "protocol = \"async\"\nstep.size = [1, 2]\nworkers.count = 3\n",
      "a.toml", "/base");
  EXPECT_THAT(Names(e), ElementsAre("async size=1", "async size=2"));
  EXPECT_FALSE(e.common.num_workers);
}

TEST(Racers, DoNotSplitListsThatAreValues) {
  const Experiment e = Parse(R"(
[[racer]]
protocol = "sync"
workers.speed = [1, 1, 1, 0.5]
[workers.bursts]
speed = 0.5
mean_normal_seconds = 1
mean_slow_seconds = 1
[[racer]]
protocol = "async"
workers.delay.distribution = "hyper-exponential"
workers.delay.means = [1, 2]
workers.delay.probabilities = [0.5, 0.5]
workers.bursts.speed = [0.1, 0.2]
)");
  EXPECT_THAT(Names(e),
              ElementsAre("sync", "async speed=0.1", "async speed=0.2"));
  EXPECT_EQ(e.racers[0].options.speed.speed[3], 0.5);
  EXPECT_EQ(e.racers[0].options.speed.bursts->speed, 0.5);
  EXPECT_EQ(e.racers[2].options.speed.bursts->speed, 0.2);
  EXPECT_EQ(e.racers[2].options.speed.bursts->mean_slow_seconds, 1.0);
}

TEST(Racers, MayHaveAQuorumAboveTheWorkersWhereNobodyWaits) {
  const Experiment e =
      Parse("[[racer]]\nprotocol = \"k-batch-async\"\nquorum = 9\n");
  EXPECT_EQ(e.racers[0].options.method.synchrony.quorum, 9);
}

// --- Overrides ---------------------------------------------------------------

TEST(Overrides, ReplaceWhatTheFileSays) {
  const Experiment e = Parse(
      "[[racer]]\nprotocol = \"k-sync\"\nquorum = 2\n[[racer]]\n"
      "protocol = \"sync\"\nstep.size = 0.5\n",
      {"name=two", "workers.delay.mean=1ms", "racer.0.quorum=[1, 3]",
       "step.size=0.2", "racer.1.workers.batch_size=4", "seed=5", "seed=6",
       "problem.data=../other/data.libsvm", "problem.target=y"});
  EXPECT_EQ(e.name, "two");
  EXPECT_EQ(e.seed(), 6u);
  EXPECT_EQ(std::get<std::string>(*e.problem.data), "/other/data.libsvm");
  EXPECT_EQ(e.problem.target, "y");
  EXPECT_THAT(Names(e), ElementsAre("k-sync K=1", "k-sync K=3", "sync"));
  EXPECT_EQ(Law(e.racers[0]).mean(), 0.001);
  EXPECT_EQ(e.racers[0].options.step_size, 0.2);
  EXPECT_EQ(e.racers[2].options.step_size, 0.5);  // the racer's own stays
  EXPECT_EQ(e.racers[2].options.batch_size, 4);
}

TEST(Overrides, ReplaceAWholeRacer) {
  const Experiment e = Parse("[[racer]]\nprotocol = \"k-sync\"\nquorum = 2\n",
                             {"racer.0={protocol=\"async\", name=\"a b\"}"});
  EXPECT_THAT(Names(e), ElementsAre("a b"));
}

TEST(Overrides, AreCheckedAfterAllAreApplied) {
  const Experiment e = Parse("[[racer]]\nprotocol = \"k-sync\"\nquorum = 9\n",
                             {"racer.0.quorum=3"});
  EXPECT_EQ(e.racers[0].options.method.synchrony.quorum, 3);
}

// --- Errors for later --------------------------------------------------------

TEST(Experiment, SaysWhereAKeyWasGiven) {
  const Experiment e =
      Parse("[[racer]]\nprotocol = \"sync\"\n", {"problem.data=x.csv"});
  EXPECT_STREQ(e.ErrorAt("problem.objective", "no").what(),
               "dir/race.toml:3: problem.objective: no");
  EXPECT_STREQ(e.ErrorAt("problem.data", "no").what(),
               "--set problem.data: no");
  EXPECT_STREQ(e.ErrorAt("problem.l2", "no").what(),
               "dir/race.toml:2: problem.l2: no");
  EXPECT_STREQ(e.ErrorAt("report.snapshots", "no").what(),
               "dir/race.toml: report.snapshots: no");
}

}  // namespace
}  // namespace tortoise
