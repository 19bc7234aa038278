// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Runs in virtual time against an independent slow loop: the same times to
// 1e-12 and the same staleness of every contribution.

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/virtual_testing.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

template <typename T>
void ExpectAsInTheLoop(const AnyObjective<T>& objective,
                       const RunOptions& options) {
  const RunResult<T> run = RunAndRecord<T>(objective, options);
  const LoopResult loop = SlowRace(options, objective.num_samples());
  EXPECT_EQ(DifferenceFromLoop(options, run, loop), "");
  EXPECT_STREQ(ToString(run.summary.termination),
               ToString(SlowTermination(options, loop)));
  EXPECT_NEAR(run.summary.seconds, loop.seconds, 1e-12 * loop.seconds);
}

void ExpectAsInTheLoop(const RunOptions& options) {
  ExpectAsInTheLoop<double>(*MakeNone<double>(), options);
}

// Every preset that there is for so many workers, at small and large quorums.
std::vector<Contender> Contenders(int num_workers) {
  std::vector<Contender> all = {{"sync"},
                                {"async"},
                                {"hogwild"},
                                {"hogwild", {.local_steps = 2}},
                                {"local-sgd", {.local_steps = 4}}};
  for (const char* protocol : {"k-sync", "k-async"}) {
    all.push_back({protocol, {.quorum = 1}});
    all.push_back({protocol, {.quorum = (num_workers + 1) / 2}});
  }
  for (const char* protocol : {"k-batch-sync", "k-batch-async"}) {
    all.push_back({protocol, {.quorum = (num_workers + 1) / 2}});
    all.push_back({protocol, {.quorum = 2 * num_workers + 1}});
  }
  for (const int s : {0, 1, 3}) all.push_back({"ssp", {.staleness_bound = s}});
  return all;
}

void ExpectAllAsInTheLoop(const std::function<void(RunOptions&)>& change) {
  for (const int num_workers : {1, 2, 3, 8, 17, 64}) {
    for (const Contender& contender : Contenders(num_workers)) {
      SCOPED_TRACE(contender.protocol + " of " + std::to_string(num_workers));
      RunOptions options = MakeVirtualOptions(contender, num_workers, 1);
      // Some six contributions of every worker.
      const int quorum = options.method.synchrony.quorum;
      options.stop.updates = (6 * num_workers + 20) / quorum + 3;
      change(options);
      ExpectAsInTheLoop(options);
    }
  }
}

TEST(VirtualRun, AgreesWithTheLoopOnRandomDelays) {
  ExpectAllAsInTheLoop([](RunOptions&) {});
}

TEST(VirtualRun, AgreesWithTheLoopWithRoundDelays) {
  ExpectAllAsInTheLoop([](RunOptions& options) {
    options.round_delay = DelayLaw::Exponential(0.7);
  });
}

TEST(VirtualRun, AgreesWithTheLoopOnHeavyTails) {
  ExpectAllAsInTheLoop([](RunOptions& options) {
    options.delay = DelayLaw::Pareto(0.1, 0.8);
    options.round_delay = DelayLaw::Pareto(0.01, 1.1);
  });
}

TEST(VirtualRun, AgreesWithTheLoopWithComputing) {
  for (const DelayMode mode : {DelayMode::kTotal, DelayMode::kExtra}) {
    ExpectAllAsInTheLoop([mode](RunOptions& options) {
      options.compute_seconds = 0.9;
      options.delay_mode = mode;
    });
  }
}

TEST(VirtualRun, AgreesWithTheLoopOnSlowAndBurstyWorkers) {
  for (const double burst_speed : {0.0, 0.1, 3.0}) {
    ExpectAllAsInTheLoop([burst_speed](RunOptions& options) {
      for (int w = 0; w < options.method.num_workers; ++w) {
        options.speed.speed.push_back(0.3 + 0.1 * w);
      }
      options.speed.bursts = Bursts{.speed = burst_speed,
                                    .mean_normal_seconds = 2.0,
                                    .mean_slow_seconds = 1.0};
      options.round_delay = DelayLaw::Uniform(0.0, 0.5);
    });
  }
}

TEST(VirtualRun, AgreesWithTheLoopOnWorkersThatStop) {
  for (const double last : {4.0, kInfinity}) {
    ExpectAllAsInTheLoop([last](RunOptions& options) {
      for (int w = 0; w < options.method.num_workers; ++w) {
        options.speed.stops_at.push_back(w % 2 == 0 ? 2.0 + w % 8 : last);
      }
      options.stop.updates = 400;
      options.stop.seconds = 14.0;
      options.round_delay = DelayLaw::Exponential(0.2);
    });
  }
}

// Multiples of 1/4: exact sums, so that times are equal or far apart.
TEST(VirtualRun, AgreesWithTheLoopOnTies) {
  ExpectAllAsInTheLoop(
      [](RunOptions& options) { options.delay = DelayLaw::Constant(0.25); });
  ExpectAllAsInTheLoop([](RunOptions& options) {
    options.delay = DelayLaw::TwoSpeed(0.25, 1.5, 0.3);
    options.round_delay = DelayLaw::TwoSpeed(0.0, 0.5, 0.5);
    for (int w = 0; w < options.method.num_workers; ++w) {
      options.speed.speed.push_back(w % 3 == 0 ? 0.5 : 2.0);
      options.speed.stops_at.push_back(w % 5 == 1 ? 3.0 : kInfinity);
    }
    options.stop.seconds = 9.75;  // an arrival at exactly that time counts
  });
}

// --- With a model ------------------------------------------------------------

TEST(VirtualRun, AgreesWithTheLoopWhileItLearns) {
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 200, .columns = 5}));
  const auto linear =
      MakeStockObjective<double>("least-squares", data, {}, *data);
  const auto quadratic = MakeQuadratic<float>({});
  for (const int num_workers : {1, 5, 16}) {
    for (const Contender& contender : Contenders(num_workers)) {
      SCOPED_TRACE(contender.protocol + " of " + std::to_string(num_workers));
      RunOptions options = MakeVirtualOptions(contender, num_workers, 40);
      options.round_delay = DelayLaw::Exponential(0.3);
      ExpectAsInTheLoop<float>(*quadratic, options);
      options.batch_size = 7;
      options.sampling = Sampling::kShuffled;
      options.stop.updates = StopRule::kNever;
      options.stop.epochs = 1.3;
      ExpectAsInTheLoop<double>(*linear, options);
    }
  }
}

// --- Random traces -----------------------------------------------------------

RunOptions ArbitraryRace() {
  const int num_workers = *rc::gen::inRange(1, 65);
  const std::vector<Contender> contenders = Contenders(num_workers);
  RunOptions options = MakeVirtualOptions(
      contenders[*rc::gen::inRange<std::size_t>(0, contenders.size())],
      num_workers, *rc::gen::inRange(1, 200));
  // Eighths of a second, few of them, make many ties.
  const bool has_ties = *rc::gen::arbitrary<bool>();
  const int most = has_ties ? 8 : 1'000'000;
  Trace trace;
  for (int w = 0; w < num_workers; ++w) {
    const auto ticks = *rc::gen::container<std::vector<int>>(
        *rc::gen::inRange<std::size_t>(0, 60), rc::gen::inRange(1, most));
    trace.seconds.emplace_back();
    for (const int t : ticks) trace.seconds.back().push_back(t * 0.125);
  }
  options.delay = std::make_shared<const Trace>(std::move(trace));
  if (*rc::gen::arbitrary<bool>()) {
    options.round_delay =
        DelayLaw::TwoSpeed(0.125 * *rc::gen::inRange(0, 3), 0.5, 0.25);
  }
  if (*rc::gen::arbitrary<bool>()) {
    options.stop.seconds = 0.125 * *rc::gen::inRange(1, 400);
  }
  options.compute_seconds = 0.125 * *rc::gen::inRange(0, 5);
  if (*rc::gen::arbitrary<bool>()) options.delay_mode = DelayMode::kExtra;
  if (*rc::gen::arbitrary<bool>()) {
    options.speed.speed.assign(static_cast<std::size_t>(num_workers), 0.5);
    options.speed.speed.front() = 2.0;
  }
  if (!has_ties && *rc::gen::arbitrary<bool>()) {
    options.speed.bursts = Bursts{
        .speed = 0.5, .mean_normal_seconds = 1e4, .mean_slow_seconds = 1e4};
  }
  return options;
}

RC_GTEST_PROP(VirtualRun, AgreesWithTheLoopOnRandomTraces, ()) {
  const RunOptions options = ArbitraryRace();
  const RunResult<double> run = RunTiming(options);
  const LoopResult loop = SlowRace(options);
  RC_ASSERT(DifferenceFromLoop(options, run, loop) == "");
  RC_ASSERT(run.summary.termination == SlowTermination(options, loop));
}

}  // namespace
}  // namespace tortoise::testing
