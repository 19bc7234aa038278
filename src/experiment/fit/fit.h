// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tortoise/experiment/read_run.h"
#include "tortoise/theory/error_bounds.h"
#include "tortoise/theory/fit_delay.h"

namespace tortoise {

/// The delays of racers that have the same ones.
struct RacersDelays {
  std::vector<std::string> racers;
  std::optional<DelayFit> delay;        // X, per gradient
  std::optional<DelayFit> round_delay;  // D, per update; nothing: 0 or unseen
  // Why there is no fit, what was left out, what to keep in mind.
  std::vector<std::string> notes;
};

/// What belongs to a protocol and not to the problem.
struct RacerConstants {
  std::string name;
  // mean |grad F(w) - grad F(snapshot)|^2 / mean |grad F(w)|^2 over counted
  // contributions; nothing if its models cannot be made again.
  std::optional<double> gamma;
  std::optional<double> fresh_fraction;  // p0, over all repeats
};

/// The constants that error bounds need, measured along the models of the race.
///
///   sigma_squared, noise_growth  of a line through E|g - grad F|^2 m over
///                                |grad F|^2 at some models
///   L                            the largest curvature met at some of these
///   c                            the least of |grad F|^2 / 2 (F - F*) over
///                                models not yet close to F*
///   initial_gap                  F(w_0) - F*
///   gamma, fresh_probability     the largest and the least of the racers
///
/// with the smallest loss seen for F*, which it is at most.
struct MeasuredConstants {
  TheoryConstants constants;
  std::vector<RacerConstants> racers;
  std::vector<std::string> notes;
};

/// What a race tells of what it was run on.
struct RaceFit {
  std::vector<RacersDelays> delays;
  MeasuredConstants measured;
};

/// Estimates the delays and the constants of the problem from what a race
/// recorded.
///
/// Delays: from the contributions of one gradient. An applied one took exactly
/// seconds_arrived - seconds_started; a cancelled one, or one in flight at the
/// end, at least as long as it was watched; one that was over as soon as it was
/// computed, at most that. A draw of the tape is used once, however many racers
/// met it. On real threads times include waking late: what is below its p99 is
/// taken as that at most, and p99 as the tolerance.
///
/// Constants: the first repeat of each racer is run again, in virtual time or
/// from its recorded events; what can be neither is left out and noted. Loads
/// the problem, and throws InputError as `LoadProblem` does. Costs about as
/// much as that repeat, on all processors.
[[nodiscard]] RaceFit FitRace(const RecordedRace& race);

/// For a reader: tables of the laws, best first, and the winners and constants
/// as lines for an experiment file.
[[nodiscard]] std::string FitText(const RaceFit& fit);
[[nodiscard]] std::string FitJson(const RaceFit& fit);

}  // namespace tortoise
