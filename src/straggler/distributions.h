// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <bit>
#include <cstdint>
#include <limits>
#include <span>
#include <vector>

namespace tortoise::internal {

/// The formulas behind `DelayLaw`: one type per law, with the parameters
/// already checked. Quantile(u) is for u in (0, 1); Survival(x) and
/// LogDensity(x) for finite x at or above the smallest value.
inline constexpr double kNoDensity = std::numeric_limits<double>::quiet_NaN();

/// Quantile of the exponential of mean 1, -log(1 - u) for u in (0, 1), to
/// within an ulp in both tails. Only sums, products, quotients and bits,
/// without a branch: so a loop over it is vectorised, and its bits are the same
/// on every processor and with every standard library. So it is
/// with exponential and shifted exponential delays alone: Pareto, Weibull,
/// lognormal, gamma and hyper-exponential ones go through libm too, which
/// chooses its code by the processor.
///
///     1 - u = 2^k (1 + f) + lost,  sqrt(1/2) <= 1 + f < sqrt(2)
///     log(1 + f) = 2 (s + s^3/3 + s^5/5 + ...),  s = f / (2 + f)
///
/// `lost` is what rounding takes from 1 - u: nothing at the numbers that a
/// stream draws.
inline double StandardExponential(double u) {
  constexpr std::uint64_t kExponent = std::uint64_t{0xfff} << 52;
  constexpr auto kOne = std::bit_cast<std::uint64_t>(1.0);
  constexpr auto kRootHalf = std::bit_cast<std::uint64_t>(0x1.6a09e667f3bcdp-1);
  // ln 2 in two parts; k times the first one is exact.
  constexpr double kLn2High = 0x1.62e42feep-1;
  constexpr double kLn2Low = 0x1.a39ef35793c76p-33;

  const double rest = 1.0 - u;
  const double lost = (1.0 - rest) - u;
  const auto bits = std::bit_cast<std::uint64_t>(rest);
  const std::uint64_t biased = bits + (kOne - kRootHalf);  // k + 1023 on top
  const double k = std::bit_cast<double>(std::bit_cast<std::uint64_t>(0x1p52) |
                                         biased >> 52) -
                   (0x1p52 + 1023);
  const auto mantissa = bits - (biased & kExponent) + kOne;
  const double f = std::bit_cast<double>(mantissa) - 1.0;

  const double s = f / (2.0 + f);
  const double z = s * s;  // < 0.0295: ten terms leave less than 1e-18
  // In pairs, and pairs of pairs, which do not wait for each other.
  const double z2 = z * z;
  const double z4 = z2 * z2;
  const double first = (2.0 / 3 + 2.0 / 5 * z) + (2.0 / 7 + 2.0 / 9 * z) * z2;
  const double second =
      (2.0 / 11 + 2.0 / 13 * z) + (2.0 / 15 + 2.0 / 17 * z) * z2;
  const double series =
      z * (first + (second + (2.0 / 19 + 2.0 / 21 * z) * z4) * z4);
  // 2 s = f - f^2/2 + s f^2/2, and f is exact.
  const double half_square = 0.5 * f * f;
  const double small =
      half_square - (s * (half_square + series) + (k * kLn2Low + lost / rest));
  return (small - f) - k * kLn2High;
}

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
  [[nodiscard]] double Quantile(double u) const {
    return shift + mean * StandardExponential(u);
  }
  /// Each u by its quantile, at most the largest double.
  void Quantiles(std::span<double> u) const;
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
