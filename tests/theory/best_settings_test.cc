// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/best_settings.h"

#include <cmath>
#include <optional>
#include <string>

#include "gtest/gtest.h"
#include "tortoise/protocol/presets.h"

namespace tortoise {
namespace {

const TheoryConstants kConstants{
    .L = 1.0, .c = 0.1, .sigma_squared = 1.0, .initial_gap = 1.0, .gamma = 0.3};

RuntimeModel Model(const std::string& protocol, int workers,
                   const MethodSettings& settings = {}) {
  return {.method = MakeMethod(protocol, workers, settings),
          .delay = DelayLaw::Exponential(1)};
}

// --- A bound over seconds ----------------------------------------------------

TEST(BoundInSeconds, IsTheBoundOverUpdates) {
  const auto sync = BoundInSeconds(Model("sync", 8), kConstants, 0.1, 1);
  ASSERT_TRUE(sync);
  const ErrorBound bound =
      StronglyConvexBound(kConstants, {.step_size = 0.1, .quorum = 8});
  const double harmonic = 761. / 280;
  EXPECT_NEAR(sync->seconds_per_update, harmonic, 1e-13);
  EXPECT_NEAR(sync->At(10 * harmonic), bound.At(10), 1e-13);
  EXPECT_NEAR(*sync->SecondsToReach(0.9), *bound.UpdatesToReach(0.9) * harmonic,
              1e-10);
}

TEST(BoundInSeconds, TakesTheFreshFractionFromTheory) {
  const auto async = BoundInSeconds(Model("async", 8), kConstants, 0.1, 1);
  ASSERT_TRUE(async);
  EXPECT_DOUBLE_EQ(async->bound.decay, 0.1 * 0.1 * (1 - 0.3 + 1.0 / 16));
}

// At the same step size, async falls faster and ends higher.
TEST(BoundInSeconds, ShowsTheTradeOff) {
  const auto sync = BoundInSeconds(Model("sync", 8), kConstants, 0.05, 1);
  const auto async = BoundInSeconds(Model("async", 8), kConstants, 0.05, 1);
  EXPECT_LT(async->At(20), sync->At(20));
  EXPECT_GT(async->bound.floor, sync->bound.floor);
  EXPECT_GT(async->At(1e4), sync->At(1e4));
}

TEST(BoundInSeconds, IsNothingWhereTheoryIsSilent) {
  EXPECT_FALSE(BoundInSeconds(Model("hogwild", 8), kConstants, 0.1, 1));
  EXPECT_FALSE(BoundInSeconds(Model("local-sgd", 8, {.local_steps = 2}),
                              kConstants, 0.1, 1));
  RuntimeModel pareto = Model("sync", 8);
  pareto.delay = DelayLaw::Pareto(1, 0.9);
  EXPECT_FALSE(BoundInSeconds(pareto, kConstants, 0.1, 1));
}

// --- The best quorum ---------------------------------------------------------

TEST(BestQuorum, IsTheBestOfAllOfThem) {
  for (const char* protocol : {"k-sync", "k-async", "k-batch-async"}) {
    for (const double seconds : {1., 30., 300., 1e5}) {
      const auto best = BestQuorumAt(Model(protocol, 12, {.quorum = 1}),
                                     kConstants, 0.1, 1, seconds);
      ASSERT_TRUE(best);
      for (int k = 1; k <= 12; ++k) {
        const auto other = BoundInSeconds(Model(protocol, 12, {.quorum = k}),
                                          kConstants, 0.1, 1);
        if (!other->bound.condition_holds) continue;
        EXPECT_LE(best->bound, other->At(seconds));
        if (k == best->quorum) {
          EXPECT_DOUBLE_EQ(best->bound, other->At(seconds));
        }
      }
    }
  }
}

// Little time asks for many updates, much time for little noise.
TEST(BestQuorum, GrowsWithTheHorizon) {
  const RuntimeModel model = Model("k-sync", 16, {.quorum = 1});
  int before = 0;
  for (const double seconds : {2., 5., 20., 50., 100., 500., 1e5}) {
    const auto best = BestQuorumAt(model, kConstants, 0.1, 1, seconds);
    EXPECT_GE(best->quorum, before) << seconds;
    before = best->quorum;
  }
  EXPECT_EQ(BestQuorumAt(model, kConstants, 0.1, 1, 2)->quorum, 1);
  EXPECT_EQ(before, 16);
}

TEST(BestQuorum, ReachesTheTargetFirst) {
  const RuntimeModel model = Model("k-batch-async", 10, {.quorum = 1});
  const auto best = BestQuorumToReach(model, kConstants, 0.1, 1, 2.0);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->bound, 0.0);  // it is there already
  const auto close = BestQuorumToReach(model, kConstants, 0.1, 1, 0.9);
  const auto closer = BestQuorumToReach(model, kConstants, 0.1, 1, 0.75);
  ASSERT_TRUE(close && closer);
  EXPECT_LT(close->bound, closer->bound);
  // Below the floor of every quorum.
  EXPECT_FALSE(BestQuorumToReach(model, kConstants, 0.1, 1, 1e-3));
}

TEST(BestQuorum, OfThousandsOfWorkersIsFoundAmongAHundred) {
  const auto best = BestQuorumAt(Model("k-sync", 5000, {.quorum = 1}),
                                 kConstants, 0.1, 1, 1e6);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->quorum, 5000);
}

TEST(BestQuorum, LeavesOutWhatTheStepForbids) {
  EXPECT_FALSE(
      BestQuorumAt(Model("k-sync", 4, {.quorum = 1}), kConstants, 1.5, 1, 100));
}

// --- The best number of local steps ------------------------------------------

RuntimeModel Averaging(double round_delay) {
  RuntimeModel model = Model("local-sgd", 16, {.local_steps = 1});
  model.round_delay = DelayLaw::Constant(round_delay);
  return model;
}

double AveragingBound(const RuntimeModel& model, int tau, double eta,
                      double seconds) {
  RuntimeModel with_tau = model;
  with_tau.method.local_steps = tau;
  const GradientBound bound =
      CooperativeBound(kConstants, {.num_workers = 16,
                                    .local_steps = static_cast<double>(tau),
                                    .step_size = eta});
  return bound.At(seconds / *ExpectedSecondsPerUpdate(with_tau).value * tau);
}

TEST(BestLocalSteps, AreTheBestOfAllOfThem) {
  const RuntimeModel model = Averaging(2);
  for (const double seconds : {100., 1000., 10'000.}) {
    const auto best = BestLocalStepsAt(model, kConstants, 0.02, 1, seconds);
    ASSERT_TRUE(best);
    EXPECT_TRUE(best->condition_holds);
    EXPECT_NEAR(best->bound,
                AveragingBound(model, best->local_steps, 0.02, seconds),
                1e-12 * best->bound);
    // (tau with the condition: eta L + eta^2 L^2 tau (tau - 1) <= 1.)
    for (int tau = 1; tau <= 49; ++tau) {
      EXPECT_LE(best->bound,
                AveragingBound(model, tau, 0.02, seconds) * (1 + 1e-12));
    }
  }
}

TEST(BestLocalSteps, FollowTheFormulaForConstantDelays) {
  RuntimeModel model = Averaging(3);
  model.delay = DelayLaw::Constant(1);
  for (const double seconds : {1000., 4000., 100'000.}) {
    const auto best = BestLocalStepsAt(model, kConstants, 0.01, 1, seconds);
    ASSERT_TRUE(best);
    const double formula = std::max(1.0, std::sqrt(2 * 3 / (1e-6 * seconds)));
    EXPECT_NEAR(best->formula, formula, 1e-9 * formula);
    EXPECT_NEAR(best->local_steps, formula, 1.0);
  }
}

TEST(BestLocalSteps, AreOneWithoutCommunicationOrInTheLongRun) {
  RuntimeModel constant = Averaging(0);
  constant.delay = DelayLaw::Constant(1);
  EXPECT_EQ(BestLocalStepsAt(constant, kConstants, 0.1, 1, 10)->local_steps, 1);
  EXPECT_EQ(BestLocalStepsAt(constant, kConstants, 0.1, 1, 10)->formula, 1.0);
  EXPECT_EQ(
      BestLocalStepsAt(Averaging(5), kConstants, 0.1, 1, 1e9)->local_steps, 1);
}

TEST(BestLocalSteps, StayWithinTheCondition) {
  // Hardly any noise: only the condition limits tau, eta^2 L^2 tau (tau - 1)
  // <= 1 - eta L.
  TheoryConstants quiet = kConstants;
  quiet.sigma_squared = 1e-12;
  const auto best = BestLocalStepsAt(Averaging(5), quiet, 0.1, 1, 100);
  ASSERT_TRUE(best);
  EXPECT_EQ(best->local_steps, 10);
}

}  // namespace
}  // namespace tortoise
