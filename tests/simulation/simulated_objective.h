// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <limits>
#include <span>
#include <stdexcept>

#include "simulation/random_experiment.h"
#include "tortoise/objective/objective.h"

namespace tortoise::testing {

/// What user code throws in a random experiment.
class SimulatedFailure : public std::runtime_error {
 public:
  SimulatedFailure() : std::runtime_error("simulated") {}
};

/// |w - 1|^2 / 2 with noise that is a function of the samples, and with the
/// fault of a random experiment.
template <typename T>
class SimulatedObjective {
 public:
  explicit SimulatedObjective(const RandomExperiment& experiment)
      : num_parameters_(experiment.num_parameters),
        num_samples_(experiment.num_samples),
        fault_(experiment.fault),
        throws_(experiment.fault_throws) {}

  [[nodiscard]] std::size_t num_parameters() const { return num_parameters_; }
  [[nodiscard]] std::size_t num_samples() const { return num_samples_; }

  double Loss(std::span<const T> w, Batch) const {
    double loss = 0.0;
    for (const T x : w) loss += 0.5 * (x - 1.0) * (x - 1.0);
    return loss / static_cast<double>(w.size());
  }

  double Gradient(std::span<const T> w, Batch batch, std::span<T> gradient) {
    for (std::size_t k = 0; k < w.size(); ++k) {
      const Sample sample = batch[k % batch.size()];
      const auto noise = static_cast<T>(sample % 1024) / T{1024} - T{0.5};
      gradient[k] = w[k] - T{1} + noise;
    }
    if (batch[0] != fault_) return Loss(w, batch);
    if (throws_) throw SimulatedFailure();
    return std::numeric_limits<double>::quiet_NaN();
  }

 private:
  std::size_t num_parameters_;
  std::size_t num_samples_;
  std::optional<Sample> fault_;
  bool throws_;
};

}  // namespace tortoise::testing
