// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What workers do while the clock stands still for an evaluation.

#include <chrono>
#include <span>
#include <thread>

#include "engine/run_testing.h"
#include "gtest/gtest.h"

namespace tortoise::testing {
namespace {

using std::chrono::milliseconds;

// A loss takes longer than a gradient, so that whoever evaluates meets all that
// others are computing.
class SlowLoss {
 public:
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double>, Batch) const {
    std::this_thread::sleep_for(milliseconds(20));
    return 1.0;
  }
  double Gradient(std::span<const double>, Batch, std::span<double> gradient) {
    std::this_thread::sleep_for(milliseconds(10));
    gradient[0] = 0.0;
    return 0.0;  // at the target, says every mini-batch
  }
};

TEST(StoppedClock, NothingIsComputedForFree) {
  const auto objective = Erase<double>(SlowLoss());
  for (const char* protocol : {"async", "sync", "hogwild"}) {
    SCOPED_TRACE(protocol);
    RunOptions options = MakeRunOptions({protocol}, 3, StopRule::kNever);
    options.delay = DelayLaw::Constant(0.0);
    options.stop.seconds = 0.2;
    options.stop.target_loss = 0.5;
    options.report.snapshots = 40;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kSeconds);
    ASSERT_GT(run.Count(Fate::kApplied), 0);
    for (const ContributionRecord& row : run.contributions) {
      if (row.fate != Fate::kApplied) continue;
      // The clock counts whole nanoseconds.
      EXPECT_GE(row.seconds_arrived - row.seconds_started, 0.010 - 1e-8);
    }
  }
}

}  // namespace
}  // namespace tortoise::testing
