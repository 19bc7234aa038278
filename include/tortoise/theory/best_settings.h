// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>

#include "tortoise/theory/error_bounds.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise {

/// Upper bounds of one racer as a function of seconds, by way of the updates
/// that it is expected to make in them.
struct SecondsBound {
  ErrorBound bound;
  double seconds_per_update = 0.0;  // expected, or an upper bound of that

  [[nodiscard]] double At(double seconds) const {
    return bound.At(seconds / seconds_per_update);
  }
  [[nodiscard]] std::optional<double> SecondsToReach(double error) const;
};

/// The strongly convex bound of a racer with the server mean and tau = 1, its
/// quorum and staleness read off `model`. p0 is the constant, or else what
/// `ExpectedFreshFraction` knows. Nothing without an upper bound of the seconds
/// per update, with tau > 1, or for writes in place. Throws
/// std::invalid_argument for a missing constant.
[[nodiscard]] std::optional<SecondsBound> BoundInSeconds(
    const RuntimeModel& model, const TheoryConstants& constants,
    double step_size, double batch_size);

/// A quorum K and what the bound says of it.
struct BestQuorum {
  int quorum = 1;
  double bound = 0.0;  // the error at the horizon, or seconds to the target
};

/// The K in 1 ... P with the smallest bound at `seconds`. With P > 100 about a
/// hundred of them are tried, in equal ratios. K whose step-size condition
/// fails are left out; nothing if none is left.
[[nodiscard]] std::optional<BestQuorum> BestQuorumAt(
    const RuntimeModel& model, const TheoryConstants& constants,
    double step_size, double batch_size, double seconds);

/// The K with which the bound reaches `error` first.
[[nodiscard]] std::optional<BestQuorum> BestQuorumToReach(
    const RuntimeModel& model, const TheoryConstants& constants,
    double step_size, double batch_size, double error);

/// A number of local steps and what the bound says of it.
struct BestLocalSteps {
  int local_steps = 1;  // the best whole number
  double bound = 0.0;   // mean squared gradient at the horizon
  bool condition_holds = false;
  // sqrt(2 (F(w_0) - min F) E[D] / (eta^3 L^2 s^2 T)), at least 1, for a mean
  // of tau draws that does not depend on tau; infinity without noise.
  double formula = 1.0;
};

/// tau of periodic averaging for a run of T = `seconds`, minimising
///
///     transient E[T(tau)] / (tau T) + floor(tau)
///
/// of `CooperativeBound` over 1 ... `most` by halving, as a function that falls
/// and then rises. `model` is that of a local-sgd racer; its own tau does not
/// matter. Only tau that fulfil the condition are taken, if any does. Nothing
/// where E[T] is unknown. Throws std::invalid_argument for a missing constant.
///
/// Reference: Wang, Joshi, "Adaptive Communication Strategies to Achieve the
/// Best Error-Runtime Trade-off in Local-Update SGD", SysML 2019.
[[nodiscard]] std::optional<BestLocalSteps> BestLocalStepsAt(
    const RuntimeModel& model, const TheoryConstants& constants,
    double step_size, double batch_size, double seconds, int most = 1000);

}  // namespace tortoise
