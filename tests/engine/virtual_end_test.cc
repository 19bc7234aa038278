// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How runs in virtual time end: every termination, exceptions, and observers.

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <vector>

#include "engine/virtual_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kNever = std::numeric_limits<double>::infinity();

RunOptions Endless(const Contender& contender, int num_workers) {
  RunOptions options =
      MakeVirtualOptions(contender, num_workers, StopRule::kNever);
  options.stop.seconds = 1e6;  // never reached
  return options;
}

void ExpectCountsToAddUp(const RunResult<double>& run) {
  const auto& gradients = run.summary.gradients;
  EXPECT_EQ(gradients.started,
            gradients.applied + gradients.cancelled + gradients.unfinished);
}

TEST(VirtualEnd, ByUpdatesIsAtTheLastOfThem) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto run = RunTiming(MakeVirtualOptions(contender, 4, 50));
    EXPECT_EQ(run.summary.termination, Termination::kUpdates);
    EXPECT_EQ(run.summary.updates, 50);
    EXPECT_EQ(run.summary.seconds, run.summary.last_update_seconds);
    EXPECT_EQ(run.summary.curve.back().updates, 50);
    ExpectCountsToAddUp(run);
  }
}

TEST(VirtualEnd, BySecondsIsAtThatTimeExactly) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 4);
    options.stop.seconds = 40.7;
    const auto run = RunTiming(options);
    EXPECT_EQ(run.summary.termination, Termination::kSeconds);
    EXPECT_EQ(run.summary.seconds, 40.7);
    EXPECT_LT(run.summary.last_update_seconds, 40.7);
    EXPECT_EQ(run.summary.curve.back().seconds, 40.7);
    ExpectCountsToAddUp(run);
  }
}

TEST(VirtualEnd, BySecondsBeforeAnyUpdate) {
  RunOptions options = Endless({"async"}, 4);
  options.delay = DelayLaw::Constant(50.0);
  options.stop.seconds = 3.0;
  const auto run = RunTiming(options);
  EXPECT_EQ(run.summary.updates, 0);
  EXPECT_EQ(run.summary.seconds, 3.0);
  EXPECT_EQ(run.summary.last_update_seconds, 0.0);
  EXPECT_EQ(run.summary.gradients.unfinished, 4);
}

// 100 rows, 10 a gradient: 40 gradients in whole updates.
TEST(VirtualEnd, ByEpochsIsAtTheUpdateThatCompletesThem) {
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 100, .columns = 3}));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {}, *data);
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 4);
    options.batch_size = 10;
    options.stop.epochs = 4.0;
    const auto run = RunAndRecord<double>(*objective, options);
    const std::int64_t per_update =
        options.method.synchrony.quorum * options.method.local_steps;
    EXPECT_EQ(run.summary.termination, Termination::kEpochs);
    EXPECT_EQ(run.summary.gradients.applied,
              (40 + per_update - 1) / per_update * per_update);
  }
}

// Noiseless gradients: the loss estimate is the loss, some updates late.
TEST(VirtualEnd, ByTargetLossHasAModelAtTheTarget) {
  const auto objective = MakeQuadratic<double>({.c = 0.5, .sigma = 0.0});
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 3);
    options.stop.seconds = 1e4;
    options.report.snapshots = 2000;
    options.stop.target_loss = 0.01;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kTargetLoss);
    EXPECT_LE(run.summary.final_loss(), 0.01);
    EXPECT_TRUE(run.summary.SecondsTo(0.01).has_value());
    EXPECT_LT(run.summary.seconds, 1e4);
    ExpectCountsToAddUp(run);
  }
}

// --- Numbers that are none ---------------------------------------------------

TEST(VirtualEnd, ByDivergenceKeepsFiniteParameters) {
  const auto objective = MakeQuadratic<double>({});
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 3);
    options.step_size = 1e30;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    for (const double w : run.w) EXPECT_TRUE(std::isfinite(w));
    EXPECT_FALSE(run.summary.message.empty());
    ExpectCountsToAddUp(run);
  }
}

// --- Exceptions --------------------------------------------------------------

// Fails, or returns NaN, at the gradient of one sample: the same one in every
// run, whichever thread computes it and when.
class Fragile {
 public:
  Fragile(Sample sample, bool throws) : sample_(sample), throws_(throws) {}

  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 1000; }
  double Loss(std::span<const double> w, Batch) const { return w[0] * w[0]; }
  double Gradient(std::span<const double> w, Batch batch,
                  std::span<double> gradient) {
    gradient[0] = w[0] - 1.0;
    if (batch[0] != sample_) return 1.0;
    if (throws_) throw std::runtime_error("the fragile sample");
    return std::numeric_limits<double>::quiet_NaN();
  }

 private:
  Sample sample_;
  bool throws_;
};

// The sample that worker 1 draws for its gradient 6.
RunOptions FragileOptions(const Contender& contender) {
  RunOptions options = Endless(contender, 3);
  options.sampling = Sampling::kShuffled;
  return options;
}
Sample FragileSample(const RunOptions& options) {
  return internal::Sampler(options, 1000).Draw(1, 6)[0];
}

TEST(VirtualEnd, ByAnExceptionIsAtTheArrivalOfThatGradient) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const RunOptions options = FragileOptions(contender);
    const auto objective = Erase<double>(Fragile(FragileSample(options), true));
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kWorkerFailed);
    EXPECT_THAT(run.summary.message, HasSubstr("worker 1 threw"));
    ASSERT_TRUE(run.summary.failure);
    EXPECT_THROW(std::rethrow_exception(run.summary.failure),
                 std::runtime_error);
    ExpectCountsToAddUp(run);
    // It happened when it arrived, although it was computed before.
    for (const ContributionRecord& row : run.contributions) {
      if (row.worker != 1) continue;
      EXPECT_LE(row.gradient, 6);
      if (row.gradient + options.method.local_steps > 6 &&
          row.fate == Fate::kUnfinished) {
        EXPECT_TRUE(std::isnan(row.seconds_arrived));
      }
    }
  }
}

TEST(VirtualEnd, ByALossThatIsNotANumberKeepsTheBooks) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const RunOptions options = FragileOptions(contender);
    const auto objective =
        Erase<double>(Fragile(FragileSample(options), false));
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    EXPECT_TRUE(std::isfinite(run.w[0]));
    EXPECT_FALSE(run.summary.failure);
    ExpectCountsToAddUp(run);
  }
}

// A cancelled gradient never happened: worker 1 takes 100 s, and each of its
// gradients is cancelled by the others after one.
TEST(VirtualEnd, IsNotByAnExceptionInACancelledGradient) {
  RunOptions options = FragileOptions({"k-sync", {.quorum = 2}});
  options.delay = DelayLaw::Constant(1.0);
  options.speed.speed = {1.0, 0.01, 1.0};
  options.stop.updates = 20;
  const auto objective = Erase<double>(Fragile(FragileSample(options), true));
  const auto run = RunAndRecord<double>(*objective, options);
  EXPECT_EQ(run.summary.termination, Termination::kUpdates);
  EXPECT_EQ(run.Count(Fate::kCancelled), 19);
}

class ThrowingObserver : public RunObserver {
 public:
  void OnRecords(const RecordBatch&) override {
    throw std::logic_error("the observer");
  }
};

TEST(VirtualEnd, ByAnObserverThatThrowsReachesTheCaller) {
  const auto objective = MakeQuadratic<double>({});
  const auto none = MakeNone<double>();
  ThrowingObserver observer;
  std::vector<double> w(10);
  std::vector<double> nothing;
  const RunOptions options = MakeVirtualOptions({"async"}, 3, 100);
  EXPECT_THROW((void)tortoise::Run<double>(*objective, nullptr, options,
                                           std::span<double>(w),
                                           {.observer = &observer}),
               std::logic_error);
  EXPECT_THROW((void)tortoise::Run<double>(*none, nullptr, options,
                                           std::span<double>(nothing),
                                           {.observer = &observer}),
               std::logic_error);
}

// --- Workers that stop, tapes that end ---------------------------------------

TEST(VirtualEnd, ByAStoppedWorkerUnderSync) {
  RunOptions options = Endless({"sync"}, 3);
  options.speed.stops_at = {kNever, 20.0, kNever};
  const auto run = RunTiming(options);
  EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
  EXPECT_THAT(run.summary.message, HasSubstr("stopped for good: 1"));
  ExpectCountsToAddUp(run);
}

TEST(VirtualEnd, IsNotByOneStoppedWorkerElsewhere) {
  for (const Contender& contender :
       {Contender{"k-sync", {.quorum = 2}}, Contender{"async"},
        Contender{"k-async", {.quorum = 2}}, Contender{"hogwild"}}) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeVirtualOptions(contender, 3, 50);
    options.speed.stops_at = {kNever, 5.0, kNever};
    const auto run = RunTiming(options);
    EXPECT_EQ(run.summary.termination, Termination::kUpdates);
    for (const auto& row : run.contributions) {
      if (row.worker != 1 || row.fate != Fate::kApplied) continue;
      EXPECT_LE(row.seconds_arrived, 5.0);
    }
  }
}

// A worker that stopped at the bound holds all others in the end.
TEST(VirtualEnd, ByAStoppedWorkerUnderSsp) {
  RunOptions options = Endless({"ssp", {.staleness_bound = 2}}, 3);
  options.speed.stops_at = {kNever, 10.0, kNever};
  const auto run = RunTiming(options);
  EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
}

TEST(VirtualEnd, WhenAllHaveStopped) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 2);
    options.speed.stops_at = {10.0, 0.0};
    const auto run = RunTiming(options);
    EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
    EXPECT_LE(run.summary.seconds, 10.0);
  }
}

TEST(VirtualEnd, ByATraceThatEndsNamesTheWorker) {
  Trace trace;
  trace.seconds = {std::vector<double>(60, 1.0), std::vector<double>(6, 1.0)};
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Endless(contender, 2);
    options.delay = std::make_shared<const Trace>(trace);
    const auto run = RunTiming(options);
    EXPECT_EQ(run.summary.termination, Termination::kTraceEnded);
    EXPECT_THAT(run.summary.message, HasSubstr("no delay 6 for worker 1"));
    ExpectCountsToAddUp(run);
  }
}

// --- From outside ------------------------------------------------------------

TEST(VirtualEnd, FromOutsideIsAnInterruption) {
  std::stop_source source;
  source.request_stop();
  const auto objective = MakeQuadratic<double>({});
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto run = RunAndRecord<double>(*objective, Endless(contender, 3),
                                          source.get_token());
    EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
    EXPECT_LE(run.summary.updates, 1);
    ExpectCountsToAddUp(run);
  }
  RunOptions endless = Endless({"async"}, 3);
  endless.stop.seconds = 1e12;  // hours
  const auto run =
      RunAndRecord<double>(*MakeNone<double>(), endless, source.get_token());
  EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
}

}  // namespace
}  // namespace tortoise::testing
