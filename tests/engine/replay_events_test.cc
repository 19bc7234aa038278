// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// A run replayed from its events ends with the same bits.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <utility>
#include <vector>

#include "core/text.h"
#include "engine/replay_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

using ::testing::ThrowsMessage;

constexpr double kNever = std::numeric_limits<double>::infinity();

// Runs, replays what was recorded and compares bits. Returns the run.
template <typename T>
RunResult<T> ExpectReplayed(const AnyObjective<T>& objective,
                            RunOptions options, std::stop_token stop = {}) {
  options.report.events = true;
  RunResult<T> run = RunAndRecord<T>(objective, options, std::move(stop));
  std::vector<T> w;
  const ReplayResult replay =
      ReplayFromZeros<T>(objective, options, run.events, w);
  EXPECT_FALSE(replay.interrupted);
  EXPECT_EQ(replay.updates, run.summary.updates);
  EXPECT_EQ(replay.gradients, run.summary.gradients.applied);
  EXPECT_EQ(replay.parameters_checksum, run.summary.parameters_checksum);
  EXPECT_EQ(w, run.w);
  EXPECT_EQ(replay.loss, run.summary.final_loss());
  return run;
}

// --- Real threads ------------------------------------------------------------

TEST(ReplayOfThreads, OfEveryCoordinatedPresetGivesTheSameBits) {
  for (const Contender& contender : AllPresets()) {
    const RunOptions options = MakeRunOptions(contender, 4, 80);
    if (options.method.writes_in_place()) continue;
    SCOPED_TRACE(contender.protocol);
    const auto run =
        ExpectReplayed<double>(*MakeQuadratic<double>({}), options);
    EXPECT_EQ(run.summary.updates, 80);
  }
}

TEST(ReplayOfThreads, HoldsInFloatOnDenseDataInSeveralChunks) {
  const auto data =
      std::make_shared<const Dataset>(GenerateDigits({.rows = 300}));
  const auto objective =
      MakeStockObjective<float>("softmax", data, {.l2 = 1e-3}, *data);
  for (const Contender& contender :
       {Contender{"k-sync", {.quorum = 2}}, Contender{"async"},
        Contender{"k-batch-async", {.quorum = 5}},
        Contender{"local-sgd", {.local_steps = 4}}}) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeRunOptions(contender, 3, 30);
    options.batch_size = contender.protocol == "async" ? 600 : 16;
    ExpectReplayed<float>(*objective, options);
  }
}

TEST(ReplayOfThreads, HoldsOnSparseDataWithShuffledSamples) {
  const auto data =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 500, .columns = 40, .nonzeros = 5}));
  const auto objective =
      MakeStockObjective<double>("logistic", data, {.l2 = 1e-3}, *data);
  RunOptions options = MakeRunOptions({"ssp", {.staleness_bound = 2}}, 3, 100);
  options.batch_size = 16;
  options.sampling = Sampling::kShuffled;
  options.delay = DelayLaw::Constant(0.0);
  ExpectReplayed<double>(*objective, options);
}

TEST(ReplayOfThreads, HoldsWithBurstsRoundDelaysAndAStoppedWorker) {
  RunOptions options = MakeRunOptions({"k-batch-async", {.quorum = 2}}, 4, 60);
  options.round_delay = DelayLaw::Exponential(5e-4);
  options.delay_mode = DelayMode::kExtra;
  options.speed.speed = {1.0, 0.5, 2.0, 1.0};
  options.speed.bursts = Bursts{
      .speed = 0.2, .mean_normal_seconds = 0.005, .mean_slow_seconds = 0.002};
  options.speed.stops_at = {0.01, kNever, kNever, kNever};
  ExpectReplayed<double>(*MakeQuadratic<double>({}), options);
}

TEST(ReplayOfThreads, HoldsIfNobodyCanPushAnyMore) {
  RunOptions options = MakeRunOptions({"sync"}, 3, 1000);
  options.speed.stops_at = {0.02, kNever, kNever};
  const auto run = ExpectReplayed<double>(*MakeQuadratic<double>({}), options);
  EXPECT_EQ(run.summary.termination, Termination::kWorkerStopped);
}

// Steps of 1e60 lead from 0 to infinity within a few updates.
TEST(ReplayOfThreads, OfADivergedRunEndsWithItsLastFiniteModel) {
  for (const Contender& contender :
       {Contender{"async"}, Contender{"k-async", {.quorum = 2}}}) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeRunOptions(contender, 3, 1000);
    options.step_size = 1e60;
    const auto run =
        ExpectReplayed<double>(*MakeQuadratic<double>({}), options);
    EXPECT_EQ(run.summary.termination, Termination::kDiverged);
    EXPECT_GT(run.summary.updates, 0);
  }
}

TEST(ReplayOfThreads, HoldsForAnInterruptedRun) {
  std::stop_source stop;
  RunOptions options =
      MakeRunOptions({"k-async", {.quorum = 2}}, 3, StopRule::kNever);
  options.stop.seconds = 60.0;
  const std::jthread caller([&stop] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    stop.request_stop();
  });
  const auto run = ExpectReplayed<double>(*MakeQuadratic<double>({}), options,
                                          stop.get_token());
  EXPECT_EQ(run.summary.termination, Termination::kInterrupted);
}

// Throws once, in the last of the calls that are left.
class Brittle {
 public:
  explicit Brittle(std::shared_ptr<std::atomic<int>> calls_left)
      : calls_left_(std::move(calls_left)) {}
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const { return w[0]; }
  double Gradient(std::span<const double> w, Batch batch,
                  std::span<double> gradient) {
    if (calls_left_->fetch_sub(1) == 1) throw std::runtime_error("brittle");
    gradient[0] = w[0] + static_cast<double>(batch[0] % 1024);
    return 1.0;
  }

 private:
  std::shared_ptr<std::atomic<int>> calls_left_;
};

TEST(ReplayOfThreads, HoldsForARunThatAnExceptionEnded) {
  const auto calls_left = std::make_shared<std::atomic<int>>(20);
  const auto run = ExpectReplayed<double>(*Erase<double>(Brittle(calls_left)),
                                          MakeRunOptions({"async"}, 3, 1000));
  EXPECT_EQ(run.summary.termination, Termination::kWorkerFailed);
}

// --- What a replay tells -----------------------------------------------------

TEST(Replay, RethrowsWhatTheObjectiveThrows) {
  const RunOptions options = MakeRunOptions({"async"}, 3, 50);
  const auto calls_left = std::make_shared<std::atomic<int>>(20);
  std::vector<double> w;
  EXPECT_THAT(
      [&] {
        ReplayFromZeros<double>(*Erase<double>(Brittle(calls_left)), options,
                                Record(options), w);
      },
      ThrowsMessage<std::runtime_error>("brittle"));
}

TEST(Replay, StopsAfterAnUpdateWhenAsked) {
  const RunOptions options = MakeRunOptions({"k-async", {.quorum = 2}}, 3, 50);
  const Events events = Record(options);
  std::stop_source stop;
  stop.request_stop();
  std::vector<double> w;
  const ReplayResult result = ReplayFromZeros<double>(
      *Small(), options, events, w, nullptr, stop.get_token());
  EXPECT_TRUE(result.interrupted);
  EXPECT_EQ(result.updates, 1);
  EXPECT_EQ(result.gradients, 2);
  EXPECT_EQ(w, FollowSlowly<double>(*Small(), options, events)[1]);
}

TEST(Replay, OfNoEventsLeavesTheInitialParameters) {
  std::vector<double> w = {1.0, 2.0, 3.0};
  const ReplayResult result = tortoise::Replay<double>(
      *Small(), MakeRunOptions({"sync"}, 2, 5), {}, std::span<double>(w));
  EXPECT_EQ(result.updates, 0);
  EXPECT_EQ(w, (std::vector<double>{1.0, 2.0, 3.0}));
  EXPECT_EQ(result.parameters_checksum, Fnv1a(std::as_bytes(std::span(w))));
}

class Watcher final : public UpdateProbe<double> {
 public:
  void OnContribution(std::int64_t version, std::span<const double> model,
                      std::int64_t version_read,
                      std::span<const double> snapshot) override {
    seen.push_back({version,
                    {model.begin(), model.end()},
                    version_read,
                    {snapshot.begin(), snapshot.end()}});
  }
  struct Seen {
    std::int64_t version;
    std::vector<double> model;
    std::int64_t version_read;
    std::vector<double> snapshot;
  };
  std::vector<Seen> seen;
};

TEST(Replay, ShowsEveryContributionToAProbe) {
  for (const Contender& contender :
       {Contender{"async"}, Contender{"k-batch-async", {.quorum = 3}}}) {
    SCOPED_TRACE(contender.protocol);
    const RunOptions options = MakeRunOptions(contender, 4, 40);
    const Events events = Record(options);
    Watcher watcher;
    std::vector<double> w;
    const ReplayResult result =
        ReplayFromZeros<double>(*Small(), options, events, w, &watcher);
    const auto models = FollowSlowly<double>(*Small(), options, events);
    ASSERT_EQ(static_cast<std::int64_t>(watcher.seen.size()), result.gradients);
    auto seen = watcher.seen.begin();
    std::int64_t version = 0;
    for (const EventRecord& event : events) {
      if (seen == watcher.seen.end()) break;
      version += event.kind == EventKind::kUpdate ? 1 : 0;
      if (event.kind != EventKind::kArrival) continue;
      EXPECT_EQ(seen->version, version);
      EXPECT_EQ(seen->version_read, event.version);
      EXPECT_EQ(seen->model, models[static_cast<std::size_t>(version)]);
      EXPECT_EQ(seen->snapshot,
                models[static_cast<std::size_t>(event.version)]);
      ++seen;
    }
  }
}

}  // namespace
}  // namespace tortoise::testing
