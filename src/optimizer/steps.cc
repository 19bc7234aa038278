// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/optimizer/steps.h"

#include <array>
#include <cassert>
#include <cstddef>

namespace tortoise {

template <typename T>
void AddScaled(std::span<T> w, std::span<const T> x, T scale) {
  assert(w.size() == x.size());
  for (std::size_t k = 0; k < w.size(); ++k) w[k] += scale * x[k];
}

template <typename T>
void Accumulate(std::span<T> total, std::span<const T> x) {
  assert(total.size() == x.size());
  for (std::size_t k = 0; k < total.size(); ++k) total[k] += x[k];
}

template <typename T>
void ServerStep(std::span<const T> before, std::span<const T> sum, T scale,
                std::span<T> after) {
  assert(before.size() == after.size() && sum.size() == after.size());
  for (std::size_t k = 0; k < after.size(); ++k) {
    after[k] = before[k] + scale * sum[k];
  }
}

// x - x is 0 for a finite x and NaN for all others, and NaN survives any sum.
// A cache line of sums side by side makes a loop that compilers vectorise, for
// registers of any width; it is never left early, for the same reason.
template <typename T>
bool IsFinite(std::span<const T> x) {
  constexpr std::size_t kLanes = 64 / sizeof(T);
  std::array<T, kLanes> lanes{};
  std::size_t k = 0;
  for (; k + kLanes <= x.size(); k += kLanes) {
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      lanes[lane] += x[k + lane] - x[k + lane];
    }
  }
  // Nowhere does one addition wait for the last: short models feel it.
  for (std::size_t lane = 0; k < x.size(); ++k, ++lane) {
    lanes[lane] += x[k] - x[k];
  }
  for (std::size_t half = kLanes / 2; half > 0; half /= 2) {
    for (std::size_t lane = 0; lane < half; ++lane) {
      lanes[lane] += lanes[lane + half];
    }
  }
  return lanes[0] == T{0};
}

template void AddScaled(std::span<float>, std::span<const float>, float);
template void AddScaled(std::span<double>, std::span<const double>, double);
template void Accumulate(std::span<float>, std::span<const float>);
template void Accumulate(std::span<double>, std::span<const double>);
template void ServerStep(std::span<const float>, std::span<const float>, float,
                         std::span<float>);
template void ServerStep(std::span<const double>, std::span<const double>,
                         double, std::span<double>);
template bool IsFinite(std::span<const float>);
template bool IsFinite(std::span<const double>);

}  // namespace tortoise
