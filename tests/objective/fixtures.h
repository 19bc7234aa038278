// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include "tortoise/core/aligned.h"
#include "tortoise/core/random.h"
#include "tortoise/data/dataset.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise::test {

using Data = std::shared_ptr<const Dataset>;

inline RandomSequence Draws(std::uint64_t seed) {
  return RandomSequence(RandomStream(seed, 0, Purpose::kData));
}

/// The same numbers as sparse and as dense rows: about half of the entries are
/// 0 and left out of the sparse rows, and row 0 is empty. Labels cycle through
/// `labels`.
struct Twins {
  Data sparse;
  Data dense;
};
inline Twins MakeTwins(std::size_t rows, std::size_t columns,
                       const std::vector<double>& labels,
                       std::uint64_t seed = 1) {
  RandomSequence draws = Draws(seed);
  AlignedVector<float> values(rows * columns, 0.0f);
  std::vector<std::uint64_t> offsets = {0};
  std::vector<std::uint32_t> index;
  std::vector<float> value;
  std::vector<double> targets;
  for (std::size_t i = 0; i < rows; ++i) {
    for (std::size_t j = 0; j < columns; ++j) {
      const auto x = static_cast<float>(draws.Normal());
      if (draws.Uniform() < 0.5 || i == 0) continue;
      values[i * columns + j] = x;
      index.push_back(static_cast<std::uint32_t>(j));
      value.push_back(x);
    }
    offsets.push_back(index.size());
    targets.push_back(labels[i % labels.size()]);
  }
  return {std::make_shared<const Dataset>(
              Dataset::Sparse(offsets, index, value, targets, columns)),
          std::make_shared<const Dataset>(
              Dataset::Dense(values, targets, columns))};
}

/// Normal parameters with the given deviation; float ones are the double ones,
/// rounded.
template <typename T>
AlignedVector<T> RandomParameters(std::size_t size, std::uint64_t seed,
                                  double deviation = 0.5) {
  RandomSequence draws = Draws(1000 + seed);
  AlignedVector<T> w(size);
  for (T& each : w) {
    // Rounded for double too, so that both start from the same numbers.
    each = static_cast<T>(static_cast<float>(deviation * draws.Normal()));
  }
  return w;
}

inline std::vector<Sample> AllSamples(std::size_t n) {
  std::vector<Sample> all(n);
  std::iota(all.begin(), all.end(), Sample{0});
  return all;
}

template <typename T>
std::span<const T> Const(const AlignedVector<T>& w) {
  return {w.data(), w.size()};
}

template <typename T>
struct LossGradient {
  double loss;
  AlignedVector<T> gradient;
};

/// The gradient starts as NaN, so that a coordinate left unwritten shows.
template <typename T>
LossGradient<T> GradientOf(AnyObjective<T>& f, const AlignedVector<T>& w,
                           Batch batch) {
  AlignedVector<T> gradient(w.size(), static_cast<T>(NAN));
  const double loss = f.Gradient(Const(w), batch, std::span<T>(gradient));
  return {loss, std::move(gradient)};
}

/// The entries of the sparse gradient, added up in order.
template <typename T>
LossGradient<T> SparseGradientOf(AnyObjective<T>& f, AlignedVector<T> w,
                                 Batch batch) {
  SparseView<T> view{std::span<T>(w)};
  const double loss = f.SparseGradient(view, batch);
  AlignedVector<T> gradient(w.size(), T{0});
  for (const auto& entry : view.entries()) {
    gradient[entry.index] += entry.value;
  }
  return {loss, std::move(gradient)};
}

/// max_k |a_k - b_k| / max(1, max_k |b_k|).
template <typename A, typename B>
double RelativeDistance(const A& a, const B& b) {
  double distance = 0.0;
  double scale = 1.0;
  for (std::size_t k = 0; k < b.size(); ++k) {
    distance = std::max(distance, std::abs(static_cast<double>(a[k]) -
                                           static_cast<double>(b[k])));
    scale = std::max(scale, std::abs(static_cast<double>(b[k])));
  }
  return distance / scale;
}

/// (F(w + h e_k) - F(w - h e_k)) / 2h for every k.
///
/// With h = 1e-5 the truncation error is h^2/6 |F'''| = 2e-11 |F'''| and the
/// rounding error eps |F| / h = 2e-11 |F|; kFiniteDifferenceTolerance leaves a
/// factor above 100 for F and F''' of the order of 10.
inline constexpr double kFiniteDifferenceTolerance = 1e-7;
inline AlignedVector<double> FiniteDifferences(AnyObjective<double>& f,
                                               AlignedVector<double> w,
                                               Batch batch) {
  constexpr double kStep = 1e-5;
  AlignedVector<double> gradient(w.size());
  for (std::size_t k = 0; k < w.size(); ++k) {
    const double center = w[k];
    w[k] = center + kStep;
    const double above = f.Loss(Const(w), batch);
    w[k] = center - kStep;
    const double below = f.Loss(Const(w), batch);
    w[k] = center;
    gradient[k] = (above - below) / (2.0 * kStep);
  }
  return gradient;
}

}  // namespace tortoise::test
