// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_worker.h"

#include <algorithm>
#include <memory>

#include "gtest/gtest.h"
#include "tortoise/protocol/method.h"

namespace tortoise::internal {
namespace {

// One worker with a gate and a clock of its own.
class OneWorker {
 public:
  explicit OneWorker(const RunOptions& options)
      : tape_(options.delay, options.seed, options.repeat),
        gate_(/*num_workers=*/1, /*cancels=*/true),
        worker_(0, options, clock_, tape_, gate_) {
    HandTicket();
    gate_.Take(0);
  }

  void HandTicket() {
    gate_.Locked([&] { gate_.Hand(0, {}); });
  }
  double Now() const { return clock_.Now(); }

  template <typename Compute>
  Attempt Perform(double start, const Compute& compute) {
    worker_.Look(clock_.Now());
    const Attempt attempt = worker_.Compute({.start = start}, compute, timing);
    if (attempt != Attempt::kComputed) return attempt;
    return worker_.WaitOut(timing) ? attempt : Attempt::kInterrupted;
  }
  Attempt Perform(double start) {
    return Perform(start, [] { return true; });
  }

  Timing timing;

 private:
  RunClock clock_;
  const DelayTape tape_;
  ThreadWorker<double>::Gate gate_;
  ThreadWorker<double> worker_;
};

RunOptions WithDelay(double seconds) {
  RunOptions options;
  options.method = MakeMethod("async", 1);
  options.delay = DelayLaw::Constant(seconds);
  return options;
}

TEST(ThreadWorker, ArrivesAtItsDeadlineHoweverLateItWakes) {
  OneWorker one(WithDelay(0.003));
  const double start = one.Now();
  ASSERT_EQ(one.Perform(start), Attempt::kComputed);
  EXPECT_EQ(one.timing.nominal, start + 0.003);
  EXPECT_GE(one.timing.arrived, one.timing.nominal);
  EXPECT_GE(one.timing.nominal, one.timing.computed - 2e-4);
}

TEST(ThreadWorker, IsForgivenALateStartUpToABound) {
  OneWorker one(WithDelay(0.0));
  for (const double late : {0.0, 1e-4, 1e-2}) {
    const double start = std::max(0.0, one.Now() - late);
    ASSERT_EQ(one.Perform(start), Attempt::kComputed);
    const double forgiven = std::min(one.timing.begun - start, 2e-4);
    EXPECT_EQ(one.timing.nominal, one.timing.computed - forgiven);
    EXPECT_GE(one.timing.nominal, start);
  }
}

TEST(ThreadWorker, AddsTheDelayToTheComputationInModeExtra) {
  RunOptions options = WithDelay(0.003);
  options.delay_mode = DelayMode::kExtra;
  OneWorker one(options);
  const double start = one.Now();
  ASSERT_EQ(one.Perform(start), Attempt::kComputed);
  const double forgiven = std::min(one.timing.begun - start, 2e-4);
  EXPECT_EQ(one.timing.nominal, one.timing.computed - forgiven + 0.003);
}

TEST(ThreadWorker, WaitsForItsStart) {
  OneWorker one(WithDelay(0.0));
  const double start = one.Now() + 0.003;
  ASSERT_EQ(one.Perform(start), Attempt::kComputed);
  EXPECT_GE(one.timing.begun, start);
}

TEST(ThreadWorker, IsInterruptedByANewTicketDuringAWait) {
  OneWorker one(WithDelay(1000.0));
  const auto hand_while_computing = [&] {
    one.HandTicket();
    return true;
  };
  EXPECT_EQ(one.Perform(one.Now(), hand_while_computing),
            Attempt::kInterrupted);
}

TEST(ThreadWorker, IsInterruptedByItsOwnComputation) {
  OneWorker one(WithDelay(0.0));
  EXPECT_EQ(one.Perform(0.0, [] { return false; }), Attempt::kInterrupted);
}

TEST(ThreadWorker, StallsWhenItsSpeedIsZeroForGood) {
  RunOptions options = WithDelay(1.0);
  options.speed.stops_at = {0.5};
  OneWorker one(options);
  bool computed = false;
  EXPECT_EQ(one.Perform(0.0, [&] { return computed = true; }),
            Attempt::kStalled);
  EXPECT_FALSE(computed);
}

TEST(ThreadWorker, SaysThatTheTraceEnded) {
  RunOptions options = WithDelay(0.0);
  options.delay = std::make_shared<const Trace>(Trace{{{}}});
  OneWorker one(options);
  EXPECT_EQ(one.Perform(0.0), Attempt::kTraceEnded);
}

}  // namespace
}  // namespace tortoise::internal
