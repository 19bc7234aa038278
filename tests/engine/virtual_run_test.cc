// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What a run in virtual time computes, books and reports. Its times are
// compared with an independent loop in virtual_oracle_test.cc.

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <tuple>
#include <vector>

#include "core/text.h"
#include "engine/flights.h"
#include "engine/ledger.h"
#include "engine/virtual_testing.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- What it computes --------------------------------------------------------

TEST(VirtualRun, OfOneWorkerUnderAsyncIsPlainSgdBitForBit) {
  const auto objective = MakeQuadratic<double>({});
  for (const char* protocol : {"async", "sync", "hogwild"}) {
    SCOPED_TRACE(protocol);
    RunOptions options = MakeVirtualOptions({protocol}, 1, 200);
    options.batch_size = 4;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.w, PlainSgd(*objective, options, 200));
  }
}

// From the rows alone, one gradient after the other; this fixes the order of
// the sums within a quorum too.
template <typename T>
void ExpectReplayable(AnyObjective<T>& objective, const RunOptions& options) {
  const RunResult<T> run = RunAndRecord<T>(objective, options);
  const auto models =
      Replay<T>(std::vector<T>(objective.num_parameters()), options,
                run.contributions, SlowContribution<T>(objective, options));
  ASSERT_EQ(models.size(), static_cast<std::size_t>(run.summary.updates) + 1);
  EXPECT_EQ(run.w, models.back());
  EXPECT_EQ(run.summary.parameters_checksum,
            Fnv1a(std::as_bytes(std::span(models.back()))));
}

TEST(VirtualRun, OfEveryPresetIsWhatItsRowsSay) {
  const auto data =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 300, .columns = 30, .nonzeros = 5}));
  const auto sparse = MakeStockObjective<float>("logistic", data, {}, *data);
  const auto quadratic = MakeQuadratic<double>({});
  std::vector<Contender> contenders = AllPresets();
  contenders.push_back({"k-batch-async", {.quorum = 9}});
  contenders.push_back({"k-batch-sync", {.quorum = 9}});
  contenders.push_back({"hogwild", {.local_steps = 3}});
  for (const Contender& contender : contenders) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeVirtualOptions(contender, 4, 80);
    ExpectReplayable<double>(*quadratic, options);
    options.batch_size = 200;
    ExpectReplayable<float>(*sparse, options);
  }
}

TEST(VirtualRun, IsTheSameTwice) {
  const auto objective = MakeQuadratic<float>({});
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const RunOptions options = MakeVirtualOptions(contender, 5, 100);
    const auto first = RunAndRecord<float>(*objective, options);
    const auto second = RunAndRecord<float>(*objective, options);
    EXPECT_EQ(first.w, second.w);
    EXPECT_EQ(first.summary.FullReport(), second.summary.FullReport());
    EXPECT_EQ(first.summary.seconds, second.summary.seconds);
  }
}

TEST(VirtualRun, HasTheSameRowsWithAndWithoutAModel) {
  const auto objective = MakeQuadratic<double>({});
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeVirtualOptions(contender, 5, 100);
    options.round_delay = DelayLaw::Uniform(0.0, 0.4);
    const auto learning = RunAndRecord<double>(*objective, options);
    const auto timing = RunTiming(options);
    ASSERT_EQ(learning.contributions.size(), timing.contributions.size());
    for (std::size_t i = 0; i < timing.contributions.size(); ++i) {
      const ContributionRecord& a = learning.contributions[i];
      const ContributionRecord& b = timing.contributions[i];
      EXPECT_EQ(a.worker, b.worker);
      EXPECT_EQ(a.version_counted, b.version_counted);
      EXPECT_EQ(a.seconds_started, b.seconds_started);
    }
    EXPECT_EQ(learning.summary.seconds, timing.summary.seconds);
    EXPECT_EQ(timing.summary.parameters_checksum, "");
    EXPECT_TRUE(std::isnan(timing.summary.final_loss()));
  }
}

TEST(VirtualRun, RepeatsDiffer) {
  RunOptions options = MakeVirtualOptions({"async"}, 3, 50);
  const auto first = RunTiming(options);
  options.repeat = 1;
  EXPECT_NE(first.summary.seconds, RunTiming(options).summary.seconds);
}

// --- Where the time goes -----------------------------------------------------

// Every second of every worker is accounted for: as computing, straggling,
// waiting, communicating or cancelled, or as part of what is in flight.
void ExpectSecondsToAddUp(const RunOptions& options) {
  const RunResult<double> run = RunTiming(options);
  double in_flight = 0.0;
  for (const ContributionRecord& row : run.contributions) {
    if (std::isnan(row.seconds_arrived)) {
      in_flight += run.summary.seconds - row.seconds_released;
    }
  }
  const auto& spent = run.summary.worker_seconds;
  const double all = run.summary.num_workers * run.summary.seconds;
  EXPECT_NEAR(spent.computing + spent.straggling + spent.waiting +
                  spent.communicating + spent.cancelled + in_flight,
              all, 1e-10 * all);
  for (const double part : {spent.computing, spent.straggling, spent.waiting,
                            spent.communicating, spent.cancelled}) {
    EXPECT_GE(part, 0.0);
  }
}

TEST(WorkerSeconds, AddUpForEveryPreset) {
  for (const DelayMode mode : {DelayMode::kTotal, DelayMode::kExtra}) {
    for (const Contender& contender : AllPresets()) {
      SCOPED_TRACE(contender.protocol);
      RunOptions options = MakeVirtualOptions(contender, 6, 300);
      options.delay_mode = mode;
      options.compute_seconds = 0.2;
      options.round_delay = DelayLaw::Exponential(0.3);
      options.speed.speed = {1, 2, 3, 1, 1, 0.5};
      ExpectSecondsToAddUp(options);
      options.stop.seconds = 20.0;
      options.speed.stops_at = {kInfinity, 7.0, kInfinity, 9.0, 30.0, 1.0};
      ExpectSecondsToAddUp(options);
    }
  }
}

// Two workers that take 1 s and 3 s at their speeds, and a round delay of 1 s:
// by hand, with updates at 3 and 7.
TEST(WorkerSeconds, AreAsByHandUnderSync) {
  RunOptions options = MakeVirtualOptions({"sync"}, 2, 2);
  options.delay = DelayLaw::Constant(1.0);
  options.speed.speed = {1.0, 1.0 / 3.0};
  options.round_delay = DelayLaw::Constant(1.0);
  options.compute_seconds = 0.25;
  const auto run = RunTiming(options);
  const auto& spent = run.summary.worker_seconds;
  EXPECT_DOUBLE_EQ(run.summary.seconds, 7.0);
  EXPECT_DOUBLE_EQ(spent.computing, 4 * 0.25);
  EXPECT_DOUBLE_EQ(spent.straggling, 2 * (1.0 - 0.25) + 2 * (3.0 - 0.25));
  EXPECT_DOUBLE_EQ(spent.waiting, 2 * 2.0);
  EXPECT_DOUBLE_EQ(spent.communicating, 2 * 1.0);
  EXPECT_DOUBLE_EQ(spent.cancelled, 0.0);
}

TEST(WorkerSeconds, OfCancelledWorkersAreAsByHand) {
  RunOptions options = MakeVirtualOptions({"k-sync", {.quorum = 1}}, 2, 3);
  options.delay = DelayLaw::Constant(1.0);
  options.speed.speed = {1.0, 0.5};
  const auto run = RunTiming(options);
  // The third update ends the run: what it would cancel is unfinished.
  EXPECT_DOUBLE_EQ(run.summary.worker_seconds.cancelled, 2.0);
  EXPECT_EQ(run.summary.gradients.started, 6);
  EXPECT_EQ(run.summary.gradients.applied, 3);
  EXPECT_EQ(run.summary.gradients.cancelled, 2);
  EXPECT_EQ(run.summary.gradients.unfinished, 1);
}

// --- Computing ---------------------------------------------------------------

TEST(ComputeSeconds, AreAFloorOrAreAdded) {
  RunOptions options = MakeVirtualOptions({"async"}, 1, 4);
  options.delay = DelayLaw::Constant(1.0);
  for (const auto& [compute, mode, expected] :
       {std::tuple(0.5, DelayMode::kTotal, 4.0),
        std::tuple(2.5, DelayMode::kTotal, 10.0),
        std::tuple(0.5, DelayMode::kExtra, 6.0),
        std::tuple(2.5, DelayMode::kExtra, 14.0)}) {
    options.compute_seconds = compute;
    options.delay_mode = mode;
    const auto run = RunTiming(options);
    EXPECT_DOUBLE_EQ(run.summary.seconds, expected);
    EXPECT_DOUBLE_EQ(run.contributions[1].seconds_computed,
                     run.contributions[1].seconds_started + compute);
    EXPECT_EQ(run.summary.computing_per_gradient, compute);
  }
}

TEST(ComputeSeconds, OfLocalStepsAreSummedBeforeTheyAreCompared) {
  RunOptions options =
      MakeVirtualOptions({"local-sgd", {.local_steps = 4}}, 1, 1);
  Trace trace{.seconds = {{1.0, 5.0, 1.0, 1.0}}};
  options.delay = std::make_shared<const Trace>(trace);
  options.compute_seconds = 1.5;
  EXPECT_DOUBLE_EQ(RunTiming(options).summary.seconds, 8.0);
  options.compute_seconds = 2.5;
  EXPECT_DOUBLE_EQ(RunTiming(options).summary.seconds, 10.0);
}

// --- Rows --------------------------------------------------------------------

TEST(VirtualRun, CountsAnArrivalAtExactlyTheLastSecond) {
  RunOptions options = MakeVirtualOptions({"async"}, 1, StopRule::kNever);
  options.delay = DelayLaw::Constant(0.5);
  options.stop.seconds = 3.0;
  const auto run = RunTiming(options);
  EXPECT_EQ(run.summary.updates, 6);
  EXPECT_EQ(run.summary.seconds, 3.0);
  EXPECT_EQ(run.summary.last_update_seconds, 3.0);
}

// All rows of a ledger that is driven by hand and read every `stride` arrivals,
// thinned on the way.
Collector ReadEvery(int stride) {
  RunOptions options = MakeVirtualOptions({"k-async", {.quorum = 2}}, 3, 700);
  options.report.contributions = 100;
  options.report.events = true;
  internal::Ledger ledger(options, 0);
  internal::Flights flights(options);
  const auto hand = [&](const internal::Release& r) { flights.Start(r); };
  internal::Records::Cursor cursor;
  Collector collector;
  const auto read = [&] {
    std::vector<ContributionRecord> contributions;
    std::vector<UpdateRecord> updates;
    std::vector<EventRecord> events;
    const bool replaces = ledger.Read(cursor, contributions, updates, events);
    collector.OnRecords({.replaces = replaces,
                         .contributions = contributions,
                         .updates = updates,
                         .events = events});
  };
  ledger.Start(hand);
  for (int arrivals = 0; !ledger.ended(); ++arrivals) {
    const auto event = flights.Next();
    if (ledger
            .Arrive({.worker = event.worker,
                     .computed = event.computed,
                     .nominal = event.seconds,
                     .seconds = event.seconds})
            .fires) {
      ledger.CountUpdate(event.seconds);
    }
    if (!ledger.ended()) ledger.ReleaseWorkers(hand);
    if (arrivals % stride == 0) read();
  }
  ledger.Close();
  read();
  return collector;
}

TEST(VirtualRun, GivesTheSameRowsHoweverTheyAreDealtOut) {
  const Collector once = ReadEvery(1 << 30);
  EXPECT_LE(once.contributions.size(), 100u);
  EXPECT_LE(once.updates.size(), 100u);
  for (const int stride : {1, 7, 150}) {
    const Collector often = ReadEvery(stride);
    ASSERT_EQ(often.contributions.size(), once.contributions.size());
    ASSERT_EQ(often.updates.size(), once.updates.size());
    for (std::size_t i = 0; i < once.contributions.size(); ++i) {
      EXPECT_EQ(often.contributions[i].worker, once.contributions[i].worker);
      EXPECT_EQ(often.contributions[i].gradient,
                once.contributions[i].gradient);
    }
    for (std::size_t j = 0; j < once.updates.size(); ++j) {
      EXPECT_EQ(often.updates[j].update, once.updates[j].update);
    }
  }
}

TEST(VirtualRun, HasTheSameCurveHoweverManyRowsItKeeps) {
  const auto objective = MakeQuadratic<double>({});
  RunOptions options = MakeVirtualOptions({"async"}, 4, 500);
  const auto all = RunAndRecord<double>(*objective, options);
  options.report.contributions = 0;
  const auto none = RunAndRecord<double>(*objective, options);
  EXPECT_TRUE(none.contributions.empty());
  ASSERT_EQ(all.summary.curve.size(), none.summary.curve.size());
  for (std::size_t i = 0; i < all.summary.curve.size(); ++i) {
    EXPECT_EQ(all.summary.curve[i].loss, none.summary.curve[i].loss);
    EXPECT_EQ(all.summary.curve[i].seconds, none.summary.curve[i].seconds);
  }
  EXPECT_EQ(all.summary.staleness.Counts(), none.summary.staleness.Counts());
}

// --- What it refuses ---------------------------------------------------------

TEST(VirtualRun, RefusesADelayThatCanBeZeroWithoutComputing) {
  RunOptions options = MakeVirtualOptions({"async"}, 1, 10);
  for (const DelayLaw& law :
       {DelayLaw::Constant(0.0), DelayLaw::TwoSpeed(0.0, 1.0, 0.9)}) {
    options.delay = law;
    options.compute_seconds = 0.0;
    EXPECT_THROW((void)RunTiming(options), std::invalid_argument);
    options.compute_seconds = 0.25;
    EXPECT_EQ(RunTiming(options).summary.updates, 10);
  }
}

TEST(VirtualRun, NeedsTheVirtualClockWithoutAModel) {
  RunOptions options = MakeVirtualOptions({"async"}, 1, 10);
  options.clock = Clock::kWall;
  EXPECT_THROW((void)RunTiming(options), std::invalid_argument);
}

}  // namespace
}  // namespace tortoise::testing
