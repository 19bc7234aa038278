// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The tables of a run, in CSV.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "experiment/run_directory/run_directory.h"
#include "experiment/run_directory/run_directory_testing.h"

namespace tortoise {
namespace {

using testing::ElementsAre;
using testing::StartsWith;

TEST_F(RunDirectoryTest, TablesHaveTheDocumentedColumns) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  EXPECT_THAT(Lines("curves.csv"),
              ElementsAre("racer,repeat,seconds,updates,gradients,loss,"
                          "test_loss,test_accuracy,quorum,local_steps,step",
                          "sync,0,0,0,0,2.5,2.6,0.1,2,1,0.5",
                          "sync,0,0.1,3,6,0.3,0.4,0.875,2,1,0.5",
                          "k-async K=1,0,0,0,0,2.5,2.6,0.1,2,1,0.5",
                          "k-async K=1,0,0.1,3,6,0.3,0.4,0.875,2,1,0.5"));
  EXPECT_THAT(
      Lines("staleness.csv"),
      ElementsAre("racer,repeat,staleness,count", "sync,0,0,2", "sync,0,5,4",
                  "k-async K=1,0,0,2", "k-async K=1,0,5,4"));
  EXPECT_THAT(
      Lines("updates.csv"),
      ElementsAre("racer,repeat,update,seconds,contributions,mean_staleness",
                  "sync,0,1,0.02,2,0.5", "k-async K=1,0,1,0.02,2,0.5"));
  const auto rows = Lines("contributions.csv");
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0],
            "racer,repeat,worker,gradient,version_read,version_counted,"
            "seconds_released,seconds_started,seconds_computed,"
            "seconds_arrived,fate,local_steps,step,weight,bytes");
  EXPECT_EQ(rows[1], "sync,0,0,0,0,1,0,0.001,0.002,0.01,applied,1,0.5,0.25,40");
  EXPECT_EQ(rows[3],
            "sync,0,0,1,1,,0.02,0.021,0.022,0.03,cancelled,1,0.5,0.25,40");
  EXPECT_EQ(rows[4],
            "sync,0,1,1,1,,0.02,0.021,0.022,,unfinished,1,0.5,0.25,40");
}

TEST_F(RunDirectoryTest, EventsAreWrittenAsTheyCome) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  directory.OnStart(1, 0);
  const std::vector<EventRecord> events = {
      {EventKind::kRelease, 1, 4, 2, 0.5, {1, 3, 0.1}},
      {EventKind::kDrop, 1, 4, 2, 0.625, {1, 3, 0.1}},
      {EventKind::kUpdate, -1, -1, 3, 0.75, {1, 3, 0.1}}};
  directory.OnRecords({.contributions = {}, .updates = {}, .events = events});
  // Thinning contributions drops no event.
  directory.OnRecords({.replaces = true, .contributions = {}, .updates = {}});
  EXPECT_THAT(Lines("events.csv"),
              ElementsAre("racer,repeat,event,worker,gradient,version,seconds,"
                          "quorum,local_steps,step",
                          "k-async K=1,0,release,1,4,2,0.5,1,3,0.1",
                          "k-async K=1,0,drop,1,4,2,0.625,1,3,0.1",
                          "k-async K=1,0,update,,,3,0.75,1,3,0.1"));
}

TEST_F(RunDirectoryTest, VirtualTimeHasNoEvents) {
  RaceDescription race = TwoRacers();
  race.clock = Clock::kVirtual;
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.Finish({}, true);
  EXPECT_FALSE(Exists("events.csv"));
  EXPECT_TRUE(Exists("DONE"));
}

TEST_F(RunDirectoryTest, QuotesNamesThatNeedIt) {
  RaceDescription race = TwoRacers();
  race.racers[0].name = "a,\"b\"";
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.OnStart(0, 0);
  directory.OnFinish(FullEntry(race.racers[0].name));
  directory.Finish({}, true);
  EXPECT_THAT(Lines("staleness.csv")[1], StartsWith("\"a,\"\"b\"\"\",0,0,"));
  EXPECT_EQ(ReadJson("summary.json")["racers"].size(), 0u);
}

TEST_F(RunDirectoryTest, ThinnedRecordsReplaceTheRowsOfTheirRacerOnly) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  std::vector<ContributionRecord> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(Contribution(0, i, i, i + 0.5));
  const std::vector<UpdateRecord> updates = {{1, 0.5, 1, 0.0},
                                             {2, 1.5, 1, 0.0}};
  directory.OnStart(0, 0);
  directory.OnRecords({.contributions = rows, .updates = updates});
  directory.OnFinish(FullEntry("sync"));
  directory.OnStart(1, 0);
  directory.OnRecords({.contributions = rows, .updates = updates});
  const std::vector<ContributionRecord> kept = {rows[0], rows[5]};
  directory.OnRecords({.replaces = true,
                       .contributions = kept,
                       .updates = std::span(updates).first(1)});
  directory.OnRecords(
      {.contributions = std::span(rows).last(1), .updates = {}});

  const auto lines = Lines("contributions.csv");
  ASSERT_EQ(lines.size(), 1u + 10u + 3u);
  for (std::size_t i = 1; i <= 10; ++i) {
    EXPECT_THAT(lines[i], StartsWith("sync,0,0," + std::to_string(i - 1)));
  }
  EXPECT_THAT(lines[11], StartsWith("k-async K=1,0,0,0,"));
  EXPECT_THAT(lines[12], StartsWith("k-async K=1,0,0,5,"));
  EXPECT_THAT(lines[13], StartsWith("k-async K=1,0,0,9,"));
  EXPECT_EQ(Lines("updates.csv").size(), 1u + 2u + 1u);
  EXPECT_FALSE(Exists("contributions.csv.tmp"));
}

}  // namespace
}  // namespace tortoise
