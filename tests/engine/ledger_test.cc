// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The books of a run whose pace changes while it lasts.

#include "engine/ledger.h"

#include <stdexcept>
#include <vector>

#include "engine/flights.h"
#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

// Two workers under k-async with K = 2, tau = 1 and a step of 1; every gradient
// takes a second. Pushes are made by hand.
class ChangingPace : public ::testing::Test {
 protected:
  static RunOptions Options() {
    RunOptions options;
    options.method = MakeMethod("k-async", 2, {.quorum = 2});
    options.step_size = 1.0;
    options.delay = DelayLaw::Constant(1.0);
    options.clock = Clock::kVirtual;
    options.stop.updates = 100;
    options.report.events = true;
    return options;
  }

  ChangingPace() : ledger(Options(), 0) {
    ledger.Start([this](const Release& r) { releases.push_back(r); });
  }

  // All of `workers` push at `seconds`; the last of them fires an update, after
  // which the pace is `pace`.
  void UpdateBy(const std::vector<int>& workers, double seconds,
                const Pace& pace) {
    releases.clear();
    for (const int w : workers) {
      const bool fires =
          ledger.Arrive({.worker = w, .nominal = seconds, .seconds = seconds})
              .fires;
      EXPECT_EQ(fires, w == workers.back());
      if (fires) {
        ledger.CountUpdate(seconds);
        ledger.SetPace(pace);
      }
      ledger.ReleaseWorkers(
          [this](const Release& r) { releases.push_back(r); });
    }
  }

  std::vector<ContributionRecord> Contributions() {
    std::vector<ContributionRecord> contributions;
    std::vector<UpdateRecord> updates;
    ledger.Read(cursor, contributions, updates, events);
    return contributions;
  }

  Ledger ledger;
  std::vector<Release> releases;
  std::vector<EventRecord> events;
  Records::Cursor cursor;
};

TEST_F(ChangingPace, ReleasesAtThePaceInForce) {
  UpdateBy({0, 1}, 1.0, {.quorum = 1, .local_steps = 3, .step = 0.5});
  ASSERT_EQ(releases.size(), 2u);
  for (const Release& release : releases) {
    EXPECT_EQ(release.version, 1);
    EXPECT_EQ(release.gradient, 1);  // one was drawn
    EXPECT_EQ(release.pace.local_steps, 3);
    EXPECT_EQ(release.pace.step, 0.5);
  }
  UpdateBy({1}, 4.0, {.quorum = 2, .local_steps = 1, .step = 0.25});
  ASSERT_EQ(releases.size(), 1u);
  EXPECT_EQ(releases[0].gradient, 4);  // and three more
  EXPECT_EQ(releases[0].pace.local_steps, 1);
}

TEST_F(ChangingPace, NeedsTheQuorumInForce) {
  UpdateBy({0, 1}, 1.0, {.quorum = 1});
  UpdateBy({0}, 2.0, {.quorum = 1});
  UpdateBy({0}, 3.0, {.quorum = 2});
  UpdateBy({1, 0}, 4.0, {.quorum = 2});
  EXPECT_EQ(ledger.updates(), 4);
}

TEST_F(ChangingPace, RecordsAContributionWithThePaceOfItsRelease) {
  UpdateBy({0, 1}, 1.0, {.quorum = 1, .local_steps = 3, .step = 0.5});
  UpdateBy({1}, 4.0, {.quorum = 2, .local_steps = 1, .step = 0.25});
  UpdateBy({0, 1}, 5.0, {.quorum = 2});
  const auto rows = Contributions();
  ASSERT_EQ(rows.size(), 5u);
  EXPECT_EQ(rows[0].local_steps, 1);
  EXPECT_EQ(rows[2].local_steps, 3);
  EXPECT_EQ(rows[2].gradient, 1);
  EXPECT_EQ(rows[3].worker, 0);  // released before the second change
  EXPECT_EQ(rows[3].local_steps, 3);
  EXPECT_EQ(rows[3].gradient, 1);
  EXPECT_EQ(rows[3].step, 0.5);
  EXPECT_EQ(rows[4].local_steps, 1);
  EXPECT_EQ(rows[4].step, 0.25);
  EXPECT_EQ(ledger.gradients_applied(), 1 + 1 + 3 + 3 + 1);

  // K and eta of an arrival are those in force, tau is its own.
  const EventRecord& late = events[10];
  ASSERT_EQ(late.kind, EventKind::kArrival);
  EXPECT_EQ(late.worker, 0);
  EXPECT_EQ(late.pace, (Pace{.quorum = 2, .local_steps = 3, .step = 0.25}));
}

TEST_F(ChangingPace, CountsEveryGradientThatWasStarted) {
  UpdateBy({0, 1}, 1.0, {.quorum = 1, .local_steps = 3});
  UpdateBy({1}, 4.0, {.quorum = 1, .local_steps = 5});
  ledger.End(Termination::kInterrupted, 4.0);
  ledger.Close();
  Summary summary;
  ledger.Report(summary);
  EXPECT_EQ(summary.gradients.started, 1 + 1 + 3 + 3 + 5);
  EXPECT_EQ(summary.gradients.applied, 1 + 1 + 3);
  EXPECT_EQ(summary.gradients.unfinished, 3 + 5);
}

TEST_F(ChangingPace, RefusesAQuorumThatWouldNeverFill) {
  ledger.Arrive({.worker = 0});
  ledger.Arrive({.worker = 1});
  ledger.CountUpdate(1.0);
  EXPECT_THROW(ledger.SetPace({.quorum = 3}), std::invalid_argument);
  EXPECT_EQ(ledger.pace().quorum, 2);
}

// --- What it takes -----------------------------------------------------------

TEST_F(ChangingPace, TakesTimeForItsOwnLocalSteps) {
  RunOptions options = Options();
  options.compute_seconds = 0.25;
  options.delay_mode = DelayMode::kExtra;
  Flights flights(options);
  const auto start = [&](int worker, std::int64_t gradient, int tau,
                         double seconds) {
    flights.Start({.worker = worker,
                   .gradient = gradient,
                   .pace = {.local_steps = tau},
                   .released = seconds,
                   .start = seconds});
  };
  start(0, 0, 1, 0.0);
  start(1, 0, 3, 0.0);
  EXPECT_EQ(flights.arrival(0), 1.25);
  EXPECT_EQ(flights.arrival(1), 3.75);
  EXPECT_EQ(flights.Next().computed, 0.25);
  start(0, 1, 2, 1.25);
  EXPECT_EQ(flights.arrival(0), 3.75);
  EXPECT_EQ(flights.Next().worker, 0);
  EXPECT_EQ(flights.Next().computed, 0.75);
  start(1, 3, 1, 3.75);
  EXPECT_EQ(flights.arrival(1), 5.0);
  EXPECT_EQ(flights.SecondsUntil(3.75).computing, 0.25 + 0.5 + 0.75);
}

// A worker's draws are the same numbers, whatever tau was before.
TEST_F(ChangingPace, TakesTheDrawsOfItsGradients) {
  RunOptions options = Options();
  options.delay = DelayLaw::Exponential(1.0);
  const DelayTape tape(options.delay, options.seed, options.repeat);
  Flights flights(options);
  std::int64_t gradient = 0;
  for (const int tau : {1, 1, 1, 4, 1, 1, 2, 1, 1}) {
    flights.Start({.worker = 0,
                   .gradient = gradient,
                   .pace = {.local_steps = tau},
                   .start = 0.0});
    EXPECT_EQ(flights.Next().seconds,
              *tape.Work(0, static_cast<std::uint64_t>(gradient),
                         static_cast<std::uint64_t>(tau)));
    gradient += tau;
  }
}

}  // namespace
}  // namespace tortoise::internal
