// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/error_bounds.h"

#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

const TheoryConstants kUnit{
    .L = 1.0, .c = 1.0, .sigma_squared = 1.0, .initial_gap = 0.5};

// --- One model, gradients of its own or stale ones ---------------------------

// A one-dimensional quadratic with eight exponential workers: measured gamma
// and the floor of the bound that follows from it.
TEST(ErrorBounds, ReproduceTheFloorsOfAsynchronousRaces) {
  const struct {
    double eta, gamma, floor;
  } kRows[] = {{.01, .130, .00536},
               {.02, .243, .0122},
               {.05, .501, .0445},
               {.08, .681, .105}};
  for (const auto& row : kRows) {
    TheoryConstants constants = kUnit;
    constants.gamma = row.gamma;
    constants.fresh_probability = 1.0 / 8;
    const ErrorBound bound = StronglyConvexBound(
        constants, {.step_size = row.eta, .is_stale = true});
    EXPECT_NEAR(bound.floor / row.floor, 1.0, 6e-3) << row.eta;
    EXPECT_TRUE(bound.condition_holds);
    EXPECT_DOUBLE_EQ(bound.decay, row.eta * (1 - row.gamma + 1.0 / 16));
  }
}

// SGD on a quadratic of one dimension follows
//
//     E e_(j+1) = (1 - eta L)^2 E e_j + eta^2 L sigma^2 / (2 K m)
//
// exactly, which the bound must never be below.
RC_GTEST_PROP(ErrorBounds, AreNeverBelowSgdOnAQuadratic, ()) {
  const double L = *rc::gen::inRange(1, 50) / 10.0;
  const double noise = *rc::gen::inRange(0, 50) / 10.0;
  const double quorum = *rc::gen::inRange(1, 9);
  const double batch = *rc::gen::inRange(1, 33);
  const double gap = *rc::gen::inRange(0, 30) / 3.0;
  const double eta = *rc::gen::inRange(1, 101) / 100.0 / L;
  const TheoryConstants constants{
      .L = L, .c = L, .sigma_squared = noise, .initial_gap = gap};
  const ErrorBound bound = StronglyConvexBound(
      constants, {.step_size = eta, .batch_size = batch, .quorum = quorum});
  RC_ASSERT(bound.condition_holds);
  double error = gap;
  for (int j = 0; j <= 50; ++j) {
    RC_ASSERT(bound.At(j) >= error * (1 - 1e-12));
    error = (1 - eta * L) * (1 - eta * L) * error +
            eta * eta * L * noise / (2 * quorum * batch);
  }
}

TEST(ErrorBounds, InvertThemselves) {
  const ErrorBound bound = StronglyConvexBound(kUnit, {.step_size = 0.1});
  EXPECT_DOUBLE_EQ(bound.At(0), 0.5);
  for (const double error : {0.4, 0.1, 0.051}) {
    const auto updates = bound.UpdatesToReach(error);
    ASSERT_TRUE(updates);
    EXPECT_NEAR(bound.At(*updates), error, 1e-13);
  }
  EXPECT_DOUBLE_EQ(*bound.UpdatesToReach(0.7), 0.0);
  EXPECT_FALSE(bound.UpdatesToReach(bound.floor));

  const GradientBound gradient = NonconvexBound(kUnit, {.step_size = 0.1});
  EXPECT_NEAR(gradient.At(*gradient.UpdatesToReach(0.3)), 0.3, 1e-13);
  EXPECT_FALSE(gradient.UpdatesToReach(gradient.floor));
}

TEST(ErrorBounds, SayWhetherTheStepIsSmallEnough) {
  TheoryConstants constants = kUnit;
  constants.L = 2.0;
  constants.noise_growth = 8.0;  // M_G / (K m) = 1
  constants.gamma = 0.1;
  const auto holds = [&](double eta, bool is_stale) {
    const StepSetting setting{
        .step_size = eta, .batch_size = 4, .quorum = 2, .is_stale = is_stale};
    EXPECT_EQ(NonconvexBound(constants, setting).condition_holds,
              StronglyConvexBound(constants, setting).condition_holds);
    return StronglyConvexBound(constants, setting).condition_holds;
  };
  EXPECT_TRUE(holds(0.25, false));
  EXPECT_FALSE(holds(0.2501, false));
  EXPECT_TRUE(holds(0.125, true));
  EXPECT_FALSE(holds(0.1251, true));
  EXPECT_THAT(StronglyConvexBound(constants, {.step_size = 1}).condition,
              HasSubstr("step size 1 > "));
}

TEST(ErrorBounds, AreVacuousForTooMuchStaleness) {
  TheoryConstants constants = kUnit;
  constants.gamma = 1.2;
  const StepSetting setting{.step_size = 0.1, .is_stale = true};
  EXPECT_EQ(StronglyConvexBound(constants, setting).floor, kInfinity);
  EXPECT_EQ(StronglyConvexBound(constants, setting).At(1e9), kInfinity);
  EXPECT_FALSE(StronglyConvexBound(constants, setting).UpdatesToReach(1));
  EXPECT_EQ(NonconvexBound(constants, setting).At(1e9), kInfinity);
  // Fresh contributions rescue it.
  constants.fresh_probability = 1.0;
  EXPECT_LT(StronglyConvexBound(constants, setting).floor, kInfinity);
}

TEST(ErrorBounds, OfSmoothLossesAreInClosedForm) {
  TheoryConstants constants = kUnit;
  constants.L = 2.0;
  constants.sigma_squared = 3.0;
  const GradientBound bound = NonconvexBound(
      constants, {.step_size = 0.1, .batch_size = 5, .quorum = 2});
  EXPECT_NEAR(bound.transient, 2 * 0.5 / 0.1, 1e-13);
  EXPECT_NEAR(bound.floor, 0.1 * 2 * 3 / 10, 1e-15);
  EXPECT_NEAR(bound.At(100), 0.1 + 0.06, 1e-13);
}

// --- Local steps and mixing --------------------------------------------------

TEST(CooperativeBounds, OfPeriodicAveragingAddTheDiscrepancy) {
  TheoryConstants constants = kUnit;
  constants.L = 2.0;
  const GradientBound bound = CooperativeBound(
      constants, {.num_workers = 4, .local_steps = 10, .step_size = 0.01});
  EXPECT_NEAR(bound.transient, 2 * 0.5 / 0.01, 1e-11);
  // eta L sigma^2 / m + eta^2 L^2 sigma^2 (tau - 1)
  EXPECT_NEAR(bound.floor, 0.02 / 4 + 0.0004 * 9, 1e-15);
  EXPECT_TRUE(bound.condition_holds);  // .02 + .0004 * 90 <= 1
}

TEST(CooperativeBounds, WithoutLocalStepsAreThoseOfSync) {
  const GradientBound mixing = CooperativeBound(
      kUnit, {.num_workers = 8, .step_size = 0.1, .batch_size = 4});
  const GradientBound sync =
      NonconvexBound(kUnit, {.step_size = 0.1, .batch_size = 4, .quorum = 8});
  EXPECT_NEAR(mixing.floor, sync.floor, 1e-15);
  EXPECT_NEAR(mixing.transient, sync.transient, 1e-13);
}

TEST(CooperativeBounds, TradeLocalStepsForConnectivity) {
  // tau = (1 + zeta^2) / (1 - zeta^2) local steps with full averaging cost as
  // much as tau = 1 with zeta.
  const double zeta = std::sqrt(0.5);  // tau = 3
  const GradientBound sparse = CooperativeBound(
      kUnit, {.num_workers = 4, .second_eigenvalue = zeta, .step_size = 0.1});
  const GradientBound averaging = CooperativeBound(
      kUnit, {.num_workers = 4, .local_steps = 3, .step_size = 0.1});
  EXPECT_NEAR(sparse.floor, averaging.floor, 1e-15);
}

TEST(CooperativeBounds, OfAuxiliaryModelsSlowTheMeanDown) {
  const GradientBound bound = CooperativeBound(
      kUnit, {.num_workers = 3, .num_auxiliary = 1, .step_size = 0.1});
  EXPECT_NEAR(bound.transient, 1 / 0.075, 1e-12);
  EXPECT_NEAR(bound.floor, 0.075 / 3, 1e-15);
}

TEST(CooperativeBounds, CheckTheirConditions) {
  const auto holds = [](const TheoryConstants& constants, double tau,
                        double zeta) {
    return CooperativeBound(constants, {.num_workers = 4,
                                        .local_steps = tau,
                                        .second_eigenvalue = zeta,
                                        .step_size = 0.1})
        .condition_holds;
  };
  EXPECT_TRUE(holds(kUnit, 10, 0));   // .1 + .01 * 90 = 1
  EXPECT_FALSE(holds(kUnit, 11, 0));  // .1 + .01 * 110
  EXPECT_TRUE(holds(kUnit, 2, 0.5));  // .1 + .05 * 16 = .9
  EXPECT_FALSE(holds(kUnit, 3, 0.5));
  TheoryConstants growing = kUnit;
  growing.noise_growth = 1.0;
  EXPECT_TRUE(holds(growing, 3, 0));  // .125 + .05 * 16
  EXPECT_FALSE(holds(growing, 4, 0));
}

TEST(ElasticEigenvalue, IsSmallestAtTwoOverMPlusTwo) {
  for (const double m : {1., 2., 3., 4., 8., 16.}) {
    const double best = 2 / (m + 2);
    EXPECT_NEAR(ElasticEigenvalue(m, best), m / (m + 2), 1e-15);
    EXPECT_GT(ElasticEigenvalue(m, best * 1.01), m / (m + 2));
    EXPECT_GT(ElasticEigenvalue(m, best * 0.99), m / (m + 2));
  }
  EXPECT_NEAR(ElasticEigenvalue(8, 8. / 10), 6.2, 1e-13);  // diverges
}

// --- Misuse ------------------------------------------------------------------

TEST(ErrorBounds, NameWhatIsMissing) {
  const StepSetting fresh{.step_size = 0.1};
  const StepSetting stale{.step_size = 0.1, .is_stale = true};
  EXPECT_EQ(MissingConstant({}, fresh), "L");
  EXPECT_EQ(MissingConstant(kUnit, fresh), std::nullopt);
  EXPECT_EQ(MissingConstant(kUnit, stale), "gamma");
  TheoryConstants smooth = kUnit;
  smooth.c.reset();
  EXPECT_EQ(MissingConstant(smooth, fresh), "c");
  EXPECT_EQ(MissingConstant(smooth, fresh, /*is_convex=*/false), std::nullopt);
  EXPECT_THROW((void)StronglyConvexBound(kUnit, stale), std::invalid_argument);
  EXPECT_THROW((void)StronglyConvexBound(smooth, fresh), std::invalid_argument);
}

TEST(ErrorBounds, RefuseConstantsOutOfRange) {
  const auto refuses = [](const TheoryConstants& constants, double eta = 0.1) {
    EXPECT_THROW((void)StronglyConvexBound(constants, {.step_size = eta}),
                 std::invalid_argument);
  };
  TheoryConstants wrong = kUnit;
  wrong.c = 2.0;  // above L
  refuses(wrong);
  wrong = kUnit;
  wrong.L = 0.0;
  refuses(wrong);
  wrong = kUnit;
  wrong.sigma_squared = -1.0;
  refuses(wrong);
  refuses(kUnit, 0.0);
  EXPECT_THROW(
      (void)CooperativeBound(kUnit, {.second_eigenvalue = 1, .step_size = 0.1}),
      std::invalid_argument);
}

}  // namespace
}  // namespace tortoise
