// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// hogwild on real threads: every memory policy, sparse and dense.

#include <algorithm>
#include <cmath>
#include <memory>
#include <set>
#include <span>
#include <vector>

#include "engine/run_testing.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

constexpr int kWorkers = 4;
constexpr MemoryPolicy kPolicies[] = {
    MemoryPolicy::kLossy, MemoryPolicy::kAtomic, MemoryPolicy::kSharded,
    MemoryPolicy::kLocked};

RunOptions Hogwild(std::int64_t updates, MemoryPolicy policy, int tau = 1) {
  RunOptions options =
      MakeRunOptions({"hogwild", {.local_steps = tau}}, kWorkers, updates);
  options.method.aggregation = InPlace{policy};
  options.delay = DelayLaw::Constant(0.0);
  return options;
}

// The gradient is 1 in every coordinate, and steps are 1: after u updates all
// parameters are -u, exactly, unless some were lost.
class DenseOnes {
 public:
  std::size_t num_parameters() const { return 3000; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float> w, Batch) const { return w[0]; }
  double Gradient(std::span<const float> w, Batch, std::span<float> gradient) {
    std::ranges::fill(gradient, 1.0f);
    return w[0];
  }
};

class SparseOnes {
 public:
  std::size_t num_parameters() const { return 3000; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float> w, Batch) const { return w[0]; }
  double Gradient(SparseView<float>& view, Batch) const {
    for (const std::size_t j : {0, 1500, 2999}) view.Add(j, 1.0f);
    return view.Load(0);
  }
};

void CheckCounts(const RunResult<float>& run, std::int64_t updates) {
  EXPECT_EQ(run.summary.termination, Termination::kUpdates);
  EXPECT_GE(run.summary.updates, updates);
  EXPECT_LT(run.summary.updates, updates + kWorkers);
  EXPECT_EQ(run.Count(Fate::kApplied), run.summary.updates);
  EXPECT_EQ(run.Count(Fate::kUnfinished), run.summary.gradients.unfinished);
  EXPECT_EQ(run.summary.gradients.cancelled, 0);
  std::set<std::int64_t> versions;
  for (const auto& row : run.contributions) {
    if (row.fate != Fate::kApplied) continue;
    EXPECT_LE(row.version_read, row.version_counted);
    versions.insert(row.version_counted);
  }
  EXPECT_EQ(versions.size(), static_cast<std::size_t>(run.summary.updates));
  EXPECT_EQ(*versions.rbegin(), run.summary.updates - 1);
}

TEST(InPlace, CountsAddUpAndNothingIsLostUnlessLossy) {
  constexpr std::int64_t kUpdates = 400;
  const auto dense = Erase<float>(DenseOnes());
  const auto sparse = Erase<float>(SparseOnes());
  for (const MemoryPolicy policy : kPolicies) {
    for (const auto* objective : {dense.get(), sparse.get()}) {
      SCOPED_TRACE(ToString(policy));
      RunOptions options = Hogwild(kUpdates, policy);
      options.step_size = 1.0;
      const auto run = RunAndRecord<float>(*objective, options);
      CheckCounts(run, kUpdates);
      const float all = -static_cast<float>(run.summary.updates);
      for (const std::size_t j : {0, 1, 1500, 1501, 2999}) {
        const bool is_written = objective == dense.get() || j % 1500 != 1;
        if (!is_written) {
          EXPECT_EQ(run.w[j], 0.0f);
        } else if (policy == MemoryPolicy::kLossy) {
          EXPECT_GE(run.w[j], all);
          EXPECT_LE(run.w[j], -1.0f);
        } else {
          EXPECT_EQ(run.w[j], all);
        }
      }
    }
  }
}

// With tau local steps a contribution is the change, -tau here.
TEST(InPlace, AddsTheChangeAfterLocalSteps) {
  constexpr int kTau = 3;
  for (const bool is_sparse : {false, true}) {
    const auto objective =
        is_sparse ? Erase<float>(SparseOnes()) : Erase<float>(DenseOnes());
    RunOptions options = Hogwild(100, MemoryPolicy::kAtomic, kTau);
    options.step_size = 1.0;
    const auto run = RunAndRecord<float>(*objective, options);
    EXPECT_EQ(run.w[0], -static_cast<float>(kTau * run.summary.updates));
    EXPECT_EQ(run.summary.gradients.applied, kTau * run.summary.updates);
  }
}

// Both optima are interior and the steps far below the stable ones, so a
// thousand updates in any order leave next to nothing of what there is to gain:
// the same number of steps of one worker says what that is.
TEST(InPlace, LearnsUnderEveryPolicySparseAndDense) {
  const auto sparse_data =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 400, .columns = 60, .nonzeros = 5}));
  const auto dense_data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 400, .columns = 5}));
  const auto sparse = MakeStockObjective<double>("logistic", sparse_data,
                                                 {.l2 = 1e-3}, *sparse_data);
  const auto dense =
      MakeStockObjective<double>("least-squares", dense_data, {}, *dense_data);
  for (const auto* objective : {sparse.get(), dense.get()}) {
    RunOptions alone = MakeRunOptions({"async"}, 1, 1000);
    alone.clock = Clock::kVirtual;
    alone.batch_size = 8;
    const Summary plain = RunAndRecord<double>(*objective, alone).summary;
    const double gain = plain.initial_loss() - plain.final_loss();
    EXPECT_GT(gain, 0.1 * plain.initial_loss());
    for (const MemoryPolicy policy : kPolicies) {
      SCOPED_TRACE(ToString(policy));
      RunOptions options = Hogwild(1000, policy);
      options.batch_size = 8;
      const Summary run = RunAndRecord<double>(*objective, options).summary;
      EXPECT_GT(run.initial_loss() - run.final_loss(), 0.8 * gain);
    }
  }
}

// The snapshot of time 0 is the initial model, however long the thread that
// takes snapshots needs to get going.
TEST(InPlace, BeginsItsCurveWithTheInitialModel) {
  const auto objective = Erase<float>(DenseOnes());
  for (int again = 0; again < 20; ++again) {
    RunOptions options = Hogwild(50, MemoryPolicy::kAtomic);
    options.seed = static_cast<std::uint64_t>(again);
    const auto run = RunAndRecord<float>(*objective, options);
    ASSERT_EQ(run.summary.curve.front().seconds, 0.0);
    EXPECT_EQ(run.summary.curve.front().updates, 0);
    EXPECT_EQ(run.summary.curve.front().loss, 0.0);
  }
}

// Nothing is written while a snapshot is taken, so with nothing lost its loss
// tells the number of updates in it.
TEST(InPlace, SnapshotsAreModelsBetweenUpdates) {
  const auto objective = Erase<float>(DenseOnes());
  RunOptions options = Hogwild(2000, MemoryPolicy::kAtomic);
  options.step_size = 1.0;
  options.delay = DelayLaw::Exponential(1e-4);
  options.report.snapshots = 50;
  const auto run = RunAndRecord<float>(*objective, options);
  for (const CurvePoint& point : run.summary.curve) {
    EXPECT_EQ(point.loss, -static_cast<double>(point.updates));
    EXPECT_EQ(point.gradients, point.updates);
  }
}

TEST(InPlace, OneWorkerIsPlainSgdBitForBit) {
  const auto objective = MakeQuadratic<double>({});
  for (const MemoryPolicy policy : kPolicies) {
    RunOptions options = MakeRunOptions({"hogwild"}, 1, 100);
    options.method.aggregation = InPlace{policy};
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.w, PlainSgd(*objective, options, 100));
  }
}

TEST(InPlace, KeepsRowsInOrderOfArrival) {
  RunOptions options = Hogwild(500, MemoryPolicy::kLossy);
  const auto objective = MakeQuadratic<double>({});
  const auto run = RunAndRecord<double>(*objective, options);
  bool has_ended = false;
  double last = 0.0;
  for (const auto& row : run.contributions) {
    if (row.fate == Fate::kUnfinished) {
      has_ended = true;
      continue;
    }
    EXPECT_FALSE(has_ended);
    EXPECT_GE(row.seconds_arrived, last);
    last = row.seconds_arrived;
  }
  EXPECT_EQ(run.summary.last_update_seconds, last);
}

}  // namespace
}  // namespace tortoise::testing
