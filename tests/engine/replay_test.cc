// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// A run on threads is a function of its order of events: what the rows of its
// contributions say, done again in a slow loop, gives the same bits.

#include <memory>
#include <span>
#include <vector>

#include "core/text.h"
#include "engine/run_testing.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

template <typename T>
void ExpectReplayable(AnyObjective<T>& objective, const RunOptions& options) {
  const RunResult<T> run = RunAndRecord<T>(objective, options);
  ASSERT_EQ(run.summary.updates, options.stop.updates);
  const auto models =
      Replay<T>(std::vector<T>(objective.num_parameters()), options,
                run.contributions, SlowContribution<T>(objective, options));
  ASSERT_EQ(models.size(), static_cast<std::size_t>(options.stop.updates) + 1);
  EXPECT_EQ(run.w, models.back());
  EXPECT_EQ(run.summary.parameters_checksum,
            Fnv1a(std::as_bytes(std::span(models.back()))));
  // The loss curve is that of the models, too.
  for (const CurvePoint& point : run.summary.curve) {
    const auto& model = models[static_cast<std::size_t>(point.updates)];
    if (objective.num_samples() > 0) continue;
    EXPECT_EQ(point.loss,
              objective.Loss(AlignedVector<T>(model.begin(), model.end()), {}));
  }
}

TEST(Replay, OfEveryCoordinatedPresetGivesTheSameBits) {
  for (const Contender& contender : AllPresets()) {
    const RunOptions options = MakeRunOptions(contender, 4, 80);
    if (options.method.writes_in_place()) continue;
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<double>({});
    ExpectReplayable<double>(*objective, options);
  }
}

TEST(Replay, GivesTheSameBitsInFloat) {
  for (const Contender& contender :
       {Contender{"k-batch-async", {.quorum = 3}},
        Contender{"local-sgd", {.local_steps = 4}}}) {
    SCOPED_TRACE(contender.protocol);
    const auto objective = MakeQuadratic<float>({});
    ExpectReplayable<float>(*objective, MakeRunOptions(contender, 3, 80));
  }
}

TEST(Replay, HoldsWithRoundDelaysBurstsAndExtraDelays) {
  RunOptions options = MakeRunOptions({"k-sync", {.quorum = 2}}, 3, 60);
  options.round_delay = DelayLaw::Exponential(5e-4);
  options.delay_mode = DelayMode::kExtra;
  options.speed.speed = {1.0, 0.5, 2.0};
  options.speed.bursts = Bursts{
      .speed = 0.2, .mean_normal_seconds = 0.005, .mean_slow_seconds = 0.002};
  const auto objective = MakeQuadratic<double>({});
  ExpectReplayable<double>(*objective, options);
}

TEST(Replay, HoldsOnSparseDataWithShuffledSamples) {
  const auto data =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 500, .columns = 40, .nonzeros = 5}));
  const auto objective =
      MakeStockObjective<double>("logistic", data, {.l2 = 1e-3}, *data);
  RunOptions options = MakeRunOptions({"async"}, 3, 100);
  options.batch_size = 16;
  options.sampling = Sampling::kShuffled;
  options.delay = DelayLaw::Constant(0.0);
  ExpectReplayable<double>(*objective, options);
}

// --- One worker --------------------------------------------------------------

TEST(OneWorker, UnderAsyncIsPlainSgdBitForBit) {
  const auto objective = MakeQuadratic<double>({});
  RunOptions options = MakeRunOptions({"async"}, 1, 200);
  options.batch_size = 4;
  const auto run = RunAndRecord<double>(*objective, options);
  EXPECT_EQ(run.w, PlainSgd(*objective, options, 200));
}

// --- Many workers as one -----------------------------------------------------

// The mean of P means over B samples is the mean over all P B of them. Each
// gradient sums some 100 rounded terms of size 1 in another order, so two runs
// of 50 contracting steps stay within 50 * 100 * 2^-53 < 1e-12.
TEST(Sync, EqualsOneWorkerWithTheUnionOfTheBatches) {
  constexpr int kWorkers = 4;
  constexpr int kUpdates = 50;
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 300, .columns = 6}));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {.l2 = 0.01}, *data);
  RunOptions options = MakeRunOptions({"sync"}, kWorkers, kUpdates);
  options.batch_size = 8;
  const auto run = RunAndRecord<double>(*objective, options);

  internal::Sampler sampler(options, data->num_rows());
  AlignedVector<double> w(6);
  AlignedVector<double> g(6);
  for (int i = 0; i < kUpdates; ++i) {
    std::vector<Sample> all;
    for (int worker = 0; worker < kWorkers; ++worker) {
      for (const Sample s : sampler.Draw(worker, i)) all.push_back(s);
    }
    objective->Gradient(w, all, g);
    for (std::size_t k = 0; k < w.size(); ++k) w[k] -= options.step_size * g[k];
  }
  for (std::size_t k = 0; k < w.size(); ++k) {
    EXPECT_NEAR(run.w[k], w[k], 1e-12);
  }
}

// A mini-batch of several chunks is their weighted mean: 1,000 terms of size 1
// rounded in another order, a single step.
TEST(Chunks, MakeTheGradientOfTheWholeBatch) {
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 3000, .columns = 4}));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {}, *data);
  RunOptions options = MakeRunOptions({"async"}, 1, 1);
  options.batch_size = 1000;
  const auto run = RunAndRecord<double>(*objective, options);

  internal::Sampler sampler(options, data->num_rows());
  AlignedVector<double> g(4);
  objective->Gradient(AlignedVector<double>(4), sampler.Draw(0, 0), g);
  for (std::size_t k = 0; k < g.size(); ++k) {
    EXPECT_NEAR(run.w[k], -options.step_size * g[k], 1e-13);
  }
}

}  // namespace
}  // namespace tortoise::testing
