// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Real threads: what holds whatever the timing.

#include "tortoise/engine/run.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/run_testing.h"
#include "gtest/gtest.h"

namespace tortoise::testing {
namespace {

constexpr int kWorkers = 4;
constexpr std::int64_t kUpdates = 60;

RunResult<double> RunQuadratic(const Contender& contender, int num_workers,
                               std::int64_t updates) {
  const auto objective = MakeQuadratic<double>({});
  return RunAndRecord<double>(*objective,
                              MakeRunOptions(contender, num_workers, updates));
}

// --- Every preset ------------------------------------------------------------

class EveryPreset : public ::testing::TestWithParam<Contender> {};
INSTANTIATE_TEST_SUITE_P(Run, EveryPreset, ::testing::ValuesIn(AllPresets()),
                         [](const auto& test) {
                           std::string name = test.param.protocol;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_P(EveryPreset, CountsAddUpAndAgreeWithTheRows) {
  const auto run = RunQuadratic(GetParam(), kWorkers, kUpdates);
  const auto method =
      MakeMethod(GetParam().protocol, kWorkers, GetParam().settings);
  const std::int64_t tau = method.local_steps;
  const auto& gradients = run.summary.gradients;

  EXPECT_EQ(run.summary.termination, Termination::kUpdates);
  EXPECT_GE(run.summary.updates, kUpdates);
  EXPECT_LE(run.summary.updates,
            kUpdates + (method.writes_in_place() ? kWorkers : 0));
  EXPECT_EQ(gradients.started,
            gradients.applied + gradients.cancelled + gradients.unfinished);
  EXPECT_EQ(gradients.applied, tau * run.Count(Fate::kApplied));
  EXPECT_EQ(gradients.cancelled, tau * run.Count(Fate::kCancelled));
  EXPECT_EQ(gradients.unfinished, tau * run.Count(Fate::kUnfinished));
  EXPECT_EQ(gradients.applied,
            tau * method.synchrony.quorum * run.summary.updates);
  EXPECT_EQ(run.summary.staleness.total(),
            static_cast<std::uint64_t>(run.Count(Fate::kApplied)));
  EXPECT_EQ(run.summary.num_workers, kWorkers);
  EXPECT_EQ(run.updates.size(), static_cast<std::size_t>(run.summary.updates));
}

// Draws are taken one after the other, cancelled ones included.
TEST_P(EveryPreset, EachWorkerTakesItsDrawsInOrderWithoutGaps) {
  const auto run = RunQuadratic(GetParam(), kWorkers, kUpdates);
  const auto method =
      MakeMethod(GetParam().protocol, kWorkers, GetParam().settings);
  std::map<int, std::vector<std::int64_t>> draws;
  for (const auto& row : run.contributions) {
    draws[row.worker].push_back(row.gradient);
  }
  // In place, a thread that the system was slow to start may have none.
  if (!method.writes_in_place()) {
    EXPECT_EQ(draws.size(), static_cast<std::size_t>(kWorkers));
  }
  for (auto& [worker, gradients] : draws) {
    std::sort(gradients.begin(), gradients.end());
    for (std::size_t i = 0; i < gradients.size(); ++i) {
      EXPECT_EQ(gradients[i],
                static_cast<std::int64_t>(i) * method.local_steps);
    }
  }
}

TEST_P(EveryPreset, EveryUpdateHasExactlyItsQuorum) {
  const auto run = RunQuadratic(GetParam(), kWorkers, kUpdates);
  const int quorum =
      MakeMethod(GetParam().protocol, kWorkers, GetParam().settings)
          .synchrony.quorum;
  std::map<std::int64_t, int> counted;
  for (const auto& row : run.contributions) {
    if (row.fate == Fate::kApplied) ++counted[row.version_counted];
  }
  ASSERT_EQ(counted.size(), static_cast<std::size_t>(run.summary.updates));
  std::int64_t version = 0;
  for (const auto& [counted_at, count] : counted) {
    EXPECT_EQ(counted_at, version++);
    EXPECT_EQ(count, quorum);
  }
  for (std::size_t j = 0; j < run.updates.size(); ++j) {
    EXPECT_EQ(run.updates[j].update, static_cast<std::int64_t>(j) + 1);
    EXPECT_EQ(run.updates[j].contributions, quorum);
  }
}

TEST_P(EveryPreset, TimesOfARowAreInOrder) {
  const auto run = RunQuadratic(GetParam(), kWorkers, kUpdates);
  for (const auto& row : run.contributions) {
    EXPECT_GE(row.seconds_released, 0.0);
    if (row.fate != Fate::kApplied) continue;
    EXPECT_LE(row.seconds_started, row.seconds_arrived);
    EXPECT_LE(row.seconds_released, row.seconds_computed);
    EXPECT_LE(row.seconds_computed, row.seconds_arrived);
    EXPECT_LE(row.version_read, row.version_counted);
  }
}

TEST_P(EveryPreset, LossFallsFromItsInitialValue) {
  const auto objective = MakeQuadratic<double>({.sigma = 0.1});
  const auto run = RunAndRecord<double>(
      *objective, MakeRunOptions(GetParam(), kWorkers, 200));
  EXPECT_DOUBLE_EQ(run.summary.initial_loss(),
                   objective->Loss(std::vector<double>(10), {}));
  EXPECT_DOUBLE_EQ(run.summary.final_loss(), objective->Loss(run.w, {}));
  EXPECT_LT(run.summary.final_loss(), 0.5 * run.summary.initial_loss());
  EXPECT_EQ(run.summary.curve.front().seconds, 0.0);
  EXPECT_EQ(run.summary.curve.front().updates, 0);
  EXPECT_EQ(run.summary.curve.back().updates, run.summary.updates);
}

TEST_P(EveryPreset, OneWorkerIsAPresetToo) {
  Contender contender = GetParam();
  if (contender.settings.quorum) contender.settings.quorum = 1;
  const auto run = RunQuadratic(contender, 1, 20);
  EXPECT_EQ(run.summary.updates, 20);
  EXPECT_EQ(run.summary.staleness.Max(), 0);
}

// --- Staleness ---------------------------------------------------------------

TEST(Staleness, OfTheSyncFamilyIsZero) {
  for (const Contender& contender :
       {Contender{"sync"}, Contender{"k-sync", {.quorum = 2}},
        Contender{"local-sgd", {.local_steps = 2}}}) {
    const auto run = RunQuadratic(contender, kWorkers, kUpdates);
    EXPECT_EQ(run.summary.staleness.Max(), 0) << contender.protocol;
  }
}

// A contribution of k-batch-sync is fresh, too: whatever an update finds
// unfinished is cancelled.
TEST(Staleness, OfKBatchSyncIsZero) {
  const auto run =
      RunQuadratic({"k-batch-sync", {.quorum = 6}}, kWorkers, kUpdates);
  EXPECT_EQ(run.summary.staleness.Max(), 0);
}

// Updates that passed while contributions of the given fates were under way.
std::int64_t Passed(const RunResult<double>& run, Fate fate,
                    std::int64_t version_end) {
  std::int64_t sum = 0;
  for (const auto& row : run.contributions) {
    if (row.fate != fate) continue;
    sum += (fate == Fate::kApplied ? row.version_counted : version_end) -
           row.version_read;
  }
  return sum;
}

// An update passes over every contribution under way but the one it counts, so
// each adds P - 1 to the staleness of all. The last update releases nobody: its
// worker has nothing in flight, the others have.
TEST(Staleness, OfAsyncSumsToItsLawExactly) {
  const auto run = RunQuadratic({"async"}, kWorkers, kUpdates);
  EXPECT_EQ(run.Count(Fate::kUnfinished), kWorkers - 1);
  EXPECT_EQ(Passed(run, Fate::kApplied, kUpdates) +
                Passed(run, Fate::kUnfinished, kUpdates),
            (kWorkers - 1) * kUpdates);
}

// The same with K counted per update and P - K passed over.
TEST(Staleness, OfKAsyncSumsToItsLawExactly) {
  for (const int quorum : {1, 2, 3, 4}) {
    const auto run =
        RunQuadratic({"k-async", {.quorum = quorum}}, kWorkers, kUpdates);
    EXPECT_EQ(run.Count(Fate::kUnfinished), kWorkers - quorum);
    EXPECT_EQ(Passed(run, Fate::kApplied, kUpdates) +
                  Passed(run, Fate::kUnfinished, kUpdates),
              (kWorkers - quorum) * kUpdates);
  }
}

// Here all P workers are busy at an update, but the one that pushed last; of
// the contributions pushed before it, K - 1 wait to be counted at this one.
TEST(Staleness, OfKBatchAsyncSumsToItsLawExactly) {
  for (const int quorum : {1, 3, 7}) {
    const auto run =
        RunQuadratic({"k-batch-async", {.quorum = quorum}}, kWorkers, kUpdates);
    EXPECT_EQ(run.Count(Fate::kUnfinished), kWorkers - 1);
    EXPECT_EQ(Passed(run, Fate::kApplied, kUpdates) +
                  Passed(run, Fate::kUnfinished, kUpdates),
              (kWorkers - 1) * kUpdates);
  }
}

// Before each push its worker is at most s contributions ahead.
TEST(Staleness, OfSspKeepsItsBounds) {
  constexpr std::int64_t kBound = 2;
  const auto run = RunQuadratic({"ssp", {.staleness_bound = kBound}}, kWorkers,
                                4 * kUpdates);
  std::vector<std::int64_t> pushed(kWorkers);
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    std::int64_t& own = pushed[static_cast<std::size_t>(row.worker)];
    EXPECT_LE(own - *std::min_element(pushed.begin(), pushed.end()), kBound);
    ++own;
  }
  EXPECT_LE(run.summary.staleness.Max(), (2 * kBound + 1) * (kWorkers - 1));
}

// Constant delays with staggered starts: the workers take turns, and each finds
// that all the others have been there in between.
TEST(Staleness, OfARoundRobinIsOneLessThanTheWorkers) {
  constexpr double kTurn = 0.025;
  Trace trace;
  for (int w = 0; w < kWorkers; ++w) {
    trace.seconds.emplace_back(20, kTurn * kWorkers);
    trace.seconds.back()[0] = kTurn * (w + 1);
  }
  RunOptions options = MakeRunOptions({"async"}, kWorkers, 24);
  options.delay = std::make_shared<const Trace>(trace);
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied || row.gradient == 0) continue;
    EXPECT_EQ(row.version_counted - row.version_read, kWorkers - 1);
  }
}

// --- Order of arrivals -------------------------------------------------------

// All workers are due at the same instants. Whichever thread wakes first, the
// lower worker id arrives first, as in virtual time. A round counts if all had
// computed long before: then what they computed lay ready.
TEST(Arrivals, AtEqualTimesAreInOrderOfWorkerIds) {
  constexpr double kDelay = 0.05;
  constexpr int kRounds = 4;
  RunOptions options =
      MakeRunOptions({"async"}, kWorkers, kRounds * std::int64_t{kWorkers});
  options.delay = DelayLaw::Constant(kDelay);
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  std::map<std::int64_t, std::vector<int>> rounds;  // workers as they arrived
  std::map<std::int64_t, bool> all_ready;
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    rounds[row.gradient].push_back(row.worker);
    const double spare = row.seconds_started + kDelay - row.seconds_computed;
    all_ready.emplace(row.gradient, true).first->second &= spare > kDelay / 2;
  }
  ASSERT_FALSE(rounds.empty());
  for (const auto& [round, workers] : rounds) {
    if (!all_ready[round]) continue;
    EXPECT_TRUE(std::is_sorted(workers.begin(), workers.end()));
    EXPECT_EQ(workers.size(), static_cast<std::size_t>(kWorkers));
  }
}

}  // namespace
}  // namespace tortoise::testing
