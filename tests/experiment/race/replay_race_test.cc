// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/replay_race.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <stop_token>
#include <string>
#include <vector>

#include "experiment/temporary_folder.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

// The weights of an mlp begin at random, so a replay has to draw them again.
constexpr std::string_view kRace = R"(
repeats = 2
[problem]
objective = "mlp"
data = { generate = "digits", rows = 60 }
hidden = [4]
[workers]
count = 3
batch_size = 8
delay = { distribution = "exponential", mean = "300us" }
[step]
size = 0.05
[stop]
updates = 20
[[racer]]
protocol = "k-async"
quorum = 2
[[racer]]
protocol = "local-sgd"
local_steps = 3
[[racer]]
protocol = "hogwild"
)";

class ReplayRaceTest : public testing::Test {
 protected:
  ExperimentResult Race(const std::vector<std::string>& overrides = {}) {
    return RaceExperiment(ParseExperiment(kRace, "test.toml", "/", overrides),
                          path_);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/run";
};

TEST_F(ReplayRaceTest, EndsWithTheParametersThatWereRecorded) {
  for (const char* precision : {"float", "double"}) {
    SCOPED_TRACE(precision);
    path_ = folder_.path() + '/' + precision;
    const auto raced = Race({std::string("problem.precision=") + precision});
    std::vector<std::string> told;
    const RaceReplay replay =
        ReplayRace(path_, {}, [&told](const ReplayedRun& run) {
          told.push_back(run.name + std::to_string(run.repeat));
        });
    EXPECT_FALSE(replay.interrupted);
    EXPECT_THAT(replay.warnings, IsEmpty());
    ASSERT_THAT(replay.runs, SizeIs(4));
    ASSERT_THAT(told, SizeIs(4));
    auto entry = raced.race.entries.begin();
    for (std::size_t i = 0; i < 4; ++i, ++entry) {
      if (entry->name == "hogwild") ++entry;
      const ReplayedRun& run = replay.runs[i];
      EXPECT_EQ(told[i], entry->name + std::to_string(entry->repeat));
      EXPECT_EQ(run.name, entry->name);
      EXPECT_EQ(run.repeat, entry->repeat);
      EXPECT_EQ(run.updates, entry->summary.updates);
      EXPECT_EQ(run.checksum, entry->summary.parameters_checksum);
      EXPECT_EQ(run.loss, entry->summary.final_loss());
      EXPECT_TRUE(run.is_same());
    }
    // Checksums that are all alike would say little.
    EXPECT_NE(replay.runs[0].checksum, replay.runs[1].checksum);
    EXPECT_NE(replay.runs[0].checksum, replay.runs[2].checksum);
  }
}

TEST_F(ReplayRaceTest, SkipsWhatCannotBeReplayedWithAReason) {
  // 20 updates count 40 contributions under k-async with K = 2, 60 under
  // local-sgd with P = 3.
  (void)Race({"repeats=1", "report.contributions=50"});
  const RaceReplay replay = ReplayRace(path_);
  ASSERT_THAT(replay.runs, SizeIs(1));
  EXPECT_TRUE(replay.runs[0].is_same());
  ASSERT_THAT(replay.skipped, SizeIs(2));
  EXPECT_THAT(replay.skipped[0].name, HasSubstr("local-sgd"));
  EXPECT_THAT(replay.skipped[0].reason, HasSubstr("its record was thinned"));
  EXPECT_EQ(replay.skipped[1].name, "hogwild");
  EXPECT_THAT(replay.skipped[1].reason, HasSubstr("write in place"));
}

TEST_F(ReplayRaceTest, StopsWhenAsked) {
  (void)Race();
  std::stop_source stop;
  const RaceReplay replay =
      ReplayRace(path_, stop.get_token(),
                 [&stop](const ReplayedRun&) { stop.request_stop(); });
  EXPECT_TRUE(replay.interrupted);
  EXPECT_THAT(replay.runs, SizeIs(1));
}

TEST_F(ReplayRaceTest, NamesAnotherBuildOrProcessor) {
  (void)Race({"repeats=1"});
  const std::string file = path_ + "/environment.json";
  json environment = json::parse(ReadText(file));
  environment["flags"] = "-O1";
  environment.erase("processor");
  WriteText(file, environment.dump());
  const RaceReplay replay = ReplayRace(path_);
  ASSERT_THAT(replay.warnings, SizeIs(1));
  EXPECT_THAT(replay.warnings[0], HasSubstr("flags \"-O1\", here \""));
  EXPECT_THAT(replay.warnings[0], HasSubstr("processor \"\", here \""));
  WriteText(file, "{");
  EXPECT_THAT(ReplayRace(path_).warnings, SizeIs(1));
}

TEST_F(ReplayRaceTest, RefusesVirtualTime) {
  (void)Race({"clock=virtual"});
  EXPECT_THAT([this] { (void)ReplayRace(path_); },
              ThrowsMessage<InputError>(HasSubstr(
                  "run its experiment again, it is the same bit for bit")));
}

TEST_F(ReplayRaceTest, RefusesEventsThatContradictEachOther) {
  (void)Race({"repeats=1"});
  const std::string file = path_ + "/events.csv";
  std::string text = ReadText(file);
  const auto row = text.find("update,,,1,");
  ASSERT_NE(row, std::string::npos);
  WriteText(file, text.replace(row, 11, "update,,,2,"));
  EXPECT_THAT(
      [this] { (void)ReplayRace(path_); },
      ThrowsMessage<InputError>(HasSubstr("makes version 2 after version 0")));
}

}  // namespace
}  // namespace tortoise
