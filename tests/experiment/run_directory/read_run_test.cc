// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What is written comes back.

#include "tortoise/experiment/read_run.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "experiment/run_directory/drawn_race_testing.h"
#include "experiment/run_directory/read_run_testing.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

// Equal in every bit, but that all NaNs are one.
bool Same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool Same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || Same(*a, *b));
}
bool Same(const CurvePoint& a, const CurvePoint& b) {
  return Same(a.seconds, b.seconds) && a.updates == b.updates &&
         a.gradients == b.gradients && Same(a.loss, b.loss) &&
         Same(a.test_loss, b.test_loss) &&
         Same(a.test_accuracy, b.test_accuracy) && a.pace == b.pace;
}
bool Same(const ContributionRecord& a, const ContributionRecord& b) {
  return a.worker == b.worker && a.gradient == b.gradient &&
         a.version_read == b.version_read &&
         a.version_counted == b.version_counted &&
         Same(a.seconds_released, b.seconds_released) &&
         Same(a.seconds_started, b.seconds_started) &&
         Same(a.seconds_computed, b.seconds_computed) &&
         Same(a.seconds_arrived, b.seconds_arrived) && a.fate == b.fate &&
         a.local_steps == b.local_steps && Same(a.step, b.step) &&
         a.weight == b.weight && a.bytes == b.bytes;
}
bool Same(const UpdateRecord& a, const UpdateRecord& b) {
  return a.update == b.update && Same(a.seconds, b.seconds) &&
         a.contributions == b.contributions &&
         Same(a.mean_staleness, b.mean_staleness);
}
bool Same(const EventRecord& a, const EventRecord& b) {
  return a.kind == b.kind && a.worker == b.worker && a.gradient == b.gradient &&
         a.version == b.version && Same(a.seconds, b.seconds) &&
         a.pace == b.pace;
}
template <typename T>
bool Same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b,
                            [](const T& x, const T& y) { return Same(x, y); });
}

void ExpectSame(const RaceEntry& a, const RaceEntry& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.repeat, b.repeat);
  EXPECT_TRUE(Same(a.seconds_to_target, b.seconds_to_target));
  const Summary& x = a.summary;
  const Summary& y = b.summary;
  EXPECT_EQ(x.termination, y.termination);
  EXPECT_EQ(x.message, y.message);
  EXPECT_EQ(x.num_workers, y.num_workers);
  EXPECT_TRUE(Same(x.seconds, y.seconds));
  EXPECT_TRUE(Same(x.last_update_seconds, y.last_update_seconds));
  EXPECT_EQ(x.updates, y.updates);
  EXPECT_EQ(x.gradients.started, y.gradients.started);
  EXPECT_EQ(x.gradients.applied, y.gradients.applied);
  EXPECT_EQ(x.gradients.cancelled, y.gradients.cancelled);
  EXPECT_EQ(x.gradients.dropped, y.gradients.dropped);
  EXPECT_EQ(x.gradients.unfinished, y.gradients.unfinished);
  EXPECT_EQ(x.staleness.Counts(), y.staleness.Counts());
  EXPECT_TRUE(Same(x.curve, y.curve));
  EXPECT_TRUE(Same(x.worker_seconds.computing, y.worker_seconds.computing));
  EXPECT_TRUE(Same(x.worker_seconds.straggling, y.worker_seconds.straggling));
  EXPECT_TRUE(Same(x.worker_seconds.waiting, y.worker_seconds.waiting));
  EXPECT_TRUE(
      Same(x.worker_seconds.communicating, y.worker_seconds.communicating));
  EXPECT_TRUE(Same(x.worker_seconds.cancelled, y.worker_seconds.cancelled));
  EXPECT_TRUE(Same(x.delay_overshoot.p50, y.delay_overshoot.p50));
  EXPECT_TRUE(Same(x.delay_overshoot.p99, y.delay_overshoot.p99));
  EXPECT_TRUE(Same(x.compute_load, y.compute_load));
  EXPECT_TRUE(Same(x.computing_per_gradient, y.computing_per_gradient));
  EXPECT_EQ(x.parameters_checksum, y.parameters_checksum);
  EXPECT_EQ(x.contributions_recorded, y.contributions_recorded);
  EXPECT_EQ(x.contributions_kept, y.contributions_kept);
  EXPECT_EQ(x.updates_kept, y.updates_kept);
}

void ExpectSame(const std::vector<RecordedRun>& a,
                const std::vector<RecordedRun>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ExpectSame(a[i].entry, b[i].entry);
    EXPECT_TRUE(Same(a[i].contributions, b[i].contributions)) << i;
    EXPECT_TRUE(Same(a[i].updates, b[i].updates)) << i;
    EXPECT_TRUE(Same(a[i].events, b[i].events)) << i;
  }
}

RC_GTEST_FIXTURE_PROP(ReadRun, IsTheInverseOfWriting, (std::uint64_t seed)) {
  std::filesystem::remove_all(path_);
  const Experiment experiment = TwoRacers();
  const auto runs = DrawRace(experiment, seed);
  Write(path_, experiment, runs);
  const RecordedRace race = ReadRunDirectory(path_);
  ExpectSame(race.runs, runs);
  RC_ASSERT(!HasFailure());
  RC_ASSERT(race.is_complete);
  RC_ASSERT(race.target_loss == 0.5);
  RC_ASSERT(ResolvedToml(race.experiment) == ResolvedToml(experiment));
}

TEST_F(ReadRun, ReadsWhatARaceWrote) {
  const Experiment experiment = TwoRacers();
  const ExperimentResult result = RaceExperiment(experiment, path_);
  const RecordedRace race = ReadRunDirectory(path_);
  EXPECT_EQ(race.path, path_);
  EXPECT_EQ(race.target_loss, result.race.target_loss);
  ASSERT_EQ(race.runs.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    ExpectSame(race.runs[i].entry, result.race.entries[i]);
    EXPECT_EQ(race.runs[i].updates.size(), 20u);
  }
}

TEST_F(ReadRun, AVirtualRaceHasNoEvents) {
  const Experiment experiment = TwoRacers("virtual");
  auto runs = DrawRace(experiment, 3);
  for (RecordedRun& run : runs) run.events.clear();
  Write(path_, experiment, runs);
  EXPECT_FALSE(std::filesystem::exists(File("events.csv")));
  ExpectSame(ReadRunDirectory(path_).runs, runs);
}

TEST_F(ReadRun, KeepsRunsOfARaceThatWasCutShort) {
  const Experiment experiment = TwoRacers();
  auto runs = DrawRace(experiment, 5);
  runs.resize(2);
  Write(path_, experiment, runs, /*complete=*/false, std::nullopt);
  // A third run was on its way, and killed in the middle of a write.
  std::ofstream(File("updates.csv"), std::ios::app)
      << "sync,1,1,0.1,2,0\nsync,1,2,0.2,2,0\nsync,1,3,0.";
  const RecordedRace race = ReadRunDirectory(path_);
  EXPECT_FALSE(race.is_complete);
  EXPECT_FALSE(race.target_loss.has_value());
  ExpectSame(race.runs, runs);
}

TEST_F(ReadRun, ReadsManyRowsAcrossBlocks) {
  const Experiment experiment = TwoRacers();
  auto runs = DrawRace(experiment, 11);
  for (int i = 0; i < 20'000; ++i) {
    runs[1].contributions.push_back({.worker = i % 2,
                                     .gradient = i,
                                     .version_read = i,
                                     .version_counted = i,
                                     .seconds_released = 0.1 * i,
                                     .seconds_started = 0.1 * i,
                                     .seconds_computed = 0.3 * i,
                                     .seconds_arrived = 0.7 * i,
                                     .fate = Fate::kApplied});
  }
  runs[1].entry.summary.contributions_kept =
      static_cast<std::int64_t>(runs[1].contributions.size());
  Write(path_, experiment, runs);
  ExpectSame(ReadRunDirectory(path_).runs, runs);
}

// What version 2 does not say is what the racer did all the time.
TEST(ReadRunOfVersion2, TakesThePaceOfTheRacer) {
  const RecordedRace race = ReadRunDirectory(
      TORTOISE_SOURCE_DIR "/tests/experiment/run_directory/format_2/race");
  int num_long = 0;
  for (const RecordedRun& run : race.runs) {
    const int local_steps = run.entry.name == "local-sgd" ? 2 : 1;
    EXPECT_EQ(run.entry.summary.gradients.dropped, 0);
    EXPECT_EQ(run.entry.summary.curve.back().pace.step, 0.25);
    ASSERT_FALSE(run.contributions.empty());
    for (const ContributionRecord& c : run.contributions) {
      EXPECT_EQ(c.local_steps, local_steps) << run.entry.name;
      EXPECT_EQ(c.step, 0.25);
      EXPECT_EQ(c.weight, 1.0F);
      num_long += c.local_steps == 2 ? 1 : 0;
    }
  }
  EXPECT_GT(num_long, 0);
}

}  // namespace
}  // namespace tortoise
