// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/tape.h"

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

constexpr const char* kTwoRacers = R"(
name = "tape"
seed = 3
repeats = 2
clock = "virtual"
[problem]
objective = "none"
[workers]
count = 3
delay = { distribution = "exponential", mean = "5us" }
[stop]
updates = 20
[[racer]]
protocol = "k-batch-sync"
quorum = 2
[[racer]]
protocol = "local-sgd"
local_steps = 4
)";

Experiment Parse(const std::string& text,
                 const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(text, "race.toml", "/base", overrides);
}

std::string Tape(const Experiment& experiment, std::uint64_t repeat = 0,
                 std::optional<std::int64_t> gradients = std::nullopt) {
  std::string text;
  WriteTape(experiment, repeat, gradients,
            [&](std::string_view piece) { text += piece; });
  return text;
}

std::string ErrorOf(const Experiment& experiment, std::uint64_t repeat = 0,
                    std::optional<std::int64_t> gradients = std::nullopt) {
  try {
    (void)Tape(experiment, repeat, gradients);
  } catch (const InputError& error) {
    return error.what();
  }
  return "no error";
}

TEST(Tape, HoldsTheDrawsOfTheRepeat) {
  const Experiment e = Parse(kTwoRacers);
  const DelayTape draws(e.racers[0].options.delay, 3, 1);
  const Trace trace = ParseTrace(Tape(e, 1, 5), "tape");
  ASSERT_EQ(trace.seconds.size(), 3u);
  for (std::uint64_t w = 0; w < 3; ++w) {
    ASSERT_EQ(trace.seconds[w].size(), 5u);
    for (std::uint64_t i = 0; i < 5; ++i) {
      EXPECT_EQ(trace.seconds[w][i], draws.Work(w, i));
    }
  }
  EXPECT_NE(Tape(e, 0, 5), Tape(e, 1, 5));
}

TEST(Tape, HasTheMostWorkersOfAnyRacer) {
  const Experiment e = Parse(kTwoRacers, {"racer.0.workers.count=5"});
  EXPECT_EQ(ParseTrace(Tape(e, 0, 1), "tape").seconds.size(), 5u);
}

TEST(Tape, IsAsLongAsTheBusiestWorkerNeeds) {
  // 20 rounds of 4 local steps; the last update releases nobody.
  const Experiment local = Parse(kTwoRacers, {"racer.0={protocol=\"sync\"}"});
  EXPECT_EQ(GradientsNeeded(local, 0), 4 * 20);
  const Experiment sync = Parse(
      kTwoRacers, {"racer.0={protocol=\"sync\"}", "racer.1.local_steps=1"});
  EXPECT_EQ(GradientsNeeded(sync, 0), 20);
}

TEST(Tape, CountsEpochsByTheirUpdates) {
  // 2 epochs of 90 samples: 12 updates of 3 gradients of 5 samples, or 3 of
  // 3 x 4.
  const std::vector<std::string> overrides = {
      "problem={objective=\"least-squares\", data={generate=\"regression\", "
      "rows=90}}",
      "stop={epochs=2}",
      "step.size=0.1",
      "workers.batch_size=5",
      "racer.0={protocol=\"sync\"}",
      "stop.target_loss=0.001"};
  EXPECT_EQ(GradientsNeeded(Parse(kTwoRacers, overrides), 0), 12);
}

// Racing the printed tape is racing the law.
TEST(Tape, GivesTheSameRaceAsItsLaw) {
  const TemporaryFolder folder;
  for (const char* objective : {"none", "quadratic"}) {
    SCOPED_TRACE(objective);
    const std::vector<std::string> common = {
        "repeats=1", std::string("problem.objective=") + objective,
        "step.size=0.1", "workers.speed=[1, 0.3, 2]",
        "communication.round_delay={distribution=\"constant\", value=1e-6}"};
    const Experiment law = Parse(kTwoRacers, common);
    const std::string at = folder.path() + "/" + objective;
    WriteText(at + ".csv", Tape(law));
    std::vector<std::string> overrides = common;
    overrides.push_back("workers.delay={trace=\"" + at + ".csv\"}");
    const Experiment trace = Parse(kTwoRacers, overrides);
    (void)RaceExperiment(law, at + "-law");
    (void)RaceExperiment(trace, at + "-trace");
    // The snapshots of curves.csv are spaced by the mean of the delay, which
    // is another for the draws than for their law.
    for (const char* file :
         {"updates.csv", "contributions.csv", "staleness.csv", "trace.json"}) {
      EXPECT_EQ(ReadText(at + "-law/" + file), ReadText(at + "-trace/" + file))
          << file;
    }
    EXPECT_GT(ReadText(at + "-law/updates.csv").size(), 400u);
    // A tape of a tape is itself, as far as it goes.
    EXPECT_EQ(Tape(trace), Tape(law));
  }
}

TEST(Tape, HoldsOneDelayOnly) {
  EXPECT_EQ(
      ErrorOf(Parse(kTwoRacers, {"racer.1.workers.delay.mean=1"})),
      "race.toml: a trace holds one delay, and the racers have several: "
      "\"k-batch-sync\" has { distribution = \"exponential\", mean = 5e-06 } "
      "and \"local-sgd\" { distribution = \"exponential\", mean = 1 }");
}

TEST(Tape, HasTheRepeatsOfTheExperiment) {
  EXPECT_EQ(ErrorOf(Parse(kTwoRacers), 2),
            "race.toml:4: repeats: there are 2, counted from 0; there is no 2");
}

TEST(Tape, IsNotLongerThanItsTrace) {
  const TemporaryFolder folder;
  const std::string file = folder.path() + "/t.csv";
  WriteText(file,
            "worker,gradient,seconds\n0,0,1\n0,1,1\n1,0,1\n1,1,1\n2,0,1\n");
  const Experiment e =
      Parse(kTwoRacers, {"workers.delay={trace=\"" + file + "\"}"});
  EXPECT_EQ(Tape(e, 0, 1), "worker,gradient,seconds\n0,0,1\n1,0,1\n2,0,1\n");
  EXPECT_THAT(ErrorOf(e, 0, 2),
              HasSubstr("workers.delay: the trace has 1 gradients of worker 2, "
                        "and 2 are asked for"));
}

TEST(Tape, OfARaceWithoutDelaysMustBeGivenItsLength) {
  const Experiment e = Parse(
      kTwoRacers, {"clock=wall", "problem.objective=quadratic", "step.size=0.1",
                   "workers.delay={distribution=\"constant\", value=0}"});
  EXPECT_THAT(ErrorOf(e), HasSubstr("with --gradients"));
  EXPECT_EQ(Tape(e, 0, 1), "worker,gradient,seconds\n0,0,0\n1,0,0\n2,0,0\n");
}

}  // namespace
}  // namespace tortoise
