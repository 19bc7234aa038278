// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/sweep.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "tortoise/core/error.h"

namespace tortoise {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::string_view kSweep = R"(
[problem]
objective = "quadratic"
parameters = 5
[workers]
count = 4
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = [0.01, 0.1, 1]
[stop]
updates = 10
[[racer]]
protocol = "sync"
[[racer]]
protocol = "k-async"
quorum = [1, 2]
[[racer]]
protocol = "async"
step.size = 0.5
)";

Experiment Parse(std::string_view text,
                 const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(text, "sweep.toml", "/", overrides);
}

std::vector<std::string> Names(const Experiment& experiment) {
  std::vector<std::string> names;
  for (const Racer& racer : experiment.racers) names.push_back(racer.name);
  return names;
}

std::vector<std::string> Groups(const Experiment& experiment) {
  std::vector<std::string> groups;
  for (const Racer& racer : experiment.racers) groups.push_back(racer.group);
  return groups;
}

std::string ErrorOf(const std::string& key, std::string_view text = kSweep) {
  Experiment experiment = Parse(text);
  try {
    GroupByKey(key, experiment);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

// Lists in the common tables --------------------------------------------------

TEST(CommonList, MakesRacersOfAllThatDoNotGiveTheirOwn) {
  const Experiment experiment = Parse(kSweep);
  EXPECT_THAT(
      Names(experiment),
      ElementsAre("sync size=0.01", "sync size=0.1", "sync size=1",
                  "k-async K=1 size=0.01", "k-async K=1 size=0.1",
                  "k-async K=1 size=1", "k-async K=2 size=0.01",
                  "k-async K=2 size=0.1", "k-async K=2 size=1", "async"));
  EXPECT_EQ(experiment.racers[7].options.step_size, 0.1);
  EXPECT_EQ(experiment.racers[9].options.step_size, 0.5);
}

TEST(CommonList, ResolvesToSingleRacers) {
  const std::string resolved = ResolvedToml(Parse(kSweep));
  const Experiment again = Parse(resolved);
  EXPECT_EQ(ResolvedToml(again), resolved);
  EXPECT_EQ(Names(again), Names(Parse(kSweep)));
  EXPECT_EQ(again.racers[8].options.step_size, 1.0);
}

TEST(CommonList, OfALawReachesNoOtherLaw) {
  const Experiment experiment =
      Parse(kSweep, {"step.size=0.1", "workers.delay.mean=[\"1ms\",\"2ms\"]",
                     "racer.2.workers.delay={distribution=\"constant\","
                     "value=1}"});
  EXPECT_THAT(
      Names(experiment),
      ElementsAre("sync mean=1ms", "sync mean=2ms", "k-async K=1 mean=1ms",
                  "k-async K=1 mean=2ms", "k-async K=2 mean=1ms",
                  "k-async K=2 mean=2ms", "async"));
  EXPECT_EQ(experiment.racers[1].options.delay.Mean(), 0.002);
}

TEST(CommonList, TakesAnOverride) {
  EXPECT_EQ(Parse(kSweep, {"workers.batch_size=[1,2]"}).racers.size(), 20u);
}

// Groups ----------------------------------------------------------------------

TEST(Sweep, GroupsRacersThatDifferInTheKeyOnly) {
  Experiment experiment = Parse(kSweep);
  GroupByKey("step.size", experiment);
  EXPECT_THAT(Groups(experiment),
              ElementsAre("sync", "sync", "sync", "k-async K=1", "k-async K=1",
                          "k-async K=1", "k-async K=2", "k-async K=2",
                          "k-async K=2", "async"));
  GroupByKey("quorum", experiment);
  EXPECT_EQ(experiment.racers[3].group, "k-async size=0.01");
  EXPECT_EQ(experiment.racers[6].group, "k-async size=0.01");
  EXPECT_EQ(experiment.racers[0].group, "sync size=0.01");
}

TEST(Sweep, TellsGroupsOfTheSameNameApart) {
  Experiment experiment = Parse(std::string(kSweep) +
                                "[[racer]]\nprotocol = \"sync\"\n"
                                "step.size = [0.2, 0.3]\n");
  GroupByKey("step.size", experiment);
  EXPECT_EQ(experiment.racers[0].group, "sync");
  EXPECT_EQ(experiment.racers[10].group, "sync #2");
  EXPECT_EQ(experiment.racers[11].group, "sync #2");
}

TEST(Sweep, RefusesAKeyWithoutAList) {
  EXPECT_EQ(ErrorOf("step.size"), "");
  EXPECT_THAT(ErrorOf("stepp.size"),
              HasSubstr("--best stepp.size: there is no such key; did you mean "
                        "step.size?"));
  EXPECT_THAT(ErrorOf("local_steps"),
              HasSubstr("--best local_steps: no racer has a list"));
  EXPECT_THAT(ErrorOf("workers.delay.mean"), HasSubstr("no racer has a list"));
  EXPECT_THAT(ErrorOf("problem.objective"), HasSubstr("racers have no such"));
}

// The best --------------------------------------------------------------------

// Every racer reaches the target at a time that depends on its step size.
RaceResult Result(const Experiment& experiment, double fastest_step) {
  RaceResult result;
  result.target_loss = 0.5;
  for (const Racer& racer : experiment.racers) {
    RaceEntry entry{.name = racer.name};
    entry.seconds_to_target =
        1.0 + std::abs(std::log(racer.options.step_size / fastest_step));
    result.entries.push_back(entry);
  }
  return result;
}

TEST(Sweep, FindsTheBestValueOfEachGroup) {
  Experiment experiment = Parse(kSweep);
  GroupByKey("step.size", experiment);
  const RaceResult result = Result(experiment, 0.1);
  const auto best = BestValues("step.size", experiment, result);
  ASSERT_EQ(best.size(), 4u);
  EXPECT_EQ(best[2].group, "k-async K=2");
  EXPECT_EQ(best[2].name, "k-async K=2 size=0.1");
  EXPECT_EQ(best[2].key, "step.size");
  EXPECT_EQ(best[2].value, "0.1");
  EXPECT_EQ(best[2].number, 0.1);
  EXPECT_EQ(best[2].tried, 3);
  EXPECT_FALSE(best[2].is_at_edge);
  EXPECT_EQ(best[3].name, "async");
  EXPECT_EQ(best[3].value, "");
  EXPECT_EQ(OnlyBest(result, best).entries.size(), 4u);
  EXPECT_EQ(OnlyBest(result, best).target_loss, 0.5);
  EXPECT_THAT(
      BestNotes(best),
      ElementsAre(Pair("k-async K=1 size=0.1", "step.size = 0.1, best of 3"),
                  Pair("k-async K=2 size=0.1", "step.size = 0.1, best of 3"),
                  Pair("sync size=0.1", "step.size = 0.1, best of 3")));
  EXPECT_THAT(BestWarnings(best), IsEmpty());
}

TEST(Sweep, WarnsOfTheEdgeOfTheList) {
  Experiment experiment = Parse(kSweep);
  GroupByKey("step.size", experiment);
  for (const double fastest : {0.001, 5.0}) {
    const auto best =
        BestValues("step.size", experiment, Result(experiment, fastest));
    EXPECT_TRUE(best[0].is_at_edge);
    EXPECT_FALSE(best[3].is_at_edge);  // one value has no edge
    EXPECT_EQ(BestWarnings(best).size(), 3u);
    EXPECT_THAT(BestNotes(best).at(best[0].name), HasSubstr("at the edge"));
  }
}

// There is no quorum below 1 nor above the number of workers.
TEST(Sweep, NothingLiesBeyondALimit) {
  for (const bool descending : {false, true}) {
    Experiment experiment =
        Parse(kSweep, {"step.size=0.1", "racer.1.quorum=[1,2,4]"});
    GroupByKey("quorum", experiment);
    RaceResult result;
    for (const Racer& racer : experiment.racers) {
      const double quorum = racer.options.method.synchrony.quorum;
      result.entries.push_back(
          {.name = racer.name,
           .seconds_to_target = descending ? 5.0 - quorum : quorum});
    }
    const auto best = BestValues("quorum", experiment, result);
    EXPECT_EQ(best[1].value, descending ? "4" : "1");
    EXPECT_FALSE(best[1].is_at_edge);
  }
}

TEST(Sweep, WordsHaveNoEdge) {
  Experiment experiment =
      Parse(kSweep, {"step.size=0.1", "racer.1.quorum=1",
                     "racer.0.workers.delay_mode=[\"total\",\"extra\"]"});
  GroupByKey("workers.delay_mode", experiment);
  const auto best =
      BestValues("workers.delay_mode", experiment, Result(experiment, 0.1));
  EXPECT_EQ(best[0].value, "\"total\"");
  EXPECT_FALSE(best[0].number.has_value());
  EXPECT_EQ(best[0].tried, 2);
  EXPECT_FALSE(best[0].is_at_edge);
}

}  // namespace
}  // namespace tortoise
