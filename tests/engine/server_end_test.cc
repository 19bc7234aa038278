// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How a run on a server ends, and what is left of it.

#include <cmath>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/server_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr double kNever = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Every gradient takes a second.
RunOptions Steady(const Contender& contender, int num_workers) {
  RunOptions options = MakeRunOptions(contender, num_workers, StopRule::kNever);
  options.delay = DelayLaw::Constant(1.0);
  options.stop.seconds = 10.0;
  return options;
}

// Worker w takes seconds[w] for every gradient.
DelaySource PerWorker(const std::vector<double>& seconds) {
  Trace trace;
  for (const double s : seconds) trace.seconds.emplace_back(1000, s);
  return std::make_shared<const Trace>(std::move(trace));
}

std::string Fates(const VirtualRun& run) {
  std::string fates;
  for (const auto& row : run.contributions) fates += ToString(row.fate)[0];
  return fates;
}

// --- Limits ------------------------------------------------------------------

TEST(ServerEnd, CountsArrivalsAtExactlyTheLastSecond) {
  VirtualRun run(Steady({"async"}, 2), 0);
  run.Run();
  EXPECT_EQ(run.summary.termination, Termination::kSeconds);
  EXPECT_EQ(run.summary.seconds, 10.0);
  EXPECT_EQ(run.summary.last_update_seconds, 10.0);
  EXPECT_EQ(run.summary.updates, 20);
  EXPECT_EQ(run.summary.gradients.unfinished, 2);
  EXPECT_EQ(run.server.snapshots().back().updates, 20);
  EXPECT_EQ(run.server.snapshots().back().seconds, 10.0);
}

TEST(ServerEnd, ClipsTheTimeOfAnArrivalThatWasLate) {
  RunOptions options = Steady({"async"}, 1);
  options.stop.seconds = 1.0;
  const std::vector<double> initial = VirtualInitial();
  internal::Server<double> server(options, 0, initial, {});
  internal::Ticket<double> ticket;
  const auto deliver = [&](int, internal::Ticket<double> t) { ticket = t; };
  server.Start(deliver);
  server.Arrive({.release = {.worker = 0},
                 .contribution = {.vector = initial, .loss = 1.0},
                 .computed = 0.5,
                 .nominal = 1.0,
                 .seconds = 1.25},
                deliver);
  EXPECT_FALSE(server.ended());
  EXPECT_EQ(server.updates(), 1);
  EXPECT_EQ(server.records().last_update(), 1.0);
  EXPECT_EQ(ticket.release.released, 1.0);
  EXPECT_EQ(ticket.release.start, 1.0);
}

// Lateness does not pile up: the next contribution of everybody starts when the
// latest of the update should have arrived, plus the round delay.
TEST(ServerEnd, ReleasesFromTheLatestNominalTimeOfTheUpdate) {
  RunOptions options = Steady({"sync"}, 2);
  options.round_delay = DelayLaw::Constant(0.5);
  const std::vector<double> initial = VirtualInitial();
  internal::Server<double> server(options, 0, initial, {});
  std::vector<double> starts;
  const auto deliver = [&](int, const internal::Ticket<double>& t) {
    starts.push_back(t.release.start);
  };
  server.Start(deliver);
  const auto arrive = [&](int worker, double nominal, double seconds) {
    server.Arrive({.release = {.worker = worker},
                   .contribution = {.vector = initial, .loss = 1.0},
                   .computed = 0.0,
                   .nominal = nominal,
                   .seconds = seconds},
                  deliver);
  };
  arrive(1, 2.0, 2.25);
  arrive(0, 1.0, 2.75);
  EXPECT_THAT(starts, ElementsAre(0.0, 0.0, 2.5, 2.5));
}

TEST(ServerEnd, StopsAfterAsManyEpochs) {
  RunOptions options = Steady({"k-sync", {.quorum = 2}}, 3);
  options.batch_size = 5;
  options.stop.epochs = 0.5;
  VirtualRun run(options, /*num_samples=*/100);
  run.Run();
  EXPECT_EQ(run.summary.termination, Termination::kEpochs);
  EXPECT_EQ(run.summary.gradients.applied, 10);
  EXPECT_EQ(run.summary.updates, 5);
}

// --- Divergence --------------------------------------------------------------

TEST(ServerEnd, ANaNLossDivergesWithTheLastFiniteParameters) {
  VirtualRun run(Steady({"sync"}, 2), 0);
  run.loss = [](int worker, std::int64_t gradient) {
    return worker == 1 && gradient == 3 ? kNaN : 1.0;
  };
  run.Run();
  EXPECT_EQ(run.summary.termination, Termination::kDiverged);
  EXPECT_EQ(run.summary.updates, 3);
  EXPECT_EQ(Fates(run), "aaaaaauu");
  EXPECT_EQ(run.parameters,
            Replay<double>(VirtualInitial(), Steady({"sync"}, 2),
                           run.contributions, VirtualContribution)
                .back());
}

TEST(ServerEnd, AnInfiniteParameterDivergesWithTheLastFiniteParameters) {
  for (const Contender& contender : AllPresets()) {
    const RunOptions options = Steady(contender, 3);
    if (options.method.writes_in_place()) continue;
    VirtualRun run(options, 0);
    run.contribute = [](const auto& snapshot, int worker, std::int64_t i) {
      auto x = VirtualContribution(snapshot, worker, i);
      if (i >= 3) x[1] = kNever;
      return x;
    };
    run.Run();
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    EXPECT_GT(run.summary.updates, 0) << contender.protocol;
    const auto models = Replay<double>(VirtualInitial(), options,
                                       run.contributions, run.contribute);
    EXPECT_EQ(run.parameters, models.back()) << contender.protocol;
    for (const double w : run.parameters) EXPECT_TRUE(std::isfinite(w));
    EXPECT_EQ(run.server.snapshots().back().updates, run.summary.updates);
  }
}

// --- Workers that stop for good ----------------------------------------------

RunOptions WithStopped(const Contender& contender,
                       const std::vector<double>& stops_at) {
  RunOptions options = Steady(contender, static_cast<int>(stops_at.size()));
  options.speed.stops_at = stops_at;
  return options;
}

TEST(ServerEnd, AStoppedWorkerEndsSyncAndItsRelatives) {
  for (const Contender& contender :
       {Contender{"sync"}, Contender{"local-sgd", {.local_steps = 1}},
        Contender{"ssp", {.staleness_bound = 1}}}) {
    VirtualRun run(WithStopped(contender, {kNever, 3.5, kNever}), 0);
    run.Run();
    EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
    EXPECT_THAT(run.summary.message, HasSubstr("stopped for good: 1"));
    EXPECT_GE(run.summary.updates, 3) << contender.protocol;
    EXPECT_LT(run.summary.seconds, 10.0);
    EXPECT_EQ(run.Count(Fate::kUnfinished), run.summary.gradients.unfinished);
  }
}

TEST(ServerEnd, TheOthersCarryOnWithoutAStoppedWorker) {
  for (const Contender& contender :
       {Contender{"k-sync", {.quorum = 2}},
        Contender{"k-batch-sync", {.quorum = 2}}, Contender{"async"},
        Contender{"k-async", {.quorum = 2}},
        Contender{"k-batch-async", {.quorum = 2}}}) {
    VirtualRun run(WithStopped(contender, {kNever, 3.5, kNever}), 0);
    run.Run();
    EXPECT_EQ(run.summary.termination, Termination::kSeconds);
    EXPECT_EQ(run.summary.last_update_seconds, 10.0) << contender.protocol;
  }
}

TEST(ServerEnd, EndsWhenTooFewAreLeftForTheQuorum) {
  VirtualRun run(WithStopped({"k-sync", {.quorum = 2}}, {3.5, 3.5, kNever}), 0);
  run.Run();
  EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
  EXPECT_THAT(run.summary.message, HasSubstr("stopped for good: 0, 1"));
  EXPECT_EQ(run.summary.updates, 3);
}

// --- Held workers ------------------------------------------------------------

// s = 0: worker 0 pushes at 1 and is held; worker 1 pushes at 3 and frees it.
// Without a round delay both start at 3; with one of 5 seconds worker 0 starts
// at 6, when it could have started unheld.
TEST(ServerEnd, AHeldWorkerStartsWhenFreedOrWhenItCouldHave) {
  for (const auto& [delay, start] :
       {std::pair(0.0, 3.0), std::pair(1.0, 3.0), std::pair(5.0, 6.0)}) {
    RunOptions options = Steady({"ssp", {.staleness_bound = 0}}, 2);
    options.delay = PerWorker({1.0, 3.0});
    options.round_delay = DelayLaw::Constant(delay);
    options.stop.updates = 3;
    VirtualRun run(options, 0);
    run.Run();
    ASSERT_GE(run.contributions.size(), 3u);
    const ContributionRecord& second = run.contributions[2];
    EXPECT_EQ(second.worker, 0);
    EXPECT_EQ(second.version_read, 2);
    EXPECT_EQ(second.seconds_released, 3.0);
    EXPECT_EQ(second.seconds_started, start);
  }
}

// --- The target loss ---------------------------------------------------------

// The loss of a model is its first parameter, which falls by 1 per update.
struct Falling {
  explicit Falling(RunOptions options)
      : run((options.step_size = 1.0, options), 0,
            [this](std::span<const double> w) {
              ++evaluations;
              return internal::Scores{w[0], kNaN, kNaN};
            }) {
    run.contribute = [](const auto&, int, std::int64_t) {
      return std::vector<double>{1.0, 0.0, 0.0};
    };
  }
  int evaluations = 0;
  VirtualRun run;
};

TEST(ServerEnd, EndsAtTheTargetOnceAnEvaluationConfirmsIt) {
  RunOptions options = Steady({"async"}, 1);
  options.report.snapshots = 100;  // ten per update
  options.stop.target_loss = -4.0;
  Falling falling(options);
  falling.run.loss = [](int, std::int64_t) { return -100.0; };
  falling.run.Run();
  // Version v has loss 0.5 - v; version 5 is the first at the target, and the
  // arrival that would have ended it is left out.
  EXPECT_EQ(falling.run.summary.termination, Termination::kTargetLoss);
  EXPECT_EQ(falling.run.summary.updates, 5);
  EXPECT_EQ(falling.run.parameters[0], -4.5);
  EXPECT_GT(falling.evaluations, 0);
  EXPECT_LE(falling.evaluations, 6);
}

TEST(ServerEnd, IgnoresTheTargetWhileTheEstimateIsAboveIt) {
  RunOptions options = Steady({"async"}, 1);
  options.stop.target_loss = -4.0;
  Falling falling(options);
  falling.run.Run();
  EXPECT_EQ(falling.run.summary.termination, Termination::kSeconds);
  EXPECT_EQ(falling.evaluations, 0);
}

// Two hundred thousand snapshots of a thousand parameters are more than a
// gigabyte: they are evaluated during the run and not kept.
TEST(ServerEnd, EvaluatesSnapshotsThatWouldNotFitInMemory) {
  RunOptions options = Steady({"async"}, 1);
  options.report.snapshots = 200'000;
  options.stop.seconds = 2.5;
  int evaluations = 0;
  internal::Server<double> server(
      options, 0, std::vector<double>(1000), [&](std::span<const double>) {
        return internal::Scores{1.0 * ++evaluations, kNaN, kNaN};
      });
  const auto deliver = [](int, const internal::Ticket<double>&) {};
  server.Start(deliver);
  const std::vector<double> x(1000, 1.0);
  for (const double seconds : {1.0, 2.0}) {
    server.Arrive({.release = {.worker = 0},
                   .contribution = {.vector = x, .loss = 1.0},
                   .computed = 0.0,
                   .nominal = seconds,
                   .seconds = seconds},
                  deliver);
  }
  server.End(Termination::kSeconds, 2.5);
  server.Close();
  EXPECT_EQ(evaluations, 2);
  const auto& rows = server.snapshots();
  ASSERT_GE(rows.size(), 200'001u);
  EXPECT_FALSE(rows[10].model);
  EXPECT_EQ(rows[10].scores->loss, 1.0);
  EXPECT_EQ(rows[100'000].scores->loss, 2.0);
}

}  // namespace
}  // namespace tortoise::testing
