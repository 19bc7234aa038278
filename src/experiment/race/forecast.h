// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/experiment/experiment.h"

namespace tortoise {

/// What can be said of a racer before it starts. Seconds are real ones but for
/// `most_seconds` and `least_seconds`, which are of the race's clock.
struct RacerForecast {
  std::string name;
  double seconds_per_gradient = 0.0;  // of computing, measured

  // P x computing per gradient / (processors x mean X); nothing without delay
  // and in virtual time.
  std::optional<double> compute_load = std::nullopt;

  // One repeat lasts no longer than this, and no shorter.
  double most_seconds = std::numeric_limits<double>::infinity();
  double least_seconds = 0.0;
};

struct RaceForecast {
  std::size_t num_samples = 0;  // 0: unlimited, or none
  std::size_t num_parameters = 0;
  std::vector<RacerForecast> racers;

  // All racers and repeats; losses are computed beside the race.
  double most_seconds = 0.0;
  double least_seconds = 0.0;
  double evaluation_seconds = 0.0;  // roughly

  // Virtual time: what its gradients take to compute on all processors,
  // roughly; infinity if nothing tells how many there will be.
  double computing_seconds = 0.0;
};

/// Loads the problem of an experiment and measures some gradients and losses,
/// which takes about a second beside the loading. Checks everything that a race
/// would check. Throws InputError as `RaceExperiment` does.
[[nodiscard]] RaceForecast ForecastRace(const Experiment& experiment);

/// Puts a number in place of every `workers.compute = "measured"`: the seconds
/// that a gradient of that batch size takes on this machine now, on one
/// processor. Loads the problem for it, and does nothing where there is nothing
/// to be measured. Throws InputError as `LoadProblem` does.
void MeasureCompute(Experiment& experiment);

}  // namespace tortoise
