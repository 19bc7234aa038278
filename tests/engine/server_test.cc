// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The server under a virtual clock of the test's own, compared with an
// independent event loop: when updates happen and what is in them, to the bit.

#include "engine/server.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "engine/server_testing.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "support/event_loop.h"

namespace tortoise::internal {
namespace {

using testing::Contender;
using testing::EventLoop;
using testing::LoopContribution;
using testing::LoopResult;
using testing::VirtualRun;

// --- Random settings ---------------------------------------------------------

Contender DrawContender(int num_workers) {
  const std::int64_t any_quorum = *rc::gen::inRange(1, 2 * num_workers + 1);
  const std::int64_t quorum = std::min<std::int64_t>(any_quorum, num_workers);
  return *rc::gen::elementOf(std::vector<Contender>{
      {"sync"},
      {"k-sync", {.quorum = quorum}},
      {"k-batch-sync", {.quorum = any_quorum}},
      {"async"},
      {"k-async", {.quorum = quorum}},
      {"k-batch-async", {.quorum = any_quorum}},
      {"ssp", {.staleness_bound = *rc::gen::inRange(0, 4)}},
      {"local-sgd", {.local_steps = *rc::gen::inRange(1, 6)}}});
}

RunOptions DrawOptions() {
  const int num_workers = *rc::gen::inRange(1, 17);
  const Contender contender = DrawContender(num_workers);
  RunOptions options =
      testing::MakeRunOptions(contender, num_workers,
                              /*updates=*/*rc::gen::inRange(1, 60));
  // Two speeds bring about arrivals at equal times.
  options.delay = *rc::gen::element(DelayLaw::Exponential(1.0),
                                    DelayLaw::TwoSpeed(1.0, 2.0, 0.5));
  options.round_delay =
      *rc::gen::element(DelayLaw::Constant(0.0), DelayLaw::Constant(0.5),
                        DelayLaw::Exponential(1.0));
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  options.repeat = *rc::gen::inRange(0, 5);
  return options;
}

// --- What should happen ------------------------------------------------------

LoopResult Expect(const RunOptions& options) {
  const DelayTape tape(options.delay, options.seed, options.repeat);
  const RoundDelays round(options.round_delay, options.seed, options.repeat);
  const auto tau = static_cast<std::uint64_t>(options.method.local_steps);
  return EventLoop(
             options.method,
             [&](int worker, std::int64_t index) {
               return *tape.Work(static_cast<std::uint64_t>(worker),
                                 static_cast<std::uint64_t>(index) * tau, tau);
             },
             [&](std::int64_t update) {
               return round.Seconds(static_cast<std::uint64_t>(update));
             })
      .Run({.updates = static_cast<std::size_t>(options.stop.updates)});
}

// In flight when the last update ended the run: the loop still cancels and
// releases workers after it, a run does not.
std::vector<LoopContribution> InFlightAtTheEnd(const LoopResult& expected) {
  std::vector<LoopContribution> rows = expected.updates.back().cancelled;
  const auto last = static_cast<std::int64_t>(expected.updates.size());
  for (const LoopContribution& c : expected.in_flight) {
    if (c.version_read < last) rows.push_back(c);
  }
  return rows;
}

void CheckRow(const ContributionRecord& row, const LoopContribution& expected,
              Fate fate, int tau) {
  RC_ASSERT(row.fate == fate);
  RC_ASSERT(row.worker == expected.worker);
  RC_ASSERT(row.gradient == expected.index * tau);
  RC_ASSERT(row.version_read == expected.version_read);
  RC_ASSERT(row.seconds_started == expected.started);
  RC_ASSERT(row.seconds_released <= row.seconds_started);
  if (fate == Fate::kUnfinished) {
    RC_ASSERT(std::isnan(row.seconds_arrived));
  } else {
    RC_ASSERT(row.seconds_arrived == expected.arrived);
  }
  RC_ASSERT((fate == Fate::kApplied) == (row.version_counted >= 0));
  RC_ASSERT((fate == Fate::kApplied) == !std::isnan(row.seconds_computed));
}

void CheckContributions(const std::vector<ContributionRecord>& rows,
                        const LoopResult& expected, int tau) {
  std::size_t next = 0;
  for (std::size_t j = 0; j < expected.updates.size(); ++j) {
    const testing::LoopUpdate& update = expected.updates[j];
    for (std::size_t k = 0; k < update.contributions.size(); ++k) {
      RC_ASSERT(next < rows.size());
      CheckRow(rows[next], update.contributions[k], Fate::kApplied, tau);
      RC_ASSERT(rows[next].version_counted == static_cast<std::int64_t>(j));
      RC_ASSERT(rows[next].version_counted - rows[next].version_read ==
                update.staleness[k]);
      ++next;
    }
    if (j + 1 == expected.updates.size()) break;
    for (const LoopContribution& c : update.cancelled) {
      RC_ASSERT(next < rows.size());
      CheckRow(rows[next++], c, Fate::kCancelled, tau);
    }
  }
  for (const LoopContribution& c : InFlightAtTheEnd(expected)) {
    RC_ASSERT(next < rows.size());
    CheckRow(rows[next++], c, Fate::kUnfinished, tau);
  }
  RC_ASSERT(next == rows.size());
}

void CheckUpdates(const std::vector<UpdateRecord>& rows,
                  const LoopResult& expected) {
  RC_ASSERT(rows.size() == expected.updates.size());
  for (std::size_t j = 0; j < rows.size(); ++j) {
    RC_ASSERT(rows[j].update == static_cast<std::int64_t>(j) + 1);
    RC_ASSERT(rows[j].seconds == expected.updates[j].seconds);
    RC_ASSERT(rows[j].contributions ==
              static_cast<int>(expected.updates[j].contributions.size()));
    double staleness = 0.0;
    for (const auto s : expected.updates[j].staleness) {
      staleness += static_cast<double>(s);
    }
    RC_ASSERT(rows[j].mean_staleness == staleness / rows[j].contributions);
  }
}

void CheckCounts(const Summary& summary,
                 const std::vector<ContributionRecord>& rows, int tau) {
  std::int64_t count[3] = {0, 0, 0};
  for (const ContributionRecord& row : rows) {
    count[static_cast<int>(row.fate)] += tau;
  }
  RC_ASSERT(summary.gradients.applied == count[0]);
  RC_ASSERT(summary.gradients.cancelled == count[1]);
  RC_ASSERT(summary.gradients.unfinished == count[2]);
  RC_ASSERT(summary.gradients.started == count[0] + count[1] + count[2]);
}

// --- The properties ----------------------------------------------------------

RC_GTEST_PROP(Server, FollowsTheExactEventLoop, ()) {
  const RunOptions options = DrawOptions();
  const LoopResult expected = Expect(options);
  VirtualRun run(options, /*num_samples=*/0);
  run.Run();

  CheckUpdates(run.updates, expected);
  CheckContributions(run.contributions, expected, options.method.local_steps);
  CheckCounts(run.summary, run.contributions, options.method.local_steps);
  RC_ASSERT(run.summary.termination == Termination::kUpdates);
  RC_ASSERT(run.summary.updates == options.stop.updates);
  RC_ASSERT(run.summary.seconds == expected.updates.back().seconds);
  RC_ASSERT(run.summary.last_update_seconds == run.summary.seconds);
  RC_ASSERT(run.summary.staleness.total() ==
            static_cast<std::uint64_t>(options.stop.updates *
                                       options.method.synchrony.quorum));
}

RC_GTEST_PROP(Server, MakesTheModelsOfASlowRecomputation, ()) {
  RunOptions options = DrawOptions();
  options.report.snapshots = *rc::gen::inRange(1, 10);
  if (*rc::gen::arbitrary<bool>()) {
    options.stop.seconds = *rc::gen::inRange(1, 20);
  }
  VirtualRun run(options, /*num_samples=*/0);
  run.Run();

  const auto models =
      testing::Replay<double>(testing::VirtualInitial(), options,
                              run.contributions, testing::VirtualContribution);
  RC_ASSERT(static_cast<std::int64_t>(models.size()) ==
            run.summary.updates + 1);
  RC_ASSERT(run.parameters == models.back());
  for (const Snapshot<double>& snapshot : run.server.snapshots()) {
    const auto made = static_cast<std::size_t>(std::count_if(
        run.updates.begin(), run.updates.end(),
        [&](auto& row) { return row.seconds <= snapshot.seconds; }));
    RC_ASSERT(snapshot.updates == static_cast<std::int64_t>(made));
    const auto model = snapshot.model->parameters;
    RC_ASSERT(std::equal(model.begin(), model.end(), models[made].begin()));
  }
}

// Staleness is bounded by (2 s + 1)(P - 1).
RC_GTEST_PROP(Server, KeepsTheBoundOfSsp, ()) {
  const int num_workers = *rc::gen::inRange(1, 17);
  const std::int64_t s = *rc::gen::inRange(0, 5);
  RunOptions options = testing::MakeRunOptions({"ssp", {.staleness_bound = s}},
                                               num_workers, /*updates=*/300);
  options.seed = *rc::gen::arbitrary<std::uint64_t>();
  options.delay = DelayLaw::Pareto(1.0, 1.1);
  VirtualRun run(options, /*num_samples=*/0);
  run.Run();
  RC_ASSERT(run.summary.staleness.Max() <= (2 * s + 1) * (num_workers - 1));
}

// The state of a worker is told its gradients that arrived: nothing of those
// that were cancelled, and nothing of others'.
RC_GTEST_PROP(Server, CarriesOnWhatArrivedAndForgetsWhatWasCancelled, ()) {
  const RunOptions options = DrawOptions();
  const auto num_workers = static_cast<std::size_t>(options.method.num_workers);
  Pool<WorkerState<double>> states([](WorkerState<double>&) {});
  std::vector<std::vector<double>> arrived(num_workers);
  std::vector<std::vector<double>> told(num_workers);
  VirtualRun run(options, /*num_samples=*/0);
  run.carry = [&](const Ticket<double>& ticket) {
    const auto w = static_cast<std::size_t>(ticket.release.worker);
    AlignedVector<double> gradients;
    if (ticket.state) gradients = ticket.state->residual;
    told[w].assign(gradients.begin(), gradients.end());
    RC_ASSERT(told[w] == arrived[w]);
    arrived[w].push_back(static_cast<double>(ticket.release.gradient));
    gradients.push_back(arrived[w].back());
    StateRef<double> next = states.Acquire();
    next.Mutable().residual = std::move(gradients);
    return next;
  };
  run.Run();
  std::size_t total = 0;
  for (const auto& of_worker : arrived) total += of_worker.size();
  RC_ASSERT(total >= static_cast<std::size_t>(run.summary.updates));
}

}  // namespace
}  // namespace tortoise::internal
