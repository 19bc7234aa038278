// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>

#include "tortoise/objective/objective.h"

namespace tortoise::test {

// Four samples of two parameters, f_i(w) = 1/2 (w_j - i)^2 with j = i mod 2,
// written against each concept.
inline constexpr std::size_t kToySamples = 4;

template <typename Load>
double ToyLoss(Batch batch, Load load) {
  double total = 0.0;
  for (const Sample i : batch) {
    const double residual = load(i % 2) - static_cast<double>(i);
    total += 0.5 * residual * residual;
  }
  return total / static_cast<double>(batch.size());
}

/// Objective only.
struct DenseToy {
  [[nodiscard]] std::size_t num_parameters() const { return 2; }
  [[nodiscard]] std::size_t num_samples() const { return kToySamples; }
  double Loss(std::span<const float> w, Batch batch) const {
    return ToyLoss(batch, [&](std::size_t j) { return double{w[j]}; });
  }
  double Gradient(std::span<const float> w, Batch batch,
                  std::span<float> gradient) {
    gradient[0] = gradient[1] = 0.0f;
    for (const Sample i : batch) {
      gradient[i % 2] +=
          (w[i % 2] - static_cast<float>(i)) / static_cast<float>(batch.size());
    }
    ++num_gradients;
    return Loss(w, batch);
  }
  int num_gradients = 0;  // scratch memory of this copy
};

/// SparseObjective only.
struct SparseToy {
  [[nodiscard]] int num_parameters() const { return 2; }
  [[nodiscard]] int num_samples() const { return kToySamples; }
  double Loss(std::span<const float> w, Batch batch) const {
    return ToyLoss(batch, [&](std::size_t j) { return double{w[j]}; });
  }
  double Gradient(SparseView<float>& view, Batch batch) const {
    for (const Sample i : batch) {
      view.Add(i % 2, (view.Load(i % 2) - static_cast<float>(i)) /
                          static_cast<float>(batch.size()));
    }
    return ToyLoss(batch, [&](std::size_t j) { return double{view.Load(j)}; });
  }
};

/// Objective and SparseObjective; the dense gradient is marked by a factor.
struct BothToy : SparseToy {
  using SparseToy::Gradient;
  double Gradient(std::span<const float> w, Batch batch,
                  std::span<float> gradient) const {
    gradient[0] = gradient[1] = 1000.0f;
    return Loss(w, batch);
  }
};

/// SparseLinearObjective only.
struct LinearToy {
  [[nodiscard]] std::size_t num_parameters() const { return 2; }
  [[nodiscard]] std::size_t num_samples() const { return kToySamples; }
  [[nodiscard]] SparseRow Row(std::size_t i) const {
    return {std::span(kIndex).subspan(i % 2, 1), std::span(kOne)};
  }
  [[nodiscard]] double Loss(double margin, std::size_t i) const {
    return 0.5 * std::pow(margin - static_cast<double>(i), 2);
  }
  [[nodiscard]] double Slope(double margin, std::size_t i) const {
    return margin - static_cast<double>(i);
  }
  static constexpr std::array<std::uint32_t, 2> kIndex = {0, 1};
  static constexpr std::array<float, 1> kOne = {1.0f};
};

}  // namespace tortoise::test
