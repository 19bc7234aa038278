// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/minimize.h"

#include <atomic>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "core/clock.h"
#include "engine/run_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

using ::testing::HasSubstr;

constexpr double kNever = std::numeric_limits<double>::infinity();

// Sample i says w[i mod 2] = 3 (i mod 2) + 1, without noise: the minimum is 0
// at (1, 4). Counts its gradients.
template <typename T>
struct Exact {
  std::size_t num_parameters() const { return 2; }
  std::size_t num_samples() const { return 64; }
  double Loss(std::span<const T> w, Batch batch) const {
    double total = 0.0;
    for (const Sample i : batch) total += 0.5 * std::pow(Residual(w, i), 2);
    return total / static_cast<double>(batch.size());
  }
  double Gradient(std::span<const T> w, Batch batch, std::span<T> gradient) {
    gradients->fetch_add(1);
    gradient[0] = gradient[1] = T{0};
    for (const Sample i : batch) {
      gradient[i % 2] +=
          static_cast<T>(Residual(w, i) / static_cast<double>(batch.size()));
    }
    return Loss(w, batch);
  }
  static double Residual(std::span<const T> w, Sample i) {
    return static_cast<double>(w[i % 2]) - 3.0 * static_cast<double>(i % 2) -
           1.0;
  }
  std::shared_ptr<std::atomic<int>> gradients =
      std::make_shared<std::atomic<int>>(0);
};

// --- Defaults ----------------------------------------------------------------

TEST(Minimize, NeedsNoOptions) {
  std::vector<double> w(2);
  const Summary summary = Minimize(Exact<double>(), w);
  EXPECT_EQ(summary.termination, Termination::kEpochs);
  EXPECT_EQ(summary.num_workers, AvailableProcessors());
  // 10 epochs of 64 samples in mini-batches of 32.
  EXPECT_EQ(summary.gradients.applied, 20);
  EXPECT_LT(summary.final_loss(), summary.initial_loss());
  EXPECT_FALSE(summary.failure);
  EXPECT_THAT(summary.BriefReport(), HasSubstr("epochs: loss"));
  EXPECT_THAT(summary.FullReport(), HasSubstr("gradients started"));
}

TEST(Minimize, TakesVectorsAndSpansOfFloatAndDouble) {
  std::vector<float> floats = {0.5f, 0.5f};
  const Summary in_float = Minimize(Exact<float>(), floats, {.num_workers = 1});
  std::vector<double> doubles = {0.5, 0.5};
  std::span<double> span(doubles);
  const Summary in_double = Minimize(Exact<double>(), span, {.num_workers = 1});
  // 20 steps of numbers below 4, each rounded to float a few times.
  EXPECT_NEAR(in_float.final_loss(), in_double.final_loss(), 1e-4);
  EXPECT_NEAR(static_cast<double>(floats[1]), doubles[1], 1e-4);
}

// The parameters given are where it starts, and where the result is put.
TEST(Minimize, StartsFromTheGivenParameters) {
  std::vector<double> w = {1.0, 4.0};
  const Summary summary = Minimize(Exact<double>(), w);
  EXPECT_EQ(summary.initial_loss(), 0.0);
  EXPECT_EQ(w, (std::vector<double>{1.0, 4.0}));
}

// --- Options -----------------------------------------------------------------

TEST(Minimize, PassesItsOptionsOn) {
  const RunOptions run = ToRunOptions({.protocol = "ssp",
                                       .num_workers = 5,
                                       .staleness_bound = 3,
                                       .memory = MemoryPolicy::kAtomic,
                                       .num_epochs = 2.5,
                                       .updates = 17,
                                       .seconds = 1.5,
                                       .target_loss = 0.25,
                                       .step_size = 0.75,
                                       .batch_size = 9,
                                       .sampling = Sampling::kUniform,
                                       .delay = DelayLaw::Constant(0.125),
                                       .round_delay = DelayLaw::Constant(0.5),
                                       .speed = {.speed = {1, 1, 1, 1, 0.5}},
                                       .seed = 99,
                                       .snapshots = 7});
  EXPECT_EQ(run.method.protocol, "ssp");
  EXPECT_EQ(run.method.num_workers, 5);
  EXPECT_EQ(run.method.synchrony.staleness_bound, 3);
  EXPECT_EQ(run.method.aggregation, Aggregation(ServerMean{}));
  EXPECT_EQ(run.stop.epochs, 2.5);
  EXPECT_EQ(run.stop.updates, 17);
  EXPECT_EQ(run.stop.seconds, 1.5);
  EXPECT_EQ(run.stop.target_loss, 0.25);
  EXPECT_EQ(run.step_size, 0.75);
  EXPECT_EQ(run.batch_size, 9);
  EXPECT_EQ(run.sampling, Sampling::kUniform);
  EXPECT_EQ(run.delay.Mean(), 0.125);
  EXPECT_EQ(run.round_delay.mean(), 0.5);
  EXPECT_EQ(run.speed.speed.back(), 0.5);
  EXPECT_EQ(run.seed, 99u);
  EXPECT_EQ(run.report.snapshots, 7);
  EXPECT_EQ(ToRunOptions({.protocol = "k-sync", .num_workers = 3, .quorum = 2})
                .method.synchrony.quorum,
            2);
  EXPECT_EQ(ToRunOptions({.protocol = "local-sgd", .local_steps = 4})
                .method.local_steps,
            4);
}

TEST(Minimize, StopsFromOutside) {
  std::stop_source source;
  source.request_stop();
  std::vector<double> w(2);
  const Summary summary = Minimize(
      Exact<double>(), w,
      {.num_epochs = kNever, .seconds = 60.0, .stop = source.get_token()});
  EXPECT_EQ(summary.termination, Termination::kInterrupted);
}

// --- Errors ------------------------------------------------------------------

TEST(Minimize, RefusesBadOptionsBeforeAnyThreadStarts) {
  const auto complaint = [](const MinimizeOptions& options) {
    const Exact<double> objective;
    std::vector<double> w(2);
    std::string message = "accepted";
    try {
      (void)Minimize(objective, w, options);
    } catch (const std::invalid_argument& error) {
      message = error.what();
    }
    EXPECT_EQ(*objective.gradients, 0);
    return message;
  };
  EXPECT_THAT(complaint({.protocol = "asinc"}), HasSubstr("did you mean"));
  EXPECT_THAT(complaint({.protocol = "k-sync"}), HasSubstr("quorum"));
  EXPECT_THAT(complaint({.protocol = "async", .quorum = 2}),
              HasSubstr("takes no quorum"));
  EXPECT_THAT(complaint({.num_workers = -1}), HasSubstr("num_workers = -1"));
  EXPECT_THAT(complaint({.step_size = 0.0}), HasSubstr("step_size = 0"));
  EXPECT_THAT(complaint({.batch_size = 0}), HasSubstr("batch_size = 0"));
  EXPECT_THAT(complaint({.num_epochs = kNever}), HasSubstr("must be given"));

  std::vector<double> three(3);
  EXPECT_THROW((void)Minimize(Exact<double>(), three), std::invalid_argument);
}

// --- Sparse rows -------------------------------------------------------------

// Column 1 has no entry, so only L2 moves its weight: by a factor of
// 1 - 0.1 x 0.5 = 0.95 per update on average. 100 epochs of one mini-batch are
// 100 updates, which leave less than 0.01 of it: 0.95^100 = 0.006.
TEST(Minimize, ShrinksWeightsOfColumnsWithoutEntriesInPlaceToo) {
  const std::vector<std::uint64_t> offsets = {0, 1, 2, 3, 4};
  const auto data = std::make_shared<const Dataset>(
      Dataset::Sparse(offsets, {0, 0, 0, 0}, {1, 1, 1, 1}, {1, 2, 3, 4}, 2));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {.l2 = 0.5}, *data);
  for (const std::string protocol : {"hogwild", "sync"}) {
    std::vector<double> w = {0.0, 100.0};
    (void)Minimize<double>(*objective, w,
                           {.protocol = protocol,
                            .num_workers = 1,
                            .num_epochs = 100,
                            .batch_size = 4});
    EXPECT_NEAR(w[1], 100 * std::pow(0.95, 100), 1e-9) << protocol;
  }
}

// --- Every preset finds the optimum ------------------------------------------

// Least squares without noise in the labels: every mini-batch has the optimum
// of all, so that stochastic gradients vanish there and the distance to it
// shrinks geometrically. Standard normal columns have curvature 1 on average,
// so an update of step 0.1 makes it 0.9 of what it was, and some 200 updates
// bring the loss, which is the square of that, below 1e-12, also where
// mini-batches are flatter than average. 1,000 epochs of 31 gradients are at
// least 10,000 updates (sync: 3 gradients each), since a thread that is not run
// for milliseconds may push a gradient of the beginning in the middle: only in
// the last 200 updates it must not.
TEST(Minimize, FindsTheOptimumWithEveryPreset) {
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 500, .columns = 3, .noise = 0.0}));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {}, *data);
  for (const Contender& contender : AllPresets()) {
    SCOPED_TRACE(contender.protocol);
    std::vector<double> w(3);
    const Summary summary =
        Minimize<double>(*objective, w,
                         {.protocol = contender.protocol,
                          .num_workers = 3,
                          .quorum = contender.settings.quorum,
                          .local_steps = contender.settings.local_steps,
                          .staleness_bound = contender.settings.staleness_bound,
                          .memory = MemoryPolicy::kAtomic,
                          .num_epochs = 1000,
                          .batch_size = 16});
    EXPECT_EQ(summary.termination, Termination::kEpochs);
    EXPECT_LT(summary.final_loss(), 1e-12);
  }
}

}  // namespace
}  // namespace tortoise::testing
