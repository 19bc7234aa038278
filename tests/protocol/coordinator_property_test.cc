// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <limits>
#include <map>
#include <numeric>
#include <vector>

#include "gtest/gtest.h"
#include "protocol/outcome.h"
#include "protocol/slow_model.h"
#include "rapidcheck/gtest.h"
#include "tortoise/core/random.h"
#include "tortoise/protocol/coordinator.h"

namespace tortoise::testing {
namespace {

constexpr int kArrivals = 200;

Method AnyMethod() {
  Method method;
  method.num_workers = *rc::gen::inRange(1, 7);
  method.synchrony.waits_after_push = *rc::gen::arbitrary<bool>();
  method.synchrony.cancels_stragglers = *rc::gen::arbitrary<bool>();
  const int most =
      method.num_workers * (method.synchrony.waits_after_push ? 1 : 3);
  method.synchrony.quorum = *rc::gen::inRange(1, most + 1);
  if (*rc::gen::arbitrary<bool>()) {
    method.synchrony.staleness_bound = *rc::gen::inRange(0, 4);
  }
  return method;
}

// Numbers that pick who arrives next, out of those who can.
std::vector<std::size_t> AnyOrder() {
  return *rc::gen::container<std::vector<std::size_t>>(
      kArrivals, rc::gen::inRange<std::size_t>(0, 60));  // 60 = lcm(1..6)
}

int Pick(const SlowModel& model, std::size_t choice) {
  const auto& computing = model.computing();
  return std::next(computing.begin(),
                   static_cast<std::ptrdiff_t>(choice % computing.size()))
      ->first;
}

// --- The whole decision ------------------------------------------------------

RC_GTEST_PROP(Coordinator, DecidesAsTheSlowModelDoes, ()) {
  const Method method = AnyMethod();
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  for (const std::size_t choice : AnyOrder()) {
    RC_ASSERT(!model.computing().empty());  // no deadlock, whatever the order
    const int worker = Pick(model, choice);
    RC_ASSERT(Copy(coordinator.Arrive(worker)) == model.Arrive(worker));
    RC_ASSERT(coordinator.version() == model.version());
    for (int w = 0; w < method.num_workers; ++w) {
      RC_ASSERT(coordinator.pushed(w) == model.pushed(w));
    }
    for (const auto& [w, version_read] : model.computing()) {
      RC_ASSERT(coordinator.version_read(w) == version_read);
    }
  }
}

RC_GTEST_PROP(Coordinator, CountsEveryPushInExactlyOneUpdate, ()) {
  const Method method = AnyMethod();
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  std::size_t counted = 0;
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    const Decision decision = coordinator.Arrive(worker);
    model.Arrive(worker);
    RC_ASSERT(decision.contributions.size() ==
              (decision.fires
                   ? static_cast<std::size_t>(method.synchrony.quorum)
                   : 0u));
    counted += decision.contributions.size();
  }
  RC_ASSERT(counted + coordinator.pending().size() == std::size_t{kArrivals});
}

// --- Staleness laws ----------------------------------------------------------

// Every update makes every contribution in flight across it one staler, so
// the staleness counted in J updates and that of the work in flight after the
// J-th add up to the number of workers in flight across each of them. This
// holds exactly, for every order of arrival.
std::int64_t InFlightAcross(const Method& method) {
  if (method.synchrony.cancels_stragglers) return 0;
  return method.num_workers -
         (method.synchrony.waits_after_push ? method.synchrony.quorum : 1);
}

RC_GTEST_PROP(Staleness, AddsUpToTheWorkersInFlightAcrossTheUpdates, ()) {
  Method method = AnyMethod();
  method.synchrony.staleness_bound.reset();
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  std::int64_t counted = 0;
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    const Decision decision = coordinator.Arrive(worker);
    model.Arrive(worker);
    if (!decision.fires) continue;
    for (const CountedContribution& c : decision.contributions) {
      counted += decision.version - c.version_read;
    }
    std::int64_t in_flight = 0;
    for (int w = 0; w < method.num_workers; ++w) {
      in_flight += coordinator.version() - coordinator.version_read(w);
    }
    RC_ASSERT(counted + in_flight ==
              coordinator.version() * InFlightAcross(method));
  }
}

RC_GTEST_PROP(Staleness, IsZeroIfStragglersAreCancelledOrNoneAreLeft, ()) {
  Method method = AnyMethod();
  method.synchrony.staleness_bound.reset();
  if (!method.synchrony.cancels_stragglers) {
    method.synchrony.waits_after_push = true;
    method.synchrony.quorum = method.num_workers;
  }
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    const Decision decision = coordinator.Arrive(worker);
    model.Arrive(worker);
    for (const CountedContribution& c : decision.contributions) {
      RC_ASSERT(c.version_read == decision.version);
    }
  }
}

// Mean staleness over `updates` updates whose arrivals are drawn uniformly
// among the workers at work.
double MeanStaleness(const Method& method, std::int64_t updates) {
  Coordinator coordinator(method.num_workers, method.synchrony);
  RandomSequence random(RandomStream(1, 0, Purpose::kTopology));
  std::vector<int> computing(static_cast<std::size_t>(method.num_workers));
  std::iota(computing.begin(), computing.end(), 0);
  double sum = 0.0;
  while (coordinator.version() < updates) {
    const auto next = computing.begin() + static_cast<std::ptrdiff_t>(
                                              random.Index(computing.size()));
    const int worker = *next;
    computing.erase(next);
    const Decision decision = coordinator.Arrive(worker);
    for (const CountedContribution& c : decision.contributions) {
      sum += static_cast<double>(decision.version - c.version_read);
    }
    computing.insert(computing.end(), decision.released.begin(),
                     decision.released.end());
  }
  return sum / static_cast<double>(updates * method.synchrony.quorum);
}

// What is missing from the limit is the staleness in flight at the end over
// J K contributions: at most P - 1 workers, each in flight across fewer than
// 60 P / K updates (a worker passes so many with probability below e^-30).
TEST(Staleness, TendsToItsLimitForEveryPreset) {
  constexpr int kUpdates = 20000;
  constexpr double kWorkers = 8;
  for (const int quorum : {1, 2, 4, 8}) {
    const double missing = (kWorkers - 1) * (60 * kWorkers / quorum) /
                           (kUpdates * static_cast<double>(quorum));
    const double k_async = MeanStaleness(
        {.num_workers = 8,
         .synchrony = {.quorum = quorum, .waits_after_push = true}},
        kUpdates);
    EXPECT_LE(k_async, kWorkers / quorum - 1);
    EXPECT_GE(k_async, kWorkers / quorum - 1 - missing);
    const double k_batch_async = MeanStaleness(
        {.num_workers = 8, .synchrony = {.quorum = quorum}}, kUpdates);
    EXPECT_LE(k_batch_async, (kWorkers - 1) / quorum);
    EXPECT_GE(k_batch_async, (kWorkers - 1) / quorum - missing);
  }
}

TEST(Staleness, IsWorkersMinusOneInRoundRobin) {
  constexpr int kWorkers = 5;
  Coordinator async(kWorkers, {});
  for (int i = 0; i < 10 * kWorkers; ++i) {
    const Decision decision = async.Arrive(i % kWorkers);
    const std::int64_t staleness =
        decision.version - decision.contributions[0].version_read;
    EXPECT_EQ(staleness, std::min(i, kWorkers - 1));
  }
}

// --- The staleness bound -----------------------------------------------------

RC_GTEST_PROP(Ssp, NobodyRunsMoreThanTheBoundAhead, ()) {
  Method method = AnyMethod();
  const std::int64_t bound = *rc::gen::inRange(0, 4);
  method.synchrony.staleness_bound = bound;
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    const Decision decision = coordinator.Arrive(worker);
    model.Arrive(worker);
    RC_ASSERT(
        std::is_sorted(decision.released.begin(), decision.released.end()));
    for (const int w : decision.released) {
      RC_ASSERT(coordinator.pushed(w) - model.slowest() <= bound);
    }
    for (int w = 0; w < method.num_workers; ++w) {
      RC_ASSERT(coordinator.pushed(w) - model.slowest() <= bound + 1);
    }
  }
}

RC_GTEST_PROP(Ssp, StalenessStaysWithinItsBound, ()) {
  const int workers = *rc::gen::inRange(1, 7);
  const std::int64_t bound = *rc::gen::inRange(0, 4);
  const Method method{.num_workers = workers,
                      .synchrony = {.staleness_bound = bound}};
  Coordinator coordinator(method.num_workers, method.synchrony);
  SlowModel model(method);
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    const Decision decision = coordinator.Arrive(worker);
    model.Arrive(worker);
    RC_ASSERT(decision.version - decision.contributions[0].version_read <=
              (2 * bound + 1) * (workers - 1));
  }
}

// --- Different names of one protocol -----------------------------------------

// Both coordinators decide alike for a random order of arrivals.
void ExpectSame(const Method& a, const Method& b) {
  Coordinator first(a.num_workers, a.synchrony);
  Coordinator second(b.num_workers, b.synchrony);
  SlowModel model(a);
  for (const std::size_t choice : AnyOrder()) {
    const int worker = Pick(model, choice);
    model.Arrive(worker);
    RC_ASSERT(Copy(first.Arrive(worker)) == Copy(second.Arrive(worker)));
  }
}

Method KSync(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum,
                        .waits_after_push = true,
                        .cancels_stragglers = true}};
}
Method KBatchSync(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum, .cancels_stragglers = true}};
}
Method KAsync(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum, .waits_after_push = true}};
}
Method KBatchAsync(int workers, int quorum) {
  return {.num_workers = workers, .synchrony = {.quorum = quorum}};
}

RC_GTEST_PROP(Identity, KAsyncOfOneIsAsyncIsKBatchAsyncOfOne, ()) {
  const int workers = *rc::gen::inRange(1, 7);
  ExpectSame(KAsync(workers, 1), KBatchAsync(workers, 1));
}

// For K = P nobody is left to cancel, so sync has two places in the table.
RC_GTEST_PROP(Identity, KSyncOfAllIsKAsyncOfAllIsSync, ()) {
  const int workers = *rc::gen::inRange(1, 7);
  ExpectSame(KSync(workers, workers), KAsync(workers, workers));
}

RC_GTEST_PROP(Identity, KSyncOfOneIsKBatchSyncOfOne, ()) {
  const int workers = *rc::gen::inRange(1, 7);
  ExpectSame(KSync(workers, 1), KBatchSync(workers, 1));
}

RC_GTEST_PROP(Identity, SspWithAHugeBoundIsAsync, ()) {
  const int workers = *rc::gen::inRange(1, 7);
  Method ssp = KBatchAsync(workers, 1);
  ssp.synchrony.staleness_bound = std::numeric_limits<std::int64_t>::max();
  ExpectSame(ssp, KBatchAsync(workers, 1));
}

TEST(Identity, KBatchAsyncOfAllIsNotSync) {
  Coordinator k_batch_async(2, KBatchAsync(2, 2).synchrony);
  Coordinator sync(2, KAsync(2, 2).synchrony);
  EXPECT_NE(Copy(k_batch_async.Arrive(0)), Copy(sync.Arrive(0)));
}

}  // namespace
}  // namespace tortoise::testing
