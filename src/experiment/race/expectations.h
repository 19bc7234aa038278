// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tortoise/engine/options.h"
#include "tortoise/experiment/experiment.h"
#include "tortoise/theory/best_settings.h"
#include "tortoise/theory/error_bounds.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise {

/// What the times of a run follow from, for `ExpectedSecondsPerUpdate` and its
/// like. On real threads computing is left out: delays are assumed to hide it.
[[nodiscard]] RuntimeModel MakeRuntimeModel(const RunOptions& options);

/// What [theory] says, and for `quadratic` what follows from its definition: L,
/// c, sigma_squared and initial_gap = F(0) = sum of lambda_k / 2.
[[nodiscard]] TheoryConstants KnownConstants(const Experiment& experiment);

/// What theory says of one racer before it runs.
struct RacerExpectation {
  std::string name;
  std::string protocol;
  Expectation seconds_per_update;
  // Local steps of the server model per second, over those of `sync` with the
  // same workers, delays and communication.
  Expectation speed_up;
  Expectation staleness;
  Expectation fresh_fraction;

  // A bound on the error F - min F of racers with tau = 1, or on the mean
  // squared gradient of local-sgd. Without either, `no_bound` says why.
  std::optional<SecondsBound> error_bound = std::nullopt;
  std::optional<GradientBound> gradient_bound = std::nullopt;
  std::string no_bound = "";

  // The bound at stop.seconds, if that is given.
  std::optional<double> at_stop = std::nullopt;
  // When the bound reaches stop.target_loss, where the minimum is known to be 0
  // (quadratic).
  std::optional<double> seconds_to_target = std::nullopt;

  // For racers that take a quorum, and for local-sgd, at stop.seconds.
  std::optional<BestQuorum> best_quorum = std::nullopt;
  std::optional<BestQuorum> best_quorum_to_target = std::nullopt;
  std::optional<BestLocalSteps> best_local_steps = std::nullopt;
};

/// One entry per racer, in order.
[[nodiscard]] std::vector<RacerExpectation> ExpectRacers(
    const Experiment& experiment);

}  // namespace tortoise
