// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What a run on real threads says about itself.

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/run_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

using ::testing::HasSubstr;

// --- Time --------------------------------------------------------------------

// A deadline is a rounded sum of times far below a thousand seconds, so the
// difference of an arrival and its start may fall short by some 1e-13.
constexpr double kRounding = 1e-12;

// Sleeps for a while in every gradient.
class Sleepy {
 public:
  explicit Sleepy(int milliseconds) : milliseconds_(milliseconds) {}
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const { return w[0]; }
  double Gradient(std::span<const double>, Batch, std::span<double> gradient) {
    std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds_));
    gradient[0] = 1.0;
    return 1.0;
  }

 private:
  int milliseconds_;
};

// A gradient lasts max(computation, X) or computation + X, never less.
TEST(DelayMode, TotalTakesTheLargerAndExtraTheSum) {
  for (const DelayMode mode : {DelayMode::kTotal, DelayMode::kExtra}) {
    RunOptions options = MakeRunOptions({"async"}, 2, 6);
    options.delay_mode = mode;
    options.delay = DelayLaw::Constant(0.006);
    const auto run = RunAndRecord<double>(*Erase<double>(Sleepy(4)), options);
    for (const auto& row : run.contributions) {
      if (row.fate != Fate::kApplied) continue;
      EXPECT_GE(row.seconds_computed - row.seconds_released, 0.004 - kRounding);
      EXPECT_GE(row.seconds_arrived - row.seconds_started,
                (mode == DelayMode::kTotal ? 0.006 : 0.010) - kRounding);
    }
  }
}

TEST(DelayMode, LastsAsLongAsTheComputationIfThatIsLonger) {
  RunOptions options = MakeRunOptions({"sync"}, 2, 4);
  options.delay = DelayLaw::Constant(0.001);
  const auto run = RunAndRecord<double>(*Erase<double>(Sleepy(5)), options);
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    EXPECT_GE(row.seconds_arrived - row.seconds_started, 0.005 - kRounding);
  }
}

// With tau local steps the delays of all of them add up.
TEST(LocalSteps, TakeTheSumOfTheirDelays) {
  RunOptions options = MakeRunOptions({"local-sgd", {.local_steps = 3}}, 2, 4);
  options.delay = DelayLaw::Exponential(0.002);
  const DelayTape tape(options.delay, options.seed, options.repeat);
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    const double work = *tape.Work(static_cast<std::uint64_t>(row.worker),
                                   static_cast<std::uint64_t>(row.gradient), 3);
    EXPECT_GE(row.seconds_arrived - row.seconds_started, work - kRounding);
  }
}

TEST(RoundDelay, PassesBetweenAnUpdateAndTheStartOfTheReleased) {
  RunOptions options = MakeRunOptions({"sync"}, 2, 6);
  options.round_delay = DelayLaw::Constant(0.004);
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  for (const auto& row : run.contributions) {
    if (row.version_read == 0) continue;
    const auto& update =
        run.updates[static_cast<std::size_t>(row.version_read) - 1];
    EXPECT_EQ(row.seconds_released, update.seconds);
    if (row.fate != Fate::kApplied) continue;
    EXPECT_GE(row.seconds_computed, row.seconds_started - kRounding);
  }
  EXPECT_GT(run.summary.worker_seconds.communicating, 0.0);
}

// A worker of speed 1/2 takes twice its delay.
TEST(Speed, StretchesDelays) {
  RunOptions options = MakeRunOptions({"async"}, 2, 10);
  options.delay = DelayLaw::Constant(0.003);
  options.speed.speed = {1.0, 0.5};
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    EXPECT_GE(row.seconds_arrived - row.seconds_started,
              (row.worker == 0 ? 0.003 : 0.006) - kRounding);
  }
}

// Every moment of a worker is booked once at most: all categories together are
// no more than P times the time that the run really took.
TEST(WorkerSeconds, AreWithinTheTimeOfTheRun) {
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<double>({});
    const RunOptions options = MakeRunOptions(contender, 3, 60);
    const auto start = std::chrono::steady_clock::now();
    const auto run = RunAndRecord<double>(*objective, options);
    const double real =
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start)
            .count();
    const auto& seconds = run.summary.worker_seconds;
    EXPECT_GT(seconds.computing, 0.0);
    EXPECT_GT(seconds.straggling, 0.0);
    EXPECT_GE(seconds.waiting, 0.0);
    EXPECT_GE(seconds.communicating, 0.0);
    EXPECT_GE(seconds.cancelled, 0.0);
    EXPECT_EQ(seconds.cancelled > 0.0, run.Count(Fate::kCancelled) > 0);
    EXPECT_LE(seconds.computing + seconds.straggling + seconds.waiting +
                  seconds.communicating + seconds.cancelled,
              3 * real);
    EXPECT_GT(*run.summary.computing_per_gradient, 0.0);
    EXPECT_GT(*run.summary.compute_load, 0.0);
    EXPECT_LE(*run.summary.delay_overshoot.p50,
              *run.summary.delay_overshoot.p99);
  }
}

TEST(WorkerSeconds, HaveNoLoadWithoutADelay) {
  RunOptions options = MakeRunOptions({"async"}, 2, 20);
  options.delay = DelayLaw::Constant(0.0);
  const auto run = RunAndRecord<double>(*MakeQuadratic<double>({}), options);
  EXPECT_FALSE(run.summary.compute_load.has_value());
  EXPECT_FALSE(run.summary.delay_overshoot.p50.has_value());
}

// --- Rows --------------------------------------------------------------------

// Runs for more than a second, so that rows come in several batches.
class Batches : public Collector {
 public:
  void OnRecords(const RecordBatch& batch) override {
    ++batches;
    replacements += batch.replaces;
    Collector::OnRecords(batch);
  }
  int batches = 0;
  int replacements = 0;
};

TEST(Observer, SeesEveryRowExactlyOnceOrThinned) {
  for (const std::int64_t kept : {1'000'000, 100}) {
    for (const Contender& contender :
         {Contender{"k-sync", {.quorum = 1}}, Contender{"hogwild"}}) {
      SCOPED_TRACE(contender.protocol);
      RunOptions options = MakeRunOptions(contender, 2, StopRule::kNever);
      options.stop.seconds = 1.1;
      options.report.contributions = kept;
      const auto objective = MakeQuadratic<double>({});
      AlignedVector<double> w(10);
      Batches observer;
      const Summary summary =
          tortoise::Run<double>(*objective, nullptr, options,
                                std::span<double>(w), {.observer = &observer});
      EXPECT_GE(observer.batches, 2);
      const auto rows =
          static_cast<std::int64_t>(observer.contributions.size());
      EXPECT_EQ(rows, summary.contributions_kept);
      EXPECT_EQ(static_cast<std::int64_t>(observer.updates.size()),
                summary.updates_kept);
      const auto& gradients = summary.gradients;
      EXPECT_EQ(summary.contributions_recorded, gradients.started);
      if (kept > 100) {
        EXPECT_EQ(rows, gradients.started);
        EXPECT_EQ(summary.updates_kept, summary.updates);
        EXPECT_EQ(observer.replacements, 0);
      } else {
        EXPECT_LE(rows, 100);
        EXPECT_LE(summary.updates_kept, 100);
      }
      // Counts stay exact, and thinned rows stay in order.
      EXPECT_EQ(summary.staleness.total(),
                static_cast<std::uint64_t>(gradients.applied));
      EXPECT_TRUE(std::is_sorted(
          observer.updates.begin(), observer.updates.end(),
          [](const auto& a, const auto& b) { return a.update < b.update; }));
    }
  }
}

TEST(Records, AreThinnedEvenly) {
  RunOptions options = MakeRunOptions({"async"}, 2, 1000);
  options.delay = DelayLaw::Constant(0.0);
  options.report.contributions = 100;
  const auto run = RunAndRecord<double>(*MakeQuadratic<double>({}), options);
  // 1,000 updates to one in 16; beside them one contribution is in flight.
  EXPECT_EQ(run.summary.contributions_recorded, 1001);
  ASSERT_EQ(run.updates.size(), 63u);
  ASSERT_EQ(run.contributions.size(), 63u);
  for (std::size_t k = 0; k < 63; ++k) {
    EXPECT_EQ(run.updates[k].update, 16 * static_cast<std::int64_t>(k) + 1);
    EXPECT_EQ(run.contributions[k].version_counted,
              16 * static_cast<std::int64_t>(k));
  }
}

TEST(Records, OfNoneAreNone) {
  RunOptions options = MakeRunOptions({"async"}, 2, 50);
  options.report.contributions = 0;
  const auto run = RunAndRecord<double>(*MakeQuadratic<double>({}), options);
  EXPECT_TRUE(run.contributions.empty());
  EXPECT_TRUE(run.updates.empty());
  EXPECT_EQ(run.summary.contributions_kept, 0);
  EXPECT_EQ(run.summary.gradients.applied, 50);
}

// --- Losses ------------------------------------------------------------------

TEST(Evaluation, LooksAtTheTestDataToo) {
  const auto data =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 400, .columns = 30, .nonzeros = 4}));
  const auto other =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 300, .columns = 30, .nonzeros = 4, .seed = 2}));
  const auto train = MakeStockObjective<double>("logistic", data, {}, *data);
  const auto test = MakeStockObjective<double>("logistic", other, {}, *data);
  AlignedVector<double> w(30);
  const Summary summary = tortoise::Run<double>(
      *train, test.get(), MakeRunOptions({"async"}, 2, 50),
      std::span<double>(w));
  std::vector<Sample> all(300);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  EXPECT_NEAR(summary.curve.back().test_loss, test->Loss(w, all), 1e-12);
  EXPECT_EQ(summary.curve.back().test_accuracy,
            static_cast<double>(*test->CountCorrect(w, all)) / 300.0);
  EXPECT_NE(summary.curve.back().test_loss, summary.curve.back().loss);
}

TEST(Evaluation, LeavesNaNsIfSkipped) {
  const auto objective = MakeQuadratic<double>({});
  AlignedVector<double> w(10);
  std::stop_source skip;
  skip.request_stop();
  const Summary summary = tortoise::Run<double>(
      *objective, nullptr, MakeRunOptions({"async"}, 2, 20),
      std::span<double>(w), {.skip_evaluation = skip.get_token()});
  EXPECT_EQ(summary.termination, Termination::kUpdates);
  EXPECT_GE(summary.curve.size(), 2u);
  for (const CurvePoint& point : summary.curve) {
    EXPECT_TRUE(std::isnan(point.loss));
    EXPECT_TRUE(std::isnan(point.test_loss));
  }
  EXPECT_FALSE(summary.SecondsTo(1e9).has_value());
}

// --- Misuse ------------------------------------------------------------------

TEST(Run, RefusesBadOptionsAndSizes) {
  const auto objective = MakeQuadratic<double>({});
  AlignedVector<double> w(10);
  const auto complaint = [&](auto change, std::size_t size = 10) {
    RunOptions options = MakeRunOptions({"async"}, 2, 20);
    change(options);
    try {
      (void)tortoise::Run<double>(*objective, nullptr, options,
                                  std::span<double>(w).first(size));
    } catch (const std::invalid_argument& error) {
      return std::string(error.what());
    }
    return std::string("accepted");
  };
  const auto bad = [&](auto change) { return complaint(change); };
  EXPECT_THAT(bad([](RunOptions& o) { o.step_size = -1.0; }),
              HasSubstr("step_size = -1 must be"));
  EXPECT_THAT(bad([](RunOptions& o) { o.batch_size = 0; }),
              HasSubstr("batch_size = 0 must be >= 1"));
  EXPECT_THAT(bad([](RunOptions& o) { o.stop.updates = 0; }),
              HasSubstr("stop.updates = 0 must be >= 1"));
  EXPECT_THAT(bad([](RunOptions& o) { o.stop.seconds = NAN; }),
              HasSubstr("stop.seconds"));
  EXPECT_THAT(bad([](RunOptions& o) { o.stop = {}; }),
              HasSubstr("must be given"));
  EXPECT_THAT(bad([](RunOptions& o) { o.stop.epochs = 1.0; }),
              HasSubstr("number of samples"));
  EXPECT_THAT(bad([](RunOptions& o) { o.report.snapshots = 0; }),
              HasSubstr("report.snapshots = 0 must be >= 1"));
  EXPECT_THAT(bad([](RunOptions& o) { o.report.contributions = -1; }),
              HasSubstr("report.contributions"));
  EXPECT_THAT(bad([](RunOptions& o) { o.stop.target_loss = INFINITY; }),
              HasSubstr("stop.target_loss"));
  EXPECT_THAT(bad([](RunOptions& o) { o.method.local_steps = 0; }),
              HasSubstr("local_steps = 0 must be >= 1"));
  EXPECT_THAT(bad([](RunOptions& o) { o.speed.speed = {1.0}; }),
              HasSubstr("speed has 1 entries"));
  EXPECT_THAT(bad([](RunOptions& o) {
                o.delay = std::make_shared<const Trace>(Trace{{{1.0}}});
              }),
              HasSubstr("the trace has 1 workers, 2 are needed"));
  EXPECT_THAT(bad([](RunOptions& o) { o.repeat = std::uint64_t{1} << 32; }),
              HasSubstr("repeat must be"));
  EXPECT_THAT(complaint([](RunOptions&) {}, 9),
              HasSubstr("w has 9 parameters, the objective 10"));
}

}  // namespace
}  // namespace tortoise::testing
