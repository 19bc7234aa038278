// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What a run refuses before any thread starts, and what it keeps of a run whose
// evaluation fails.

#include <cmath>
#include <memory>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

RunOptions FiveUpdates() {
  RunOptions options;
  options.method = MakeMethod("async", 2);
  options.stop.updates = 5;
  return options;
}

TEST(Run, RefusesAStartThatIsNotFinite) {
  const auto objective = MakeQuadratic<double>({.parameters = 3});
  for (const char* protocol : {"async", "hogwild"}) {
    RunOptions options = FiveUpdates();
    options.method = MakeMethod(protocol, 2);
    std::vector<double> w = {0.0, NAN, 0.0};
    EXPECT_THROW((void)tortoise::Run<double>(*objective, nullptr, options, w),
                 std::invalid_argument);
  }
}

TEST(Run, RefusesATestObjectiveOfAnotherSize) {
  const auto train = MakeQuadratic<double>({.parameters = 3});
  const auto test = MakeQuadratic<double>({.parameters = 4});
  std::vector<double> w(3);
  EXPECT_THROW(
      (void)tortoise::Run<double>(*train, test.get(), FiveUpdates(), w),
      std::invalid_argument);
}

TEST(Run, RefusesATraceWithANegativeDelay) {
  const auto objective = MakeQuadratic<double>({.parameters = 3});
  RunOptions options = FiveUpdates();
  options.delay = std::make_shared<const Trace>(Trace{{{0.0}, {-1.0}}});
  std::vector<double> w(3);
  EXPECT_THROW((void)tortoise::Run<double>(*objective, nullptr, options, w),
               std::invalid_argument);
}

// Gradients are fine; the loss over all data is not.
struct ThrowingLoss {
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 10; }
  double Loss(std::span<const double>, Batch) {
    throw std::runtime_error("no loss today");
  }
  double Gradient(std::span<const double> w, Batch, std::span<double> g) {
    g[0] = w[0];
    return 0.5 * w[0] * w[0];
  }
};

TEST(Run, KeepsWhatWasMeasuredWhenAnEvaluationThrows) {
  const auto objective = Erase<double>(ThrowingLoss{});
  std::vector<double> w = {1.0};
  const Summary summary =
      tortoise::Run<double>(*objective, nullptr, FiveUpdates(), w);
  EXPECT_EQ(summary.termination, Termination::kWorkerFailed);
  EXPECT_THROW(std::rethrow_exception(summary.failure), std::runtime_error);
  EXPECT_EQ(summary.updates, 5);
  EXPECT_TRUE(std::isnan(summary.final_loss()));
}

// Its mini-batch loss falls by 1 with every update; the loss over all data is
// never known.
struct FallingLoss {
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double>, Batch) {
    throw std::runtime_error("no loss today");
  }
  double Gradient(std::span<const double> w, Batch, std::span<double> g) {
    g[0] = 1.0;
    return w[0];
  }
};

// With a target, losses are computed while the run lasts.
TEST(Run, EndsWhereAnEvaluationThrows) {
  const auto objective = Erase<double>(FallingLoss{});
  for (const Clock clock : {Clock::kVirtual, Clock::kWall}) {
    for (const char* protocol : {"async", "sync", "hogwild"}) {
      SCOPED_TRACE(protocol);
      RunOptions options;
      options.method = MakeMethod(protocol, 2);
      options.clock = clock;
      options.step_size = 1.0;
      options.delay = DelayLaw::Constant(1e-3);
      options.stop = {.seconds = 100.0, .target_loss = -10.0};
      options.report.snapshots = 10'000;
      std::vector<double> w = {0.0};
      const Summary summary =
          tortoise::Run<double>(*objective, nullptr, options, w);
      EXPECT_EQ(summary.termination, Termination::kWorkerFailed);
      ASSERT_TRUE(summary.failure);
      EXPECT_THROW(std::rethrow_exception(summary.failure), std::runtime_error);
      EXPECT_LT(summary.seconds, 50.0);
      EXPECT_GE(summary.updates, 10);
    }
  }
}

}  // namespace
}  // namespace tortoise
