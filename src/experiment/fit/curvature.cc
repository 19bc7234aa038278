// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What single models tell of a problem: gradient noise and curvature.

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>

#include "experiment/fit/fit_constants.h"
#include "tortoise/core/random.h"

namespace tortoise::internal {
namespace {

constexpr int kBatches = 32;  // per model: a noise is known to 1 / sqrt(32 d)

double Squared(const std::vector<double>& v) {
  return std::inner_product(v.begin(), v.end(), v.begin(), 0.0);
}

// Rows as a worker draws them: with replacement.
std::vector<Sample> DrawBatch(const std::vector<Sample>& rows, int size,
                              RandomSequence& random) {
  std::vector<Sample> batch(static_cast<std::size_t>(size));
  for (Sample& sample : batch) {
    sample = rows.empty() ? random.Bits() : rows[random.Index(rows.size())];
  }
  return batch;
}

}  // namespace

// Least squares of (noise - s - g q) / noise, first with both, then, if one
// comes out below 0, the better of those with the other alone.
NoiseLine FitNoise(std::span<const NoiseAt> points) {
  double w = 0, wq = 0, wqq = 0, wy = 0, wqy = 0;
  for (const NoiseAt& p : points) {
    if (!(p.noise > 0)) continue;
    const double weight = 1 / (p.noise * p.noise);
    const double q = p.squared_gradient;
    w += weight;
    wq += weight * q;
    wqq += weight * q * q;
    wy += weight * p.noise;
    wqy += weight * q * p.noise;
  }
  if (w == 0) return {};
  const NoiseLine flat = {wy / w, 0.0};
  const double spread = w * wqq - wq * wq;
  if (!(spread > 1e-9 * w * wqq)) return flat;  // one |grad F| says no slope
  const NoiseLine both = {(wqq * wy - wq * wqy) / spread,
                          (w * wqy - wq * wy) / spread};
  if (both.sigma_squared >= 0 && both.growth >= 0) return both;
  const NoiseLine steep = {0.0, wqy / wqq};
  // What is left of the sum of squares is less the more of it is explained.
  return wy * wy / w >= wqy * wqy / wqq ? flat : steep;
}

template <typename T>
NoiseAt MeasureNoise(FullGradient<T>& full, AnyObjective<T>& objective,
                     std::span<const T> w, int batch_size, std::uint64_t draw) {
  full.Compute(w);
  const std::vector<double>& mean = full.gradient();
  AlignedVector<T> gradient(mean.size());
  RandomSequence random(RandomStream(2, draw, Purpose::kSample));
  double sum = 0.0;
  for (int b = 0; b < kBatches; ++b) {
    objective.Gradient(w, DrawBatch(full.rows(), batch_size, random), gradient);
    for (std::size_t k = 0; k < mean.size(); ++k) {
      const double apart = static_cast<double>(gradient[k]) - mean[k];
      sum += apart * apart;
    }
  }
  return {Squared(mean), sum / kBatches * batch_size};
}

// |H v| of a unit vector v never falls from one step to the next and ends at
// the largest |eigenvalue|.
template <typename T>
double LargestCurvature(FullGradient<T>& full, std::span<const T> w,
                        std::vector<double>& direction) {
  constexpr int kMostSteps = 40;
  const std::size_t d = w.size();
  double size = 0.0;
  for (const T x : w) size += static_cast<double>(x) * static_cast<double>(x);
  // Balances the rounding of gradients and what central differences leave out.
  const double step =
      std::cbrt(static_cast<double>(std::numeric_limits<T>::epsilon())) *
      std::max(1.0, std::sqrt(size));
  AlignedVector<T> moved(d);
  const auto gradient_at = [&](double by) {
    for (std::size_t k = 0; k < d; ++k) {
      moved[k] = static_cast<T>(static_cast<double>(w[k]) + by * direction[k]);
    }
    full.Compute(moved);
    return full.gradient();
  };
  double curvature = 0.0;
  for (int i = 0; i < kMostSteps; ++i) {
    const double length = std::sqrt(Squared(direction));
    if (!(length > 0 && std::isfinite(length))) return curvature;
    for (double& x : direction) x /= length;
    const std::vector<double> after = gradient_at(step);
    const std::vector<double> before = gradient_at(-step);
    for (std::size_t k = 0; k < d; ++k) {
      direction[k] = (after[k] - before[k]) / (2 * step);
    }
    const double next = std::sqrt(Squared(direction));
    const bool is_settled = std::abs(next - curvature) <= 1e-3 * next;
    curvature = next;
    if (is_settled && i > 2) break;
  }
  return curvature;
}

template NoiseAt MeasureNoise(FullGradient<float>&, AnyObjective<float>&,
                              std::span<const float>, int, std::uint64_t);
template NoiseAt MeasureNoise(FullGradient<double>&, AnyObjective<double>&,
                              std::span<const double>, int, std::uint64_t);
template double LargestCurvature(FullGradient<float>&, std::span<const float>,
                                 std::vector<double>&);
template double LargestCurvature(FullGradient<double>&, std::span<const double>,
                                 std::vector<double>&);

}  // namespace tortoise::internal
