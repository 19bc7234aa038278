// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "support/event_loop.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/core/random.h"
#include "tortoise/protocol/coordinator.h"

namespace tortoise::testing {
namespace {

using ::testing::ElementsAre;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

using Quantile = std::function<double(double)>;

double Exponential(double u) { return -std::log1p(-u); }  // mean 1

// X(w, i) = quantile(u) with one uniform number for every (w, i).
EventLoop::Work Draws(const Quantile& quantile, std::uint64_t seed) {
  const RandomStream stream(seed, 0, Purpose::kDelay);
  return [quantile, stream](int worker, std::int64_t index) {
    return quantile(stream.Uniform(static_cast<std::uint64_t>(worker),
                                   static_cast<std::uint64_t>(index)));
  };
}

// A quantile is not needed to draw from a mixture: u picks the part, and what
// is left of it is uniform again.
double HyperExponential(double u) {
  return u < .9 ? .5 * Exponential(u / .9) : 5.5 * Exponential((u - .9) / .1);
}

// --- Small races worked out by hand ------------------------------------------

// Worker w always takes w + 1 seconds.
double Steady(int worker, std::int64_t) { return worker + 1.0; }

TEST(EventLoop, TakesEqualTimesInOrderOfWorker) {
  const LoopResult result =
      EventLoop({.num_workers = 2}, Steady).Run({.updates = 4});

  std::vector<std::pair<double, int>> order;
  for (const LoopUpdate& update : result.updates) {
    order.emplace_back(update.seconds, update.contributions[0].worker);
  }
  EXPECT_THAT(order, ElementsAre(std::pair(1.0, 0), std::pair(2.0, 0),
                                 std::pair(2.0, 1), std::pair(3.0, 0)));
  EXPECT_THAT(result.updates[2].staleness, ElementsAre(2));
}

TEST(EventLoop, CancelsAndCountsTheCancelledDraws) {
  const Method k_sync{
      .num_workers = 2,
      .synchrony = {.waits_after_push = true, .cancels_stragglers = true}};
  const LoopResult result = EventLoop(k_sync, Steady).Run({.updates = 3});

  EXPECT_DOUBLE_EQ(result.updates[2].seconds, 3.0);
  ASSERT_EQ(result.updates[2].cancelled.size(), 1u);
  EXPECT_EQ(result.updates[2].cancelled[0].worker, 1);
  EXPECT_EQ(result.updates[2].cancelled[0].index, 2);
  EXPECT_DOUBLE_EQ(result.updates[2].cancelled[0].started, 2.0);
}

TEST(EventLoop, LetsTheRoundDelayPassBeforeTheReleasedStart) {
  const Method sync{.num_workers = 2,
                    .synchrony = {.quorum = 2, .waits_after_push = true}};
  const auto delay = [](std::int64_t update) { return 10.0 * double(update); };
  const LoopResult result = EventLoop(sync, Steady, delay).Run({.updates = 3});

  EXPECT_DOUBLE_EQ(result.updates[0].seconds, 2.0);
  EXPECT_DOUBLE_EQ(result.updates[1].seconds, 2.0 + 10.0 + 2.0);
  EXPECT_DOUBLE_EQ(result.updates[2].seconds, 14.0 + 20.0 + 2.0);
}

TEST(EventLoop, HoldsTheFastUntilTheSlowestArrives) {
  const auto work = [](int worker, std::int64_t) {
    return worker == 0 ? 1.0 : 10.0;
  };
  const Method ssp{.num_workers = 2, .synchrony = {.staleness_bound = 1}};
  const LoopResult result = EventLoop(ssp, work).Run({.seconds = 11.0});

  std::vector<double> times;
  for (const LoopUpdate& u : result.updates) times.push_back(u.seconds);
  EXPECT_THAT(times, ElementsAre(1.0, 2.0, 10.0, 11.0));
  EXPECT_THAT(result.updates[2].staleness, ElementsAre(2));
  EXPECT_THAT(result.updates[3].staleness, ElementsAre(0));
}

// A held worker starts when it is freed, or when it could have started if it
// had not been held, whichever is later.
TEST(EventLoop, AHeldWorkerStillWaitsForItsRoundDelay) {
  const auto work = [](int worker, std::int64_t) {
    return worker == 0 ? 1.0 : 3.0;
  };
  const Method ssp{.num_workers = 2, .synchrony = {.staleness_bound = 0}};
  for (const auto& [delay, start] :
       {std::pair(1.0, 3.0), std::pair(5.0, 6.0)}) {
    const LoopResult result = EventLoop(ssp, work, [d = delay](std::int64_t) {
                                return d;
                              }).Run({.updates = 3});
    EXPECT_DOUBLE_EQ(result.updates[2].contributions[0].started, start);
    EXPECT_EQ(result.updates[2].contributions[0].version_read, 2);
  }
}

TEST(EventLoop, EndsWhenNobodyWillArrive) {
  const auto work = [](int worker, std::int64_t index) {
    return worker == 1 && index == 2 ? kInfinity : 1.0;
  };
  const Method sync{.num_workers = 2,
                    .synchrony = {.quorum = 2, .waits_after_push = true}};
  const LoopResult result = EventLoop(sync, work).Run({.updates = 100});

  EXPECT_EQ(result.updates.size(), 2u);
  EXPECT_EQ(result.unfinished.size(), 1u);
  EXPECT_EQ(result.in_flight.size(), 1u);
}

// --- Expected times of the literature ----------------------------------------

struct Anchor {
  std::string law;
  Quantile quantile;
  int quorum;
  std::size_t updates;
  double k_sync, k_batch_sync, k_async, k_batch_async;
};

// Seconds per update of 8 workers, as in the table of Dutta et al. 2018:
// closed forms where there are any (k-sync: order statistics; k-batch-async:
// K E[X] / P), otherwise simulated elsewhere with 400,000 updates. Where the
// variance is finite, 1 % is about four standard deviations of the mean or
// more.
TEST(EventLoop, ReproducesTheExpectedTimesPerUpdate) {
  const auto shifted = [](double u) { return 1 + Exponential(u); };
  const auto pareto = [](double u) { return 1 / std::sqrt(1 - u); };
  const std::vector<Anchor> anchors = {
      {"Exp(1)", Exponential, 4, 100'000, .634524, .5, .634524, .5},
      {"1 + Exp(1)", shifted, 4, 100'000, 1.634524, 1.631, 1.240, 1.0},
      {"1 + Exp(1)", shifted, 1, 40'000, 1.125, 1.125, .25, .25},
      {"Pareto(2)", pareto, 4, 40'000, 1.393, 1.391, 1.234, 1.0},
      {"hyper-exponential", HyperExponential, 4, 40'000, .369, .284, .658, .5}};
  for (const Anchor& anchor : anchors) {
    SCOPED_TRACE(anchor.law);
    const auto seconds = [&](bool waits, bool cancels) {
      return EventLoop({.num_workers = 8,
                        .synchrony = {.quorum = anchor.quorum,
                                      .waits_after_push = waits,
                                      .cancels_stragglers = cancels}},
                       Draws(anchor.quantile, 7))
          .Run({.updates = anchor.updates})
          .SecondsPerUpdate();
    };
    EXPECT_NEAR(seconds(true, true) / anchor.k_sync, 1.0, 0.01);
    EXPECT_NEAR(seconds(false, true) / anchor.k_batch_sync, 1.0, 0.01);
    EXPECT_NEAR(seconds(true, false) / anchor.k_async, 1.0, 0.01);
    EXPECT_NEAR(seconds(false, false) / anchor.k_batch_async, 1.0, 0.01);
  }
}

// Exponential X: in k-async each contribution is fresh with probability K / P,
// and staleness is geometric (mean 1, variance 2) here. Contributions of one
// update are not independent: even if all four were equal, 4 sigma would be
// 4 sqrt(.25 / 25,000) < 0.013 and 4 sqrt(2 / 25,000) < 0.036.
TEST(EventLoop, ReproducesTheFreshFractionOfKAsync) {
  const LoopResult result =
      EventLoop({.num_workers = 8,
                 .synchrony = {.quorum = 4, .waits_after_push = true}},
                Draws(Exponential, 3))
          .Run({.updates = 25'000});
  double fresh = 0.0;
  for (const LoopUpdate& update : result.updates) {
    fresh += static_cast<double>(
        std::count(update.staleness.begin(), update.staleness.end(), 0));
  }
  EXPECT_NEAR(fresh / 100'000, 0.5, 0.013);
  EXPECT_NEAR(result.MeanStaleness(), 1.0, 0.036);
}

// --- The Coordinator driven by the same clock --------------------------------

struct Timed {
  double seconds = 0.0;
  std::vector<int> workers = {};
  std::vector<std::int64_t> staleness = {};
  std::vector<int> cancelled = {};

  bool operator==(const Timed&) const = default;
};

std::vector<Timed> ByEventLoop(const Method& method,
                               const EventLoop::Work& work,
                               const EventLoop::RoundDelay& delay,
                               std::size_t updates) {
  std::vector<Timed> timed;
  for (const LoopUpdate& update :
       EventLoop(method, work, delay).Run({.updates = updates}).updates) {
    Timed& last = timed.emplace_back();
    last.seconds = update.seconds;
    last.staleness = update.staleness;
    for (const auto& c : update.contributions) last.workers.push_back(c.worker);
    for (const auto& c : update.cancelled) last.cancelled.push_back(c.worker);
  }
  return timed;
}

// A minimal engine: arrivals in an ordered set, everything else asked of the
// Coordinator.
std::vector<Timed> ByCoordinator(const Method& method,
                                 const EventLoop::Work& work,
                                 const EventLoop::RoundDelay& delay,
                                 std::size_t updates) {
  Coordinator coordinator(method.num_workers, method.synchrony);
  const auto count = static_cast<std::size_t>(method.num_workers);
  std::set<std::pair<double, int>> arrivals;
  std::vector<double> arrives(count);
  std::vector<std::int64_t> started(count, 0);
  std::vector<double> held_until(count, -1.0);  // -1: not held
  const auto start = [&](int w, double seconds) {
    const auto i = static_cast<std::size_t>(w);
    arrives[i] = seconds + work(w, started[i]++);
    arrivals.emplace(arrives[i], w);
  };
  for (int w = 0; w < method.num_workers; ++w) start(w, 0.0);

  std::vector<Timed> timed;
  while (timed.size() < updates) {
    const auto [now, worker] = *arrivals.begin();
    arrivals.erase(arrivals.begin());
    const Decision decision = coordinator.Arrive(worker);
    double begin = now;
    if (decision.fires) begin += delay(coordinator.version());
    std::set<int> candidates(decision.cancelled.begin(),
                             decision.cancelled.end());
    if (!method.synchrony.waits_after_push) candidates.insert(worker);
    if (decision.fires) {
      Timed& update = timed.emplace_back();
      update.seconds = now;
      for (const CountedContribution& c : decision.contributions) {
        update.workers.push_back(c.worker);
        update.staleness.push_back(decision.version - c.version_read);
        if (method.synchrony.waits_after_push) candidates.insert(c.worker);
      }
      update.cancelled.assign(decision.cancelled.begin(),
                              decision.cancelled.end());
    }
    for (const int w : decision.cancelled) {
      arrivals.erase({arrives[static_cast<std::size_t>(w)], w});
    }
    const std::set<int> released(decision.released.begin(),
                                 decision.released.end());
    for (const int w : candidates) {
      double& until = held_until[static_cast<std::size_t>(w)];
      if (!released.contains(w)) until = begin;
    }
    for (const int w : released) {
      double& until = held_until[static_cast<std::size_t>(w)];
      start(w, until < 0 ? begin : std::max(now, until));
      until = -1.0;
    }
  }
  return timed;
}

RC_GTEST_PROP(EventLoop, AgreesWithTheCoordinatorExactly, ()) {
  Method method;
  method.num_workers = *rc::gen::inRange(1, 9);
  method.synchrony.waits_after_push = *rc::gen::arbitrary<bool>();
  method.synchrony.cancels_stragglers = *rc::gen::arbitrary<bool>();
  const int most =
      method.num_workers * (method.synchrony.waits_after_push ? 1 : 3);
  method.synchrony.quorum = *rc::gen::inRange(1, most + 1);
  if (*rc::gen::arbitrary<bool>()) {
    method.synchrony.staleness_bound = *rc::gen::inRange(0, 4);
  }
  const auto seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  // Equal delays make many ties, so that their order is compared too.
  const EventLoop::Work work = *rc::gen::arbitrary<bool>()
                                   ? EventLoop::Work(Steady)
                                   : Draws(HyperExponential, seed);
  const double longest = *rc::gen::inRange(0, 3);
  const RandomStream rounds(seed, 0, Purpose::kRoundDelay);
  const auto delay = [&](std::int64_t update) {
    return longest * rounds.Uniform(static_cast<std::uint64_t>(update));
  };

  RC_ASSERT(ByEventLoop(method, work, delay, 200) ==
            ByCoordinator(method, work, delay, 200));
}

}  // namespace
}  // namespace tortoise::testing
