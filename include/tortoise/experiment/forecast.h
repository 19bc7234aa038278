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

/// What can be said of a racer before it starts.
struct RacerForecast {
  std::string name;
  double seconds_per_gradient = 0.0;  // of computing, measured

  // P x computing per gradient / (processors x mean X); nothing without delay.
  std::optional<double> compute_load = std::nullopt;

  // One repeat lasts no longer than this, and no shorter.
  double most_seconds = std::numeric_limits<double>::infinity();
  double least_seconds = 0.0;
};

struct RaceForecast {
  std::size_t num_samples = 0;  // 0: unlimited
  std::size_t num_parameters = 0;
  std::vector<RacerForecast> racers;

  // All racers and repeats; losses are computed beside the race.
  double most_seconds = 0.0;
  double least_seconds = 0.0;
  double evaluation_seconds = 0.0;  // roughly
};

/// Loads the problem of an experiment and measures some gradients and losses,
/// which takes about a second beside the loading. Checks everything that a race
/// would check. Throws InputError as `RaceExperiment` does.
[[nodiscard]] RaceForecast ForecastRace(const Experiment& experiment);

}  // namespace tortoise
