// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How runs on real threads end: by exceptions, by numbers that are none, by
// workers that stop, and by a call from outside.

#include <atomic>
#include <chrono>
#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "engine/run_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"
#include "tortoise/engine/minimize.h"

namespace tortoise::testing {
namespace {

using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr double kNever = std::numeric_limits<double>::infinity();

// One parameter; what happens in a gradient is up to the test.
class Scripted {
 public:
  using Script = std::function<double(int call)>;

  // `script` is called with the number of gradients of all copies so far, and
  // returns the loss.
  explicit Scripted(Script script)
      : script_(std::move(script)),
        calls_(std::make_shared<std::atomic<int>>(0)) {}

  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const { return w[0]; }
  double Gradient(std::span<const double>, Batch, std::span<double> gradient) {
    gradient[0] = 1.0;
    return script_(calls_->fetch_add(1));
  }
  int calls() const { return calls_->load(); }

 private:
  Script script_;
  std::shared_ptr<std::atomic<int>> calls_;
};

RunOptions Quick(const Contender& contender, int num_workers) {
  RunOptions options = MakeRunOptions(contender, num_workers, StopRule::kNever);
  options.stop.seconds = 60.0;  // never reached
  return options;
}

// --- Exceptions --------------------------------------------------------------

double ThrowAtTen(int call) {
  if (call == 10) throw std::runtime_error("the tenth gradient");
  return 1.0;
}

TEST(Failure, OfAWorkerEndsTheRunAndReachesTheCaller) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = Erase<double>(Scripted(ThrowAtTen));
    const auto run = RunAndRecord<double>(*objective, Quick(contender, 3));
    EXPECT_EQ(run.summary.termination, Termination::kWorkerFailed);
    ASSERT_TRUE(run.summary.failure);
    EXPECT_THROW(std::rethrow_exception(run.summary.failure),
                 std::runtime_error);
    EXPECT_THAT(run.summary.message, HasSubstr("threw an exception"));
  }
}

TEST(Failure, IsRethrownByMinimize) {
  std::vector<double> w(1);
  EXPECT_THROW(
      Minimize(Scripted(ThrowAtTen), w,
               {.num_workers = 2, .num_epochs = kNever, .seconds = 60.0}),
      std::runtime_error);
}

class ThrowingObserver : public RunObserver {
 public:
  void OnProgress(const Progress&) override {
    throw std::logic_error("the observer");
  }
};

TEST(Failure, OfAnObserverEndsTheRunAndReachesTheCaller) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<double>({});
    AlignedVector<double> w(10);
    ThrowingObserver observer;
    EXPECT_THROW((void)tortoise::Run<double>(
                     *objective, nullptr, Quick(contender, 3),
                     std::span<double>(w), {.observer = &observer}),
                 std::logic_error);
  }
}

// --- Numbers that are none ---------------------------------------------------

TEST(Divergence, OfALossEndsTheRunWithFiniteParameters) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = Erase<double>(Scripted([](int call) {
      return call >= 30 ? std::numeric_limits<double>::quiet_NaN() : 1.0;
    }));
    const auto run = RunAndRecord<double>(*objective, Quick(contender, 3));
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    EXPECT_TRUE(std::isfinite(run.w[0]));
    EXPECT_TRUE(std::isfinite(run.summary.final_loss()));
    EXPECT_FALSE(run.summary.message.empty());
  }
}

// Steps far too large for the curvature: parameters and losses overflow.
TEST(Divergence, OfParametersEndsTheRunWithFiniteParameters) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<float>({});
    RunOptions options = Quick(contender, 2);
    options.step_size = 1e12;
    const auto run = RunAndRecord<float>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    for (const float w : run.w) EXPECT_TRUE(std::isfinite(w));
  }
}

// --- Workers that stop for good ----------------------------------------------

TEST(StoppedWorker, EndsSync) {
  RunOptions options = Quick({"sync"}, 3);
  options.speed.stops_at = {kNever, 0.02, kNever};
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
  EXPECT_THAT(run.summary.message, HasSubstr("stopped for good: 1"));
}

TEST(StoppedWorker, DoesNotEndTheOthers) {
  for (const Contender& contender :
       {Contender{"k-sync", {.quorum = 2}}, Contender{"async"},
        Contender{"hogwild"}}) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 3);
    options.speed.stops_at = {kNever, 0.005, kNever};
    options.stop.updates = 50;
    const auto objective = MakeQuadratic<double>({});
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kUpdates);
    for (const auto& row : run.contributions) {
      if (row.worker != 1 || row.fate != Fate::kApplied) continue;
      EXPECT_LT(row.seconds_started, 0.005);
    }
  }
}

TEST(StoppedWorker, EndsEveryPresetIfAllHaveStopped) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 2);
    options.speed.stops_at = {0.01, 0.02};
    const auto objective = MakeQuadratic<double>({});
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
    EXPECT_LT(run.summary.seconds, 60.0);
  }
}

TEST(TraceEnd, EndsEveryPresetAndNamesTheWorker) {
  Trace trace;
  trace.seconds = {std::vector<double>(60, 1e-4), std::vector<double>(6, 1e-4)};
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 2);
    options.delay = std::make_shared<const Trace>(trace);
    const auto objective = MakeQuadratic<double>({});
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kTraceEnded);
    EXPECT_THAT(run.summary.message, HasSubstr("the trace has no delay"));
  }
}

// --- From outside ------------------------------------------------------------

double SecondsSince(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
      .count();
}

TEST(Stop, EndsARunInTheMiddleOfLongDelays) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 4);
    options.delay = DelayLaw::Constant(50.0);
    std::stop_source source;
    std::jthread caller([&] {
      std::this_thread::sleep_for(milliseconds(20));
      source.request_stop();
    });
    const auto objective = MakeQuadratic<double>({});
    const auto run =
        RunAndRecord<double>(*objective, options, source.get_token());
    EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
    EXPECT_EQ(run.summary.updates, 0);
    EXPECT_LT(run.summary.seconds, 50.0);
  }
}

// A computation of 2,000 chunks, 30 ms each: a minute.
TEST(Stop, EndsALongComputationBetweenChunks) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 2);
    options.batch_size = 2000 * 256;
    std::stop_source source;
    const auto start = std::chrono::steady_clock::now();
    const auto objective = Erase<double>(Scripted([&](int call) {
      if (call == 4) source.request_stop();
      std::this_thread::sleep_for(milliseconds(30));
      return 1.0;
    }));
    const auto run =
        RunAndRecord<double>(*objective, options, source.get_token());
    EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
    EXPECT_EQ(run.summary.updates, 0);
    EXPECT_LT(SecondsSince(start), 50.0);
  }
}

TEST(Stop, BeforeTheStartEndsTheRunAtOnce) {
  std::stop_source source;
  source.request_stop();
  RunOptions options = Quick({"async"}, 3);
  options.delay = DelayLaw::Constant(50.0);
  const auto objective = MakeQuadratic<double>({});
  const auto run =
      RunAndRecord<double>(*objective, options, source.get_token());
  EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
  EXPECT_EQ(run.summary.gradients.applied, 0);
}

TEST(Stop, BySecondsEndsInTheMiddleOfLongDelays) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = Quick(contender, 3);
    options.delay = DelayLaw::Constant(50.0);
    options.stop.seconds = 0.05;
    const auto objective = MakeQuadratic<double>({});
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kSeconds);
    EXPECT_EQ(run.summary.seconds, 0.05);
    EXPECT_EQ(run.summary.curve.back().seconds, 0.05);
  }
}

TEST(Stop, ByEpochsCountsAppliedGradients) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto data = std::make_shared<const Dataset>(
        GenerateRegression({.rows = 100, .columns = 3}));
    const auto objective =
        MakeStockObjective<double>("least-squares", data, {}, *data);
    RunOptions options = Quick(contender, 2);
    options.batch_size = 10;
    options.stop.epochs = 4.0;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kEpochs);
    // An update counts K tau gradients, and in place one more may slip in.
    EXPECT_GE(run.summary.gradients.applied, 40);
    EXPECT_LE(run.summary.gradients.applied, 40 + 2 * 3);
  }
}

// The loss estimate of noiseless gradients is the loss, some updates late.
TEST(Stop, ByTargetLossEndsWithAModelAtTheTarget) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<double>({.c = 0.5, .sigma = 0.0});
    RunOptions options = Quick(contender, 2);
    options.report.snapshots = 6000;  // one in 10 ms
    options.stop.target_loss = 0.01;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kTargetLoss);
    EXPECT_LE(run.summary.final_loss(), 0.01);
    EXPECT_TRUE(run.summary.SecondsTo(0.01).has_value());
    EXPECT_LT(run.summary.seconds, 60.0);
  }
}

// --- Cancelling inside a computation -----------------------------------------

// A chunk of the first worker to begin lasts 30 ms, one of the other next to
// nothing; a gradient is 2,000 of them. Each update of the fast worker cancels
// the slow one, which stops between two chunks, so the run ends long before it
// could have been through.
class SlowFirst {
 public:
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const { return w[0]; }
  double Gradient(std::span<const double>, Batch batch,
                  std::span<double> gradient) {
    gradient[0] = 1.0;
    if (worker_ < 0) worker_ = next_worker_->fetch_add(1);
    if (worker_ == 0) std::this_thread::sleep_for(milliseconds(30));
    return static_cast<double>(batch.size());
  }
  SlowFirst() = default;
  SlowFirst(const SlowFirst& other) : next_worker_(other.next_worker_) {}
  SlowFirst& operator=(const SlowFirst&) = delete;

 private:
  int worker_ = -1;
  std::shared_ptr<std::atomic<int>> next_worker_ =
      std::make_shared<std::atomic<int>>(0);
};

TEST(Cancelling, StopsAComputationBetweenChunks) {
  RunOptions options = Quick({"k-sync", {.quorum = 1}}, 2);
  options.batch_size = 2000 * 256;
  options.delay = DelayLaw::Constant(0.0);
  options.stop.updates = 3;
  const auto objective = Erase<double>(SlowFirst());
  const auto run = RunAndRecord<double>(*objective, options);
  EXPECT_EQ(run.summary.termination, Termination::kUpdates);
  EXPECT_EQ(run.Count(Fate::kApplied), 3);
  EXPECT_EQ(run.Count(Fate::kCancelled), 2);
  EXPECT_EQ(run.Count(Fate::kUnfinished), 1);
  EXPECT_LT(run.summary.seconds, 50.0);
}

}  // namespace
}  // namespace tortoise::testing
