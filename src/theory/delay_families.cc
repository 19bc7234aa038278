// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/delay_families.h"

#include <algorithm>
#include <array>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/tools/minima.hpp>
#include <boost/math/tools/roots.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <tuple>
#include <vector>

#include "theory/delay_parameters.h"
#include "theory/hyper_exponential_fit.h"
#include "theory/nelder_mead.h"

namespace tortoise::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// The log-likelihood is found to this: far below the differences, of the order
// of log n, that decide between laws, and to 1e-3 standard errors.
constexpr double kTolerance = 1e-6;

template <typename F>
double Sum(const std::vector<CountedSeconds>& values, F f) {
  double sum = 0.0;
  for (const CountedSeconds& x : values) sum += x.count * f(x.seconds);
  return sum;
}

double Smallest(const DelaySample& sample) {
  return sample.exact.front().seconds;
}

// How many were still under way at `seconds`.
double AtRisk(const DelaySample& sample, double seconds) {
  double count = sample.num_exact;
  for (const CountedSeconds& c : sample.right) {
    if (c.seconds >= seconds) count += c.count;
  }
  return count;
}

// The mean of an exponential: all time that was observed over the number of
// gradients that ended. The ones seen to end before the time take half of it.
double ExponentialMean(const DelaySample& sample) {
  const auto identity = [](double x) { return x; };
  return (Sum(sample.exact, identity) + Sum(sample.right, identity) +
          Sum(sample.left, identity) / 2) /
         (sample.num_exact + sample.num_left);
}

// Mean and variance of log X, as if every time were exact.
std::array<double, 2> LogMoments(const DelaySample& sample) {
  double sum = 0.0;
  double squares = 0.0;
  double count = 0.0;
  for (const auto* list : {&sample.exact, &sample.right, &sample.left}) {
    for (const CountedSeconds& x : *list) {
      const double y = std::log(x.seconds);
      sum += x.count * y;
      squares += x.count * y * y;
      count += x.count;
    }
  }
  const double mean = sum / count;
  return {mean, std::max(squares / count - mean * mean, 1e-16)};
}

// --- The laws ----------------------------------------------------------------

// Climbs the likelihood from `start`.
std::optional<DelayLaw> Climb(const std::optional<DelayLaw>& start,
                              const DelaySample& sample) {
  if (!start) return start;
  const auto cost = [&](const std::vector<double>& reals) {
    const auto law = FromReals(*start, reals);
    return law ? -LogLikelihood(*law, sample) : kInfinity;
  };
  const SimplexPoint best =
      NelderMead(cost, ToReals(*start), /*step=*/0.2, kTolerance);
  return std::isfinite(best.value) ? FromReals(*start, best.x) : std::nullopt;
}

// The closed form that `start` is holds without left-censored observations.
std::optional<DelayLaw> ClimbIfLeft(const std::optional<DelayLaw>& start,
                                    const DelaySample& sample) {
  return sample.left.empty() ? start : Climb(start, sample);
}

std::optional<DelayLaw> FitExponential(const DelaySample& sample) {
  return ClimbIfLeft(DelayLaw::Exponential(ExponentialMean(sample)), sample);
}

// The lower end of a support where gradients that end by `end` forbid more.
double LowestEnd(const DelaySample& sample) {
  const double exact = Smallest(sample);
  return sample.left.empty() ? exact
                             : std::min(exact, sample.left.front().seconds);
}

// The smallest of n lies mean / n above the shift on average, and is moved down
// by as much.
std::optional<DelayLaw> FitShiftedExponential(const DelaySample& sample) {
  const auto mean = [&](double shift) {
    const auto above = [=](double x) { return std::max(x - shift, 0.0); };
    return (Sum(sample.exact, above) + Sum(sample.right, above)) /
           sample.num_exact;
  };
  const double end = LowestEnd(sample);
  if (!sample.left.empty()) {
    if (!(end > 0)) return std::nullopt;
    return Climb(DelayLaw::ShiftedExponential(end / 2, mean(end / 2)), sample);
  }
  const double shift = std::max(end - mean(end) / AtRisk(sample, end), 0.0);
  return DelayLaw::ShiftedExponential(shift, mean(shift));
}

// The same in log X.
std::optional<DelayLaw> FitPareto(const DelaySample& sample) {
  const double end = LowestEnd(sample);
  if (!(end > 0)) return std::nullopt;
  const auto shape = [&](double scale) {
    const auto above = [=](double x) {
      return std::log(std::max(x / scale, 1.));
    };
    return sample.num_exact /
           (Sum(sample.exact, above) + Sum(sample.right, above));
  };
  if (!sample.left.empty()) {
    return Climb(DelayLaw::Pareto(end / 2, shape(end / 2)), sample);
  }
  const double scale = end * std::exp(-1 / (shape(end) * AtRisk(sample, end)));
  return DelayLaw::Pareto(scale, shape(scale));
}

// The likelihood falls with the width, so that the lower end is the smallest
// value; it is moved down by its bias, the upper one up if nothing censored
// tells more.
std::optional<DelayLaw> FitUniform(const DelaySample& sample) {
  const double low = Smallest(sample);
  const double high = sample.exact.back().seconds;
  const auto moved = [&](double upper) {
    const double gap = (upper - low) / AtRisk(sample, low);
    return std::max(low - gap, 0.0);
  };
  if (!sample.IsCensored()) {
    return DelayLaw::Uniform(moved(high),
                             high + (high - low) / sample.num_exact);
  }
  if (!sample.left.empty()) {
    const double end = std::max(LowestEnd(sample), high * 1e-9);
    const double over = sample.right.empty()
                            ? high
                            : std::max(high, sample.right.back().seconds);
    return Climb(DelayLaw::Uniform(end / 2, over + (high - low) / 10), sample);
  }
  // u = log of what the end lies above all that was seen, relative.
  const double seen = std::max(high, sample.right.back().seconds);
  const auto end = [&](double u) { return seen + (seen - low) * std::exp(u); };
  const auto cost = [&](double u) {
    return -LogLikelihood(DelayLaw::Uniform(low, end(u)), sample);
  };
  std::uintmax_t steps = 100;
  const double u =
      boost::math::tools::brent_find_minima(cost, -20., 15., 30, steps).first;
  return DelayLaw::Uniform(moved(end(u)), end(u));
}

// log k - digamma(k) = log mean - mean log, of which the left side falls from
// infinity to 0.
std::optional<DelayLaw> FitGamma(const DelaySample& sample) {
  if (!(LowestEnd(sample) > 0)) return std::nullopt;
  const auto [mean_log, variance] = LogMoments(sample);
  const double mean = ExponentialMean(sample);
  if (sample.IsCensored()) {
    return Climb(DelayLaw::Gamma(std::min(1 / variance, 1e5), mean), sample);
  }
  const double gap = std::log(mean) - mean_log;
  const auto excess = [=](double u) {
    const double k = std::exp(u);
    return std::log(k) - boost::math::digamma(k) - gap;
  };
  double low = -10;  // k = 5e-5
  double high = 13;  // k = 4e5
  if (!(excess(low) > 0 && excess(high) < 0)) return std::nullopt;
  std::uintmax_t steps = 100;
  std::tie(low, high) = boost::math::tools::toms748_solve(
      excess, low, high, boost::math::tools::eps_tolerance<double>(45), steps);
  return DelayLaw::Gamma(std::exp(low + (high - low) / 2), mean);
}

std::optional<DelayLaw> FitLognormal(const DelaySample& sample) {
  if (!(LowestEnd(sample) > 0)) return std::nullopt;
  const auto [mean, variance] = LogMoments(sample);
  const auto law = DelayLaw::Lognormal(std::exp(mean), std::sqrt(variance));
  return sample.IsCensored() ? Climb(law, sample) : law;
}

// Given its shape k, the scale is a mean of powers,
// scale^k = sum_all x^k / number of exact ones, which leaves one unknown.
std::optional<DelayLaw> FitWeibull(const DelaySample& sample) {
  if (!(LowestEnd(sample) > 0)) return std::nullopt;
  double unit = sample.exact.back().seconds;  // keeps the powers in range
  if (!sample.right.empty()) {
    unit = std::max(unit, sample.right.back().seconds);
  }
  const double logs =
      Sum(sample.exact, [=](double x) { return std::log(x / unit); });
  const auto powers = [&](double k) {
    const auto power = [=](double x) { return std::pow(x / unit, k); };
    return (Sum(sample.exact, power) + Sum(sample.right, power)) /
           sample.num_exact;
  };
  const auto cost = [&](double u) {
    const double k = std::exp(u);
    return -(sample.num_exact * (u - std::log(powers(k))) + (k - 1) * logs);
  };
  std::uintmax_t steps = 100;
  const double k = std::exp(
      boost::math::tools::brent_find_minima(cost, -5., 6., 30, steps).first);
  return ClimbIfLeft(
      DelayLaw::Weibull(k, unit * std::exp(std::log(powers(k)) / k)), sample);
}

}  // namespace

std::span<const DelayFamily> DelayFamilies() {
  static const std::vector<DelayFamily> kFamilies = {
      {"uniform", 2, 2, FitUniform},
      {"exponential", 1, 0, FitExponential},
      {"shifted-exponential", 2, 1, FitShiftedExponential},
      {"gamma", 2, 0, FitGamma},
      {"lognormal", 2, 0, FitLognormal},
      {"weibull", 2, 0, FitWeibull},
      {"pareto", 2, 1, FitPareto},
      {"hyper-exponential", 3, 0, FitHyperExponential}};
  return kFamilies;
}

}  // namespace tortoise::internal
