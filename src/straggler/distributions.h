// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <limits>
#include <vector>

namespace tortoise::internal {

/// The formulas behind `DelayLaw`: one type per law, with the parameters
/// already checked. Quantile(u) is for u in (0, 1); Survival(x) and
/// LogDensity(x) for finite x at or above the smallest value.
inline constexpr double kNoDensity = std::numeric_limits<double>::quiet_NaN();

struct ConstantDistribution {
  double value;
  [[nodiscard]] double Quantile(double) const { return value; }
  [[nodiscard]] double Survival(double x) const { return x < value ? 1 : 0; }
  [[nodiscard]] double LogDensity(double) const { return kNoDensity; }
};

struct UniformDistribution {
  double low, high;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct ExponentialDistribution {
  double shift, mean;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct GammaDistribution {
  double shape, mean;
  double log_peak;  // log(k^k e^-k / Gamma(k)), k = shape

  GammaDistribution(double shape, double mean);
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct LognormalDistribution {
  double median, sigma;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct WeibullDistribution {
  double shape, scale;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct ParetoDistribution {
  double scale, shape;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

struct TwoSpeedDistribution {
  double fast, slow, probability;
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double) const { return kNoDensity; }
};

struct HyperExponentialDistribution {
  std::vector<double> means;
  std::vector<double> probabilities;  // > 0, sum to 1
  [[nodiscard]] double Quantile(double u) const;
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double LogDensity(double x) const;
};

}  // namespace tortoise::internal
