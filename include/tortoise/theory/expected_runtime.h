// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>

#include "tortoise/protocol/method.h"
#include "tortoise/straggler/delay_law.h"
#include "tortoise/straggler/delay_tape.h"
#include "tortoise/straggler/speed.h"

namespace tortoise {

/// What the time of a run depends on, and nothing else.
struct RuntimeModel {
  Method method;                                   // P, K, s, tau, ...
  DelaySource delay = DelayLaw::Constant(0.0);     // X, per gradient
  DelayLaw round_delay = DelayLaw::Constant(0.0);  // D, per update
  SpeedOptions speed = {};
  // Computing one gradient takes `compute_seconds`: a contribution lasts
  // max(tau compute, sum of X), or their sum if `adds_compute`.
  double compute_seconds = 0.0;
  bool adds_compute = false;
};

/// A number that theory gives, or bounds on it, or neither with the reason.
struct Expectation {
  std::optional<double> value = std::nullopt;  // exact but for `error`
  std::optional<double> lower = std::nullopt;  // bounds, if there is no value
  std::optional<double> upper = std::nullopt;
  double error = 0.0;       // estimate of the numerical error, absolute
  std::string reason = "";  // where it is from, or why there is none
};

/// E[T]: seconds per update in the long run.
[[nodiscard]] Expectation ExpectedSecondsPerUpdate(const RuntimeModel& model);

/// Mean staleness of a counted contribution in the long run.
[[nodiscard]] Expectation ExpectedStaleness(const RuntimeModel& model);

/// Pr(a counted contribution is fresh) in the long run.
[[nodiscard]] Expectation ExpectedFreshFraction(const RuntimeModel& model);

}  // namespace tortoise
