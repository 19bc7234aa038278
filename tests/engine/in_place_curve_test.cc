// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The loss curve of hogwild: what a row holds, and what is done with a snapshot
// that cannot be kept.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "engine/run_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise::testing {
namespace {

using std::chrono::milliseconds;

constexpr int kWorkers = 4;

// The gradient is 1 in every coordinate, and steps are 1: with nothing lost the
// loss, the first parameter, is minus the number of updates in a model.
class Ones {
 public:
  explicit Ones(std::size_t num_parameters = 10)
      : num_parameters_(num_parameters) {}
  std::size_t num_parameters() const { return num_parameters_; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float> w, Batch) const { return w[0]; }
  double Gradient(std::span<const float> w, Batch, std::span<float> gradient) {
    std::ranges::fill(gradient, 1.0f);
    return w[0];
  }

 private:
  std::size_t num_parameters_;
};

RunOptions Hogwild(double stop_seconds) {
  RunOptions options = MakeRunOptions({"hogwild"}, kWorkers, StopRule::kNever);
  options.method.aggregation = InPlace{MemoryPolicy::kAtomic};
  options.step_size = 1.0;
  options.stop.seconds = stop_seconds;
  options.report.snapshots = 50;
  return options;
}

// A row is the model after all updates at times up to its own. Updates at the
// very nanosecond of the row may be in it or not.
void CheckRows(const RunResult<float>& run) {
  double last = -1.0;
  for (const CurvePoint& row : run.summary.curve) {
    EXPECT_GT(row.seconds, last);
    last = row.seconds;
    EXPECT_EQ(row.loss, -static_cast<double>(row.updates));
    for (const UpdateRecord& update : run.updates) {
      if (update.update <= row.updates) {
        EXPECT_LE(update.seconds, row.seconds);
      } else {
        EXPECT_GE(update.seconds, row.seconds);
      }
    }
  }
}

TEST(InPlaceCurve, HoldsNoUpdateLaterThanItsRow) {
  const auto objective = Erase<float>(Ones());
  // Keeps every processor busy, so that whoever takes snapshots wakes late.
  std::vector<std::jthread> busy;
  for (unsigned i = 0; i < std::thread::hardware_concurrency(); ++i) {
    busy.emplace_back([](const std::stop_token& stop) {
      while (!stop.stop_requested()) {
      }
    });
  }
  for (const double seconds : {0.2, StopRule{}.seconds}) {
    for (int again = 0; again < 3; ++again) {
      RunOptions options = Hogwild(seconds);
      options.seed = static_cast<std::uint64_t>(again);
      options.stop.updates = 500;
      CheckRows(RunAndRecord<float>(*objective, options));
    }
  }
}

// Keeps the watching thread, which takes the snapshots, from doing so.
class Stalling : public Collector {
 public:
  void OnProgress(const Progress& progress) override {
    if (!progress.evaluating) std::this_thread::sleep_for(milliseconds(120));
  }
};

TEST(InPlaceCurve, HasNoRowsForPointsThatPassedUnseen) {
  const auto objective = Erase<float>(Ones());
  const RunOptions options = Hogwild(0.3);
  RunResult<float> run;
  run.w.resize(objective->num_parameters());
  Stalling observer;
  run.summary =
      tortoise::Run<float>(*objective, nullptr, options,
                           std::span<float>(run.w), {.observer = &observer});
  run.updates = observer.updates;
  CheckRows(run);
  // A stall of 120 ms passes 20 points of the grid, 6 ms apart.
  EXPECT_LE(run.summary.curve.size(), 52u - 19u);
  EXPECT_EQ(run.summary.curve.back().seconds, 0.3);
}

// --- Snapshots that are evaluated during the run -----------------------------

// Says how many gradients had been begun when a loss was computed.
class Watched {
 public:
  std::size_t num_parameters() const { return 1000; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float>, Batch) const {
    return static_cast<double>(gradients_->load());
  }
  double Gradient(std::span<const float>, Batch, std::span<float> gradient) {
    std::ranges::fill(gradient, 1.0f);
    gradients_->fetch_add(1);
    return 1.0;
  }

 private:
  std::shared_ptr<std::atomic<int>> gradients_ =
      std::make_shared<std::atomic<int>>(0);
};

// 300,000 models of 1,000 parameters are more than a gigabyte.
TEST(InPlaceCurve, EvaluatesSnapshotsThatWouldNotFitInMemory) {
  const auto objective = Erase<float>(Watched());
  RunOptions options = Hogwild(0.3);
  for (const int snapshots : {10, 300'000}) {
    options.report.snapshots = snapshots;
    const auto run = RunAndRecord<float>(*objective, options);
    const auto& curve = run.summary.curve;
    // Beside time 0, the last update and the end there is one in the middle.
    ASSERT_GE(curve.size(), 4u);
    // The first and the last model are kept, and evaluated after the run.
    const double all = curve.front().loss;
    EXPECT_EQ(curve.back().loss, all);
    const bool is_kept = snapshots == 10;
    EXPECT_EQ(curve[1].loss == all, is_kept);
    EXPECT_GE(curve[1].loss, static_cast<double>(curve[1].updates));
  }
}

class ThrowingOnce {
 public:
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float>, Batch) const {
    if (calls_->fetch_add(1) == 0) throw std::runtime_error("just once");
    return 1.0;
  }
  double Gradient(std::span<const float>, Batch, std::span<float> gradient) {
    gradient[0] = 1.0f;
    return 0.0;
  }

 private:
  std::shared_ptr<std::atomic<int>> calls_ =
      std::make_shared<std::atomic<int>>(0);
};

TEST(InPlaceCurve, KeepsARunWhoseEvaluationThrewOnTheWay) {
  const auto objective = Erase<float>(ThrowingOnce());
  RunOptions options = Hogwild(60.0);
  options.report.snapshots = 10'000;
  options.stop.target_loss = 0.5;
  const auto run = RunAndRecord<float>(*objective, options);
  EXPECT_EQ(run.summary.termination, Termination::kWorkerFailed);
  EXPECT_THAT(run.summary.message, ::testing::HasSubstr("in an evaluation"));
  EXPECT_TRUE(run.summary.failure);
  EXPECT_LT(run.summary.seconds, 60.0);
  EXPECT_FALSE(run.contributions.empty());
}

}  // namespace
}  // namespace tortoise::testing
