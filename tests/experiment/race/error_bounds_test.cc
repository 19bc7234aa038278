// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/error_bounds.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "support/gap_probe.h"
#include "tortoise/objective/stock.h"

// The error bounds of the theory against runs in virtual time.

namespace tortoise {
namespace {

using testing::GapProbe;
using testing::Observe;

constexpr int kWorkers = 8;

RunOptions MakeOptions(const std::string& protocol,
                       std::optional<std::int64_t> quorum, double step_size) {
  RunOptions options;
  options.method = MakeMethod(protocol, kWorkers, {.quorum = quorum});
  options.batch_size = 1;
  options.step_size = step_size;
  options.delay = DelayLaw::Exponential(1.0);
  return options;
}

// F = (w - 1)^2 / 2 with noise of variance 1.
std::unique_ptr<AnyObjective<double>> MakeParabola() {
  return MakeQuadratic<double>(
      {.parameters = 1, .L = 1.0, .c = 1.0, .sigma = 1.0});
}

// A mean and its standard error, from means over stretches that are long
// beside the memory of the process.
struct Estimate {
  double mean;
  double error;
};
template <typename Function>
Estimate OverStretches(std::int64_t first, std::int64_t last, Function value) {
  constexpr int kStretches = 20;
  const std::int64_t length = (last - first) / kStretches;
  std::vector<double> values;
  for (int i = 0; i < kStretches; ++i) {
    values.push_back(value(first + i * length, first + (i + 1) * length));
  }
  double sum = 0.0;
  double squares = 0.0;
  for (const double x : values) sum += x;
  const double mean = sum / kStretches;
  for (const double x : values) squares += (x - mean) * (x - mean);
  return {mean, std::sqrt(squares / (kStretches * (kStretches - 1.0)))};
}

// Of sync the floor is known exactly: w_j - 1 is an autoregression with
// variance eta^2 / (K (1 - (1 - eta)^2)).
TEST(ErrorBounds, FloorOfSyncIsThatOfAnAutoregression) {
  const auto parabola = MakeParabola();
  constexpr double kStep = 0.1;
  constexpr std::int64_t kSkip = 200;
  GapProbe probe(*parabola, 20'200);
  Observe(*parabola, MakeOptions("sync", {}, kStep), 1, probe);
  const Estimate floor = OverStretches(
      kSkip, probe.versions(),
      [&](auto first, auto last) { return probe.Over(first, last).loss; });
  const double exact = kStep / (2.0 * kWorkers * (2.0 - kStep));
  EXPECT_LT(floor.error, 0.03 * exact);
  EXPECT_NEAR(floor.mean, exact, 4.0 * floor.error);
  EXPECT_EQ(probe.Over(0, probe.versions()).gamma, 0.0);
  EXPECT_EQ(probe.Over(0, probe.versions()).fresh, 1.0);
}

// The values of eta, gamma and floor were found by an independent simulation
// of 2 million updates; its last digit may be off by one.
TEST(ErrorBounds, GammaAndFloorOfAsyncAreTheKnownOnes) {
  const auto parabola = MakeParabola();
  constexpr std::int64_t kSkip = 500;
  struct Known {
    double step_size;
    double gamma;
    double floor;
  };
  for (const Known& known :
       {Known{0.05, 0.501, 0.0172}, Known{0.08, 0.681, 0.0324}}) {
    GapProbe probe(*parabola, 100'500);
    Observe(*parabola, MakeOptions("async", {}, known.step_size), 1, probe);
    const Estimate gamma = OverStretches(
        kSkip, probe.versions(),
        [&](auto first, auto last) { return probe.Over(first, last).gamma; });
    const Estimate floor = OverStretches(
        kSkip, probe.versions(),
        [&](auto first, auto last) { return probe.Over(first, last).loss; });
    EXPECT_LT(gamma.error, 0.02 * known.gamma);
    EXPECT_NEAR(gamma.mean, known.gamma, 4.0 * gamma.error + 0.001);
    EXPECT_LT(floor.error, 0.04 * known.floor);
    EXPECT_NEAR(floor.mean, known.floor, 4.0 * floor.error + 0.0001);
  }
}

struct Setting {
  std::string protocol;
  std::optional<std::int64_t> quorum;
  double step_size;
  double fresh;  // p0, exponential delays
};

// The bound needs one gamma for all updates: the largest over the tenths.
double LargestGamma(const GapProbe& probe) {
  double largest = 0.0;
  for (int tenth = 0; tenth < 10; ++tenth) {
    const std::int64_t n = probe.versions();
    largest = std::max(largest,
                       probe.Over(n * tenth / 10, n * (tenth + 1) / 10).gamma);
  }
  return largest;
}

TEST(ErrorBounds, MeasuredErrorIsNeverAboveTheBound) {
  constexpr QuadraticOptions kProblem = {
      .parameters = 3, .L = 1.0, .c = 0.5, .sigma = 1.0};
  const auto objective = MakeQuadratic<double>(kProblem);
  const double initial =
      objective->Loss(std::vector<double>(kProblem.parameters), {});
  for (const Setting& setting :
       {Setting{"sync", {}, 0.05, 1.0}, Setting{"k-sync", 1, 0.05, 1.0},
        Setting{"k-sync", 4, 0.5, 1.0}, Setting{"async", {}, 0.02, 0.125},
        Setting{"async", {}, 0.05, 0.125}, Setting{"k-async", 4, 0.1, 0.5},
        Setting{"k-batch-async", 4, 0.1, 0.125}}) {
    SCOPED_TRACE(setting.protocol);
    GapProbe probe(*objective, 800);
    const RunOptions options =
        MakeOptions(setting.protocol, setting.quorum, setting.step_size);
    Observe(*objective, options, 40, probe);
    const bool is_stale = setting.fresh < 1.0;
    const double gamma = LargestGamma(probe);
    EXPECT_EQ(gamma > 0.0, is_stale);
    const ErrorBound bound = StronglyConvexBound(
        {.L = kProblem.L,
         .c = kProblem.c,
         .sigma_squared = kProblem.sigma * kProblem.sigma,
         .initial_gap = initial,
         .gamma = gamma,
         .fresh_probability = setting.fresh},
        {.step_size = setting.step_size,
         .quorum = static_cast<double>(options.method.synchrony.quorum),
         .is_stale = is_stale});
    ASSERT_TRUE(bound.condition_holds) << bound.condition;
    ASSERT_GT(bound.decay, 0.0);
    EXPECT_NEAR(probe.Over(0, 1).loss, initial, 1e-12);
    for (std::int64_t j = 1; j < probe.versions(); ++j) {
      ASSERT_LE(probe.Over(j, j + 1).loss, bound.At(static_cast<double>(j)))
          << "at update " << j;
    }
    // It is a bound with some meaning: not ten times too high at the end.
    const std::int64_t end = probe.versions();
    EXPECT_GT(10.0 * probe.Over(end / 2, end).loss,
              bound.At(static_cast<double>(end)));
  }
}

}  // namespace
}  // namespace tortoise
