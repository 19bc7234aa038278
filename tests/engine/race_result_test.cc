// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What is read off the runs of a race: the best of a group, differences with
// their intervals, the table.

#include <cmath>
#include <cstdint>
#include <optional>
#include <sstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/engine/race.h"

namespace tortoise::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// --- Groups ------------------------------------------------------------------

RaceEntry Ended(const std::string& name, std::uint64_t repeat,
                std::optional<double> to_target, double best_loss = 0.5,
                Termination termination = Termination::kSeconds) {
  RaceEntry entry{.name = name, .repeat = repeat};
  entry.summary.termination = termination;
  entry.summary.seconds = 10.0;
  entry.summary.curve = {
      {.seconds = 0.0, .loss = 2.0},
      {.seconds = to_target.value_or(9.0), .loss = best_loss}};
  entry.seconds_to_target = to_target;
  return entry;
}

std::vector<Racer> Groups() {
  return {{.name = "a1", .options = {}, .group = "a"},
          {.name = "a2", .options = {}, .group = "a"},
          {.name = "b1", .options = {}, .group = "b"},
          {.name = "alone", .options = {}}};
}

TEST(RaceGroups, AHopelessValueSetsNoTarget) {
  RaceResult race;
  race.entries = {Ended("a1", 0, 1.0, 0.9), Ended("a2", 0, 1.0, 0.3),
                  Ended("b1", 0, 1.0, 0.4), Ended("alone", 0, 1.0, 0.2)};
  MeasureToTarget(Groups(), race);
  EXPECT_EQ(race.target_loss, 0.4);
  EXPECT_FALSE(race.entries[0].seconds_to_target.has_value());
  EXPECT_TRUE(race.entries[1].seconds_to_target.has_value());
}

TEST(RaceGroups, AValueThatDivergesSetsTheTargetOnlyIfAllDo) {
  RaceResult race;
  race.entries = {Ended("a1", 0, 1.0, 0.01),
                  Ended("a1", 1, 1.0, 0.01, Termination::kDiverged),
                  Ended("a2", 0, 1.0, 0.3), Ended("a2", 1, 1.0, 0.6)};
  MeasureToTarget(Groups(), race);
  EXPECT_EQ(race.target_loss, 0.6);
  race.entries.resize(2);
  MeasureToTarget(Groups(), race);
  EXPECT_EQ(race.target_loss, 0.01);
}

TEST(RaceGroups, KeepTheOneThatReachesTheTargetFirst) {
  RaceResult race;
  race.target_loss = 0.5;
  // a1: 1, 3, never: median 3. a2: 2, 2, 2.
  for (std::uint64_t r = 0; r < 3; ++r) {
    race.entries.push_back(Ended("a2", r, 2.0));
    race.entries.push_back(Ended("alone", r, std::nullopt));
  }
  race.entries.push_back(Ended("a1", 0, 1.0));
  race.entries.push_back(Ended("a1", 1, 3.0));
  race.entries.push_back(Ended("a1", 2, std::nullopt));
  const auto best = BestOfGroups(Groups(), race);
  ASSERT_EQ(best.size(), 3u);
  EXPECT_EQ(best[0].group, "a");
  EXPECT_EQ(best[0].racer, 1u);
  EXPECT_EQ(best[0].tried, 2);
  EXPECT_EQ(best[1].racer, 2u);
  EXPECT_EQ(best[2].group, "alone");
  EXPECT_EQ(best[2].racer, 3u);
  EXPECT_EQ(best[2].tried, 1);
}

TEST(RaceGroups, TiesGoToTheLowerLoss) {
  RaceResult race;
  race.target_loss = 0.1;
  race.entries = {Ended("a1", 0, std::nullopt, 0.4),
                  Ended("a2", 0, std::nullopt, 0.3)};
  EXPECT_EQ(BestOfGroups(Groups(), race)[0].racer, 1u);
  race.entries = {Ended("a1", 0, 2.0, 0.4), Ended("a2", 0, 2.0, 0.4)};
  EXPECT_EQ(BestOfGroups(Groups(), race)[0].racer, 0u);
}

// --- Paired differences ------------------------------------------------------

RaceResult Pairs(const std::vector<std::optional<double>>& quick,
                 const std::vector<std::optional<double>>& slow) {
  RaceResult race;
  race.target_loss = 0.5;
  for (std::size_t r = 0; r < quick.size(); ++r) {
    race.entries.push_back(Ended("slow", r, slow[r]));
    race.entries.push_back(Ended("quick", r, quick[r]));
  }
  return race;
}

// By hand: differences 1, 2, 0.5; their mean 7/6, their variance 7/12; t with 2
// degrees of freedom is 4.302652730.
TEST(RaceDifferences, HaveStudentsInterval) {
  const auto differences =
      Pairs({1.0, 2.0, 3.0}, {2.0, 4.0, 3.5}).Differences();
  ASSERT_EQ(differences.size(), 1u);
  const PairedDifference& d = differences[0];
  EXPECT_EQ(d.name, "slow");
  EXPECT_EQ(d.fastest, "quick");
  EXPECT_EQ(d.pairs, 3);
  EXPECT_EQ(d.later, 3);
  EXPECT_EQ(d.reached, 3);
  ASSERT_TRUE(d.mean && d.low && d.high);
  EXPECT_NEAR(*d.mean, 7.0 / 6.0, 1e-12);
  const double half = 4.302652730 * std::sqrt(7.0 / 12.0 / 3.0);
  EXPECT_NEAR(*d.low, 7.0 / 6.0 - half, 1e-8);
  EXPECT_NEAR(*d.high, 7.0 / 6.0 + half, 1e-8);
  EXPECT_FALSE(d.at_least || d.at_most);
}

TEST(RaceDifferences, EqualOnesHaveNoWidth) {
  const RaceResult race =
      Pairs({0.1, 0.1, 0.1}, {0.1 + 0.2, 0.1 + 0.2, 0.1 + 0.2});
  const PairedDifference d = race.Differences().at(0);
  EXPECT_EQ(*d.mean, 0.1 + 0.2 - 0.1);
  EXPECT_EQ(d.low, d.mean);
  EXPECT_EQ(d.high, d.mean);
  const PairedDifference tie =
      Pairs({1.0, 2.0}, {1.0, 2.0}).Differences().at(0);
  EXPECT_EQ(*tie.mean, 0.0);
  EXPECT_EQ(tie.equal, 2);
}

// Watched for 10 s in vain, it is later than 10 s.
TEST(RaceDifferences, NeverGiveANumberForWhatWasNotReached) {
  const RaceResult race =
      Pairs({1.0, 2.0, 3.0}, {2.0, std::nullopt, std::nullopt});
  const PairedDifference d = race.Differences().at(0);
  EXPECT_EQ(d.reached, 1);
  EXPECT_EQ(d.fastest_reached, 3);
  EXPECT_EQ(d.later, 3);
  EXPECT_FALSE(d.mean || d.low || d.high || d.at_most);
  EXPECT_DOUBLE_EQ(d.at_least.value(), (1.0 + 8.0 + 7.0) / 3.0);
  EXPECT_THAT(race.DifferenceTable(),
              HasSubstr("reached by it in 1/3, by quick in 3/3; later in 3"));
}

TEST(RaceDifferences, BoundTheFastestFromAbove) {
  const PairedDifference d =
      Pairs({1.0, 1.0, std::nullopt}, {4.0, 4.0, 4.0}).Differences().at(0);
  EXPECT_EQ(d.earlier, 1);
  EXPECT_EQ(d.later, 2);
  EXPECT_FALSE(d.mean || d.at_least);
  EXPECT_DOUBLE_EQ(d.at_most.value(), (3.0 + 3.0 - 6.0) / 3.0);
}

TEST(RaceDifferences, SayNothingOfWhatNobodySaw) {
  RaceResult race = Pairs({1.0, 9.5, std::nullopt},
                          {std::nullopt, std::nullopt, std::nullopt});
  for (RaceEntry& entry : race.entries) entry.summary.seconds = 5.0;
  const PairedDifference d = race.Differences().at(0);
  EXPECT_EQ(d.later, 1);  // the second: 9.5 s lie beyond the 5 s it was watched
  EXPECT_EQ(d.earlier, 0);
  EXPECT_FALSE(d.at_least || d.at_most || d.mean);
  // What diverged never comes.
  race.entries[2].summary.termination = Termination::kDiverged;
  EXPECT_EQ(race.Differences().at(0).later, 2);
}

TEST(RaceDifferences, NeedTwoPairsAndAFastest) {
  EXPECT_TRUE(Pairs({1.0}, {2.0}).Differences().empty());
  EXPECT_TRUE(Pairs({std::nullopt, std::nullopt}, {std::nullopt, std::nullopt})
                  .Differences()
                  .empty());
  RaceResult race = Pairs({1.0, 1.0}, {2.0, 2.0});
  race.entries[2].summary.termination = Termination::kInterrupted;
  EXPECT_TRUE(race.Differences().empty());
  EXPECT_EQ(race.DifferenceTable(), "");
}

// --- The table ---------------------------------------------------------------

RaceEntry MakeEntry(const std::string& name, std::optional<double> to_target,
                    Termination termination = Termination::kSeconds) {
  RaceEntry entry{.name = name};
  entry.summary.termination = termination;
  entry.summary.updates = 10;
  entry.summary.last_update_seconds = 0.02;
  entry.summary.curve = {{.seconds = 1.0, .loss = 0.5}};
  entry.summary.staleness.Count(3);
  entry.seconds_to_target = to_target;
  return entry;
}

std::vector<std::vector<std::string>> Cells(const std::string& table) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(table);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    rows.emplace_back();
    for (std::string word; words >> word;) rows.back().push_back(word);
  }
  return rows;
}

TEST(RaceTable, IsSortedByMedianTimeAndSaysWhoDidNotArrive) {
  RaceResult race;
  race.entries = {MakeEntry("never", std::nullopt),
                  MakeEntry("slow", 3.0),
                  MakeEntry("lost", std::nullopt, Termination::kDiverged),
                  MakeEntry("quick", 1.0),
                  MakeEntry("slow", 2.0),
                  MakeEntry("quick", 2.0),
                  MakeEntry("slow", std::nullopt),
                  MakeEntry("quick", 1.5)};
  const auto rows = Cells(race.Table());
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0][0], "racer");
  EXPECT_THAT(rows[1], ElementsAre("quick", "1.500", "3/3", "0.50000", "2.000",
                                   "10", "3.00"));
  EXPECT_THAT(rows[2], ElementsAre("slow", "3.000", "2/3", "0.50000", "2.000",
                                   "10", "3.00"));
  EXPECT_THAT(rows[3], ElementsAre("never", "-", "0/1", "0.50000", "2.000",
                                   "10", "3.00"));
  EXPECT_THAT(rows[4], ElementsAre("lost", "-", "0/1", "0.50000", "2.000", "10",
                                   "3.00", "diverged"));
}

TEST(RaceTable, EndsLinesWithNotes) {
  RaceResult race;
  race.entries = {MakeEntry("quick", 1.0)};
  EXPECT_THAT(race.Table({{"quick", "best of 5"}}),
              HasSubstr("3.00  best of 5\n"));
}

TEST(RaceTable, HasADashForWhatWasNotMeasured) {
  RaceResult race;
  race.entries = {{.name = "idle"}};
  EXPECT_THAT(Cells(race.Table())[1],
              ElementsAre("idle", "-", "0/1", "-", "-", "0", "-"));
}

}  // namespace
}  // namespace tortoise::testing
