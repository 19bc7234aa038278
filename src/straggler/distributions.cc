// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "straggler/distributions.h"

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <boost/math/special_functions/log1p.hpp>
#include <cmath>
#include <cstddef>
#include <numbers>

namespace tortoise::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kLargest = std::numeric_limits<double>::max();

// Tails that leave the range of doubles become 0 or infinity, not exceptions.
namespace policies = boost::math::policies;
using Policy =
    policies::policy<policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>,
                     policies::promote_double<false>>;

// 1 - u is exact above 1/2, so the upper half is read off the complement.
double StandardGamma(double shape, double u) {
  return u <= 0.5 ? boost::math::gamma_p_inv(shape, u, Policy())
                  : boost::math::gamma_q_inv(shape, 1.0 - u, Policy());
}

double StandardNormal(double u) {
  return u <= 0.5
             ? -std::numbers::sqrt2 * boost::math::erfc_inv(2.0 * u, Policy())
             : std::numbers::sqrt2 *
                   boost::math::erfc_inv(2.0 * (1.0 - u), Policy());
}

// log(a / b) for a, b > 0, also where the quotient leaves the doubles.
double LogRatio(double a, double b) {
  const double ratio = a / b;
  return std::isnormal(ratio) ? std::log(ratio) : std::log(a) - std::log(b);
}

// k log k - k - log Gamma(k). The terms of a large k cancel, so there it is
// Stirling's series, whose first term left out is < 2e-15 from 20 on.
double LogGammaPeak(double k) {
  if (k < 20) return k * std::log(k) - k - std::lgamma(k);
  const double r = 1 / (k * k);
  const double series =
      (1. / 12 - r * (1. / 360 - r * (1. / 1260 - r / 1680))) / k;
  return 0.5 * std::log(k / (2 * std::numbers::pi)) - series;
}

// The value at x = 0 of the log-density of a law that goes like x^(shape - 1)
// there and is 1 / mean for shape 1.
double LogDensityAtZero(double shape, double mean) {
  if (shape < 1) return kInfinity;
  return shape > 1 ? -kInfinity : -std::log(mean);
}

}  // namespace

double UniformDistribution::Quantile(double u) const {
  return low + (high - low) * u;
}

double UniformDistribution::Survival(double x) const {
  return x < high ? (high - x) / (high - low) : 0.0;
}

double UniformDistribution::LogDensity(double x) const {
  if (low == high) return kNoDensity;
  return x <= high ? -std::log(high - low) : -kInfinity;
}

void ExponentialDistribution::Quantiles(std::span<double> u) const {
  // A copy, which no write to `u` can change.
  const ExponentialDistribution law = *this;
  for (double& x : u) x = std::min(law.Quantile(x), kLargest);
}

double ExponentialDistribution::Survival(double x) const {
  return std::exp(-(x - shift) / mean);
}

double ExponentialDistribution::LogDensity(double x) const {
  return -(x - shift) / mean - std::log(mean);
}

GammaDistribution::GammaDistribution(double shape_, double mean_)
    : shape(shape_), mean(mean_), log_peak(LogGammaPeak(shape_)) {}

double GammaDistribution::Quantile(double u) const {
  return mean * (StandardGamma(shape, u) / shape);
}

double GammaDistribution::Survival(double x) const {
  const double y = shape * (x / mean);
  return y < kInfinity ? boost::math::gamma_q(shape, y, Policy()) : 0.0;
}

// With t = x / mean the density is peak(k) exp(k (log t - t + 1)) / x, in which
// nothing large cancels.
double GammaDistribution::LogDensity(double x) const {
  if (x == 0) return LogDensityAtZero(shape, mean);
  const double t = x / mean;
  const double bend = t > 0.5 && t < 2 ? boost::math::log1pmx(t - 1, Policy())
                                       : LogRatio(x, mean) - t + 1;
  return log_peak + shape * bend - std::log(x);
}

double LognormalDistribution::Quantile(double u) const {
  return median * std::exp(sigma * StandardNormal(u));
}

double LognormalDistribution::Survival(double x) const {
  if (sigma == 0) return x < median ? 1.0 : 0.0;
  if (x == 0) return 1.0;
  return 0.5 * std::erfc(LogRatio(x, median) / (sigma * std::numbers::sqrt2));
}

double LognormalDistribution::LogDensity(double x) const {
  if (sigma == 0) return kNoDensity;
  if (x == 0) return -kInfinity;
  const double z = LogRatio(x, median) / sigma;
  return -0.5 * z * z - std::log(sigma) - std::log(x) -
         0.5 * std::log(2 * std::numbers::pi);
}

double WeibullDistribution::Quantile(double u) const {
  return scale * std::pow(StandardExponential(u), 1.0 / shape);
}

double WeibullDistribution::Survival(double x) const {
  return std::exp(-std::pow(x / scale, shape));
}

double WeibullDistribution::LogDensity(double x) const {
  if (x == 0) return LogDensityAtZero(shape, scale);
  return std::log(shape) - std::log(x) + shape * LogRatio(x, scale) -
         std::pow(x / scale, shape);
}

double ParetoDistribution::Quantile(double u) const {
  return scale * std::exp(StandardExponential(u) / shape);
}

double ParetoDistribution::Survival(double x) const {
  return std::exp(shape * LogRatio(scale, x));
}

double ParetoDistribution::LogDensity(double x) const {
  return std::log(shape) - std::log(x) + shape * LogRatio(scale, x);
}

double TwoSpeedDistribution::Quantile(double u) const {
  return u > 1 - probability ? slow : fast;
}

double TwoSpeedDistribution::Survival(double x) const {
  if (x < fast) return 1.0;
  return x < slow ? probability : 0.0;
}

// Solves H(x) = q for the cumulative hazard H = -log Pr(X > x) and
// q = -log(1 - u). H is concave (a mixture of exponentials has a falling
// hazard), so Newton's method climbs to the root from any point below it and
// never passes it: no bracket is needed. m q with the smallest m is such a
// point, and gives the scale on which the steps are small enough to end.
double HyperExponentialDistribution::Quantile(double u) const {
  const double q = StandardExponential(u);
  double x = *std::min_element(means.begin(), means.end()) * q;
  for (int step = 0; step < 200; ++step) {
    double below = 0.0;  // Pr(X <= x)
    double above = 0.0;  // Pr(X > x)
    double density = 0.0;
    for (std::size_t k = 0; k < means.size(); ++k) {
      const double ratio = x / means[k];
      const double survives = probabilities[k] * std::exp(-ratio);
      below -= probabilities[k] * std::expm1(-ratio);
      above += survives;
      density += survives / means[k];
    }
    const double hazard = below < 0.5 ? -std::log1p(-below) : -std::log(above);
    const double move = (q - hazard) * above / density;
    if (!(move > x * std::numeric_limits<double>::epsilon())) break;
    x += move;
  }
  return x;
}

double HyperExponentialDistribution::Survival(double x) const {
  double above = 0.0;
  for (std::size_t k = 0; k < means.size(); ++k) {
    above += probabilities[k] * std::exp(-x / means[k]);
  }
  return above;
}

// Relative to the largest term, so that a far tail does not become log 0.
double HyperExponentialDistribution::LogDensity(double x) const {
  const auto log_term = [&](std::size_t k) {
    return std::log(probabilities[k]) - std::log(means[k]) - x / means[k];
  };
  double largest = -kInfinity;
  for (std::size_t k = 0; k < means.size(); ++k) {
    largest = std::max(largest, log_term(k));
  }
  double sum = 0.0;
  for (std::size_t k = 0; k < means.size(); ++k) {
    sum += std::exp(log_term(k) - largest);
  }
  return largest + std::log(sum);
}

}  // namespace tortoise::internal
