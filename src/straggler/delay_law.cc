// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_law.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/erf.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numbers>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "tortoise/core/text.h"

namespace tortoise {

struct DelayLaw::State {
  std::string name;
  std::map<std::string, std::vector<double>> keys;
  double mean;
  double lowest;
  std::function<double(double)> quantile;
};

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Uniform numbers come no closer to 0, so a law shows nothing below this.
constexpr double kSmallestUniform = 0x1p-53;

// A quantile takes time that grows with the root of the shape, and a spread of
// 0.1 % of the mean is as good as none.
constexpr double kLargestGammaShape = 1e6;

// Tails that leave the range of doubles become 0 or infinity, not exceptions.
namespace policies = boost::math::policies;
using Policy =
    policies::policy<policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>,
                     policies::promote_double<false>>;

[[noreturn]] void Refuse(std::string_view key, double value,
                         std::string_view rule) {
  throw std::invalid_argument(
      fmt::format("{} = {} must be {}", key, ShortestDecimal(value), rule));
}

void RequireFinite(std::string_view key, double value) {
  if (!std::isfinite(value)) Refuse(key, value, "finite");
}

void RequirePositive(std::string_view key, double value) {
  RequireFinite(key, value);
  if (!(value > 0)) Refuse(key, value, "> 0");
}

void RequireNonnegative(std::string_view key, double value) {
  RequireFinite(key, value);
  if (!(value >= 0)) Refuse(key, value, ">= 0");
}

void RequireNotBelow(std::string_view key, double value, std::string_view floor,
                     double floor_value) {
  RequireFinite(key, value);
  if (value < floor_value) {
    Refuse(key, value,
           fmt::format(">= {} = {}", floor, ShortestDecimal(floor_value)));
  }
}

void RequireProbability(std::string_view key, double value) {
  RequireFinite(key, value);
  if (value < 0 || value > 1) Refuse(key, value, "between 0 and 1");
}

// Quantile of the exponential of mean 1: exact to rounding in both tails.
double StandardExponential(double u) { return -std::log1p(-u); }

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

struct Exponentials {
  std::vector<double> means;
  std::vector<double> probabilities;  // > 0, sum to 1
};

// Solves H(x) = q for the cumulative hazard H = -log Pr(X > x) and
// q = -log(1 - u). H is concave (a mixture of exponentials has a falling
// hazard), so Newton's method climbs to the root from any point below it and
// never passes it: no bracket is needed. m q with the smallest m is such a
// point, and gives the scale on which the steps are small enough to end.
double HyperExponentialQuantile(const Exponentials& law, double u) {
  const double q = StandardExponential(u);
  double x = *std::min_element(law.means.begin(), law.means.end()) * q;
  for (int step = 0; step < 200; ++step) {
    double below = 0.0;  // Pr(X <= x)
    double above = 0.0;  // Pr(X > x)
    double density = 0.0;
    for (std::size_t k = 0; k < law.means.size(); ++k) {
      const double ratio = x / law.means[k];
      const double survives = law.probabilities[k] * std::exp(-ratio);
      below -= law.probabilities[k] * std::expm1(-ratio);
      above += survives;
      density += survives / law.means[k];
    }
    const double hazard = below < 0.5 ? -std::log1p(-below) : -std::log(above);
    const double move = (q - hazard) * above / density;
    if (!(move > x * std::numeric_limits<double>::epsilon())) break;
    x += move;
  }
  return x;
}

Exponentials CheckedExponentials(const std::vector<double>& means,
                                 const std::vector<double>& probabilities) {
  if (means.empty()) throw std::invalid_argument("means must not be empty");
  if (means.size() != probabilities.size()) {
    throw std::invalid_argument(
        fmt::format("probabilities has {} entries and must have {}, as means",
                    probabilities.size(), means.size()));
  }
  double sum = 0.0;
  for (std::size_t k = 0; k < means.size(); ++k) {
    RequirePositive(fmt::format("means[{}]", k), means[k]);
    RequireProbability(fmt::format("probabilities[{}]", k), probabilities[k]);
    sum += probabilities[k];
  }
  if (std::abs(sum - 1.0) > 1e-9) {
    Refuse("sum of probabilities", sum, "1");
  }
  Exponentials law;
  for (std::size_t k = 0; k < means.size(); ++k) {
    if (probabilities[k] == 0) continue;
    law.means.push_back(means[k]);
    law.probabilities.push_back(probabilities[k] / sum);
  }
  return law;
}

}  // namespace

DelayLaw::DelayLaw(std::shared_ptr<const State> state)
    : state_(std::move(state)) {}

DelayLaw DelayLaw::Constant(double value) {
  RequireNonnegative("value", value);
  return DelayLaw(std::make_shared<const State>(
      State{"constant", {{"value", {value}}}, value, value, [value](double) {
              return value;
            }}));
}

DelayLaw DelayLaw::Uniform(double low, double high) {
  RequireNonnegative("low", low);
  RequireNotBelow("high", high, "low", low);
  return DelayLaw(std::make_shared<const State>(
      State{"uniform",
            {{"low", {low}}, {"high", {high}}},
            low + (high - low) / 2,
            low,
            [low, high](double u) { return low + (high - low) * u; }}));
}

DelayLaw DelayLaw::Exponential(double mean) {
  RequirePositive("mean", mean);
  return DelayLaw(std::make_shared<const State>(
      State{"exponential", {{"mean", {mean}}}, mean, 0.0, [mean](double u) {
              return mean * StandardExponential(u);
            }}));
}

DelayLaw DelayLaw::ShiftedExponential(double shift, double mean) {
  RequireNonnegative("shift", shift);
  RequirePositive("mean", mean);
  return DelayLaw(std::make_shared<const State>(
      State{"shifted-exponential",
            {{"shift", {shift}}, {"mean", {mean}}},
            shift + mean,
            shift,
            [shift, mean](double u) {
              return shift + mean * StandardExponential(u);
            }}));
}

DelayLaw DelayLaw::Gamma(double shape, double mean) {
  RequirePositive("shape", shape);
  if (shape > kLargestGammaShape) {
    Refuse("shape", shape, "<= 1e6: beyond that, take a constant");
  }
  RequirePositive("mean", mean);
  return DelayLaw(std::make_shared<const State>(
      State{"gamma",
            {{"shape", {shape}}, {"mean", {mean}}},
            mean,
            0.0,
            [shape, mean](double u) {
              return mean * (StandardGamma(shape, u) / shape);
            }}));
}

DelayLaw DelayLaw::Lognormal(double median, double sigma) {
  RequirePositive("median", median);
  RequireNonnegative("sigma", sigma);
  return DelayLaw(std::make_shared<const State>(
      State{"lognormal",
            {{"median", {median}}, {"sigma", {sigma}}},
            median * std::exp(sigma * sigma / 2),
            sigma > 0 ? 0.0 : median,
            [median, sigma](double u) {
              return median * std::exp(sigma * StandardNormal(u));
            }}));
}

DelayLaw DelayLaw::Weibull(double shape, double scale) {
  RequirePositive("shape", shape);
  RequirePositive("scale", scale);
  return DelayLaw(std::make_shared<const State>(
      State{"weibull",
            {{"shape", {shape}}, {"scale", {scale}}},
            scale * std::tgamma(1.0 + 1.0 / shape),
            0.0,
            [shape, scale](double u) {
              return scale * std::pow(StandardExponential(u), 1.0 / shape);
            }}));
}

DelayLaw DelayLaw::Pareto(double scale, double shape) {
  RequirePositive("scale", scale);
  RequirePositive("shape", shape);
  return DelayLaw(std::make_shared<const State>(
      State{"pareto",
            {{"scale", {scale}}, {"shape", {shape}}},
            shape > 1 ? scale * (shape / (shape - 1)) : kInfinity,
            scale,
            [scale, shape](double u) {
              return scale * std::exp(StandardExponential(u) / shape);
            }}));
}

DelayLaw DelayLaw::TwoSpeed(double fast, double slow, double probability) {
  RequireNonnegative("fast", fast);
  RequireNotBelow("slow", slow, "fast", fast);
  RequireProbability("probability", probability);
  return DelayLaw(std::make_shared<const State>(State{
      "two-speed",
      {{"fast", {fast}}, {"slow", {slow}}, {"probability", {probability}}},
      (1 - probability) * fast + probability * slow,
      probability < 1 ? fast : slow,
      [fast, slow, probability](double u) {
        return u > 1 - probability ? slow : fast;
      }}));
}

DelayLaw DelayLaw::HyperExponential(std::vector<double> means,
                                    std::vector<double> probabilities) {
  Exponentials law = CheckedExponentials(means, probabilities);
  double mean = 0.0;
  for (std::size_t k = 0; k < law.means.size(); ++k) {
    mean += law.probabilities[k] * law.means[k];
  }
  return DelayLaw(std::make_shared<const State>(
      State{"hyper-exponential",
            {{"means", std::move(means)},
             {"probabilities", std::move(probabilities)}},
            mean,
            0.0,
            [law = std::move(law)](double u) {
              return HyperExponentialQuantile(law, u);
            }}));
}

DelayLaw DelayLaw::FromQuantile(std::string name, double mean,
                                std::function<double(double)> quantile) {
  if (!quantile) throw std::invalid_argument("quantile must be a function");
  if (!(mean >= 0)) Refuse("mean", mean, ">= 0");
  const double lowest = quantile(kSmallestUniform);
  if (!(lowest >= 0)) Refuse("quantile(2^-53)", lowest, ">= 0");
  return DelayLaw(std::make_shared<const State>(
      State{std::move(name), {}, mean, lowest, std::move(quantile)}));
}

double DelayLaw::Quantile(double u) const {
  assert(u > 0 && u < 1);
  const double seconds = state_->quantile(u);
  if (!(seconds >= 0)) {
    Refuse(fmt::format("{}: quantile({})", name(), ShortestDecimal(u)), seconds,
           ">= 0");
  }
  return std::min(seconds, std::numeric_limits<double>::max());
}

double DelayLaw::mean() const { return state_->mean; }

double DelayLaw::lowest() const { return state_->lowest; }

const std::string& DelayLaw::name() const { return state_->name; }

const std::map<std::string, std::vector<double>>& DelayLaw::keys() const {
  return state_->keys;
}

}  // namespace tortoise
