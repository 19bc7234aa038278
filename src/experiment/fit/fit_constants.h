// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "experiment/fit/fit.h"
#include "experiment/fit/full_gradient.h"

namespace tortoise::internal {

/// Runs racers again and measures; see fit.h.
[[nodiscard]] MeasuredConstants MeasureConstants(const RecordedRace& race);

// --- Its parts, for tests ----------------------------------------------------

/// |grad F|^2 at a model, and E|g - grad F|^2 m of mini-batches of m there.
struct NoiseAt {
  double squared_gradient;
  double noise;
};

/// The line noise = sigma_squared + growth * squared_gradient with neither
/// below 0 that fits best, each noise being known to the same share of itself.
struct NoiseLine {
  double sigma_squared = 0.0;
  double growth = 0.0;
};
[[nodiscard]] NoiseLine FitNoise(std::span<const NoiseAt> points);

/// Estimates the noise of mini-batches of `batch_size` at `w`. Calls with other
/// numbers `draw` draw other mini-batches.
template <typename T>
[[nodiscard]] NoiseAt MeasureNoise(FullGradient<T>& full,
                                   AnyObjective<T>& objective,
                                   std::span<const T> w, int batch_size,
                                   std::uint64_t draw);

/// The largest |curvature| of F at `w`, by power iteration on differences of
/// the gradient. `direction`, [num_parameters], is where it starts and ends: a
/// good start saves time at the next model.
template <typename T>
[[nodiscard]] double LargestCurvature(FullGradient<T>& full,
                                      std::span<const T> w,
                                      std::vector<double>& direction);

}  // namespace tortoise::internal
