// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_law.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/check.h"
#include "core/text.h"
#include "straggler/distributions.h"

namespace tortoise {

namespace {

using internal::Refuse;

constexpr double kLargest = std::numeric_limits<double>::max();

// Each u by its quantile, all at once where the law knows how.
template <typename Distribution>
void ReplaceAll(const Distribution& distribution, std::span<double> u) {
  if constexpr (requires { distribution.Quantiles(u); }) {
    distribution.Quantiles(u);
  } else {
    for (double& x : u) x = std::min(distribution.Quantile(x), kLargest);
  }
}

}  // namespace

struct DelayLaw::State {
  LawKind kind;
  std::string name;
  std::map<std::string, std::vector<double>> keys;
  double mean;
  double lowest;
  std::function<void(std::span<double>)> quantiles;  // in place
  std::function<double(double)> survival;
  std::function<double(double)> log_density;

  template <typename Distribution>
  static std::shared_ptr<const State> Of(
      LawKind kind, std::string name,
      std::map<std::string, std::vector<double>> keys, double mean,
      double lowest, Distribution distribution) {
    const auto shared =
        std::make_shared<const Distribution>(std::move(distribution));
    return std::make_shared<const State>(
        State{kind, std::move(name), std::move(keys), mean, lowest,
              [shared](std::span<double> u) { ReplaceAll(*shared, u); },
              [shared](double x) { return shared->Survival(x); },
              [shared](double x) { return shared->LogDensity(x); }});
  }
};

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// Uniform numbers come no closer to 0, so a law shows nothing below this.
constexpr double kSmallestUniform = 0x1p-53;
constexpr double kLargestUniform = 1.0 - 0x1p-53;

// A quantile takes time that grows with the root of the shape, and a spread of
// 0.1 % of the mean is as good as none.
constexpr double kLargestGammaShape = 1e6;

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

internal::HyperExponentialDistribution CheckedExponentials(
    const std::vector<double>& means,
    const std::vector<double>& probabilities) {
  if (means.empty()) throw SettingError({"means", "means must not be empty"});
  if (means.size() != probabilities.size()) {
    throw SettingError(
        {"probabilities",
         fmt::format("probabilities has {} entries and must have {}, as means",
                     probabilities.size(), means.size())});
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
  internal::HyperExponentialDistribution law;
  for (std::size_t k = 0; k < means.size(); ++k) {
    if (probabilities[k] == 0) continue;
    law.means.push_back(means[k]);
    law.probabilities.push_back(probabilities[k] / sum);
  }
  return law;
}

// A law of the user's own.
struct QuantileDistribution {
  std::string name;
  std::function<double(double)> quantile;

  [[nodiscard]] double Quantile(double u) const {
    const double seconds = quantile(u);
    if (seconds >= 0) return seconds;
    Refuse(fmt::format("{}: quantile({})", name, ShortestDecimal(u)), seconds,
           ">= 0");
  }

  // 1 - the largest u with Q(u) <= x.
  [[nodiscard]] double Survival(double x) const {
    double low = kSmallestUniform;
    double high = kLargestUniform;
    if (quantile(low) > x) return 1.0;
    if (quantile(high) <= x) return 0.0;
    for (;;) {
      const double middle = low + (high - low) / 2;
      if (middle == low || middle == high) return 1.0 - low;
      (quantile(middle) <= x ? low : high) = middle;
    }
  }

  [[nodiscard]] double LogDensity(double) const { return internal::kNoDensity; }
};

}  // namespace

DelayLaw::DelayLaw(std::shared_ptr<const State> state)
    : state_(std::move(state)) {}

DelayLaw DelayLaw::Constant(double value) {
  RequireNonnegative("value", value);
  return DelayLaw(State::Of(LawKind::kConstant, "constant",
                            {{"value", {value}}}, value, value,
                            internal::ConstantDistribution{value}));
}

DelayLaw DelayLaw::Uniform(double low, double high) {
  RequireNonnegative("low", low);
  RequireNotBelow("high", high, "low", low);
  return DelayLaw(State::Of(
      LawKind::kUniform, "uniform", {{"low", {low}}, {"high", {high}}},
      low + (high - low) / 2, low, internal::UniformDistribution{low, high}));
}

DelayLaw DelayLaw::Exponential(double mean) {
  RequirePositive("mean", mean);
  return DelayLaw(State::Of(LawKind::kExponential, "exponential",
                            {{"mean", {mean}}}, mean, 0.0,
                            internal::ExponentialDistribution{0.0, mean}));
}

DelayLaw DelayLaw::ShiftedExponential(double shift, double mean) {
  RequireNonnegative("shift", shift);
  RequirePositive("mean", mean);
  return DelayLaw(State::Of(LawKind::kShiftedExponential, "shifted-exponential",
                            {{"shift", {shift}}, {"mean", {mean}}},
                            shift + mean, shift,
                            internal::ExponentialDistribution{shift, mean}));
}

DelayLaw DelayLaw::Gamma(double shape, double mean) {
  RequirePositive("shape", shape);
  if (shape > kLargestGammaShape) {
    Refuse("shape", shape, "<= 1e6: beyond that, take a constant");
  }
  RequirePositive("mean", mean);
  return DelayLaw(State::Of(LawKind::kGamma, "gamma",
                            {{"shape", {shape}}, {"mean", {mean}}}, mean, 0.0,
                            internal::GammaDistribution(shape, mean)));
}

DelayLaw DelayLaw::Lognormal(double median, double sigma) {
  RequirePositive("median", median);
  RequireNonnegative("sigma", sigma);
  return DelayLaw(State::Of(LawKind::kLognormal, "lognormal",
                            {{"median", {median}}, {"sigma", {sigma}}},
                            median * std::exp(sigma * sigma / 2),
                            sigma > 0 ? 0.0 : median,
                            internal::LognormalDistribution{median, sigma}));
}

DelayLaw DelayLaw::Weibull(double shape, double scale) {
  RequirePositive("shape", shape);
  RequirePositive("scale", scale);
  return DelayLaw(State::Of(LawKind::kWeibull, "weibull",
                            {{"shape", {shape}}, {"scale", {scale}}},
                            scale * std::tgamma(1.0 + 1.0 / shape), 0.0,
                            internal::WeibullDistribution{shape, scale}));
}

DelayLaw DelayLaw::Pareto(double scale, double shape) {
  RequirePositive("scale", scale);
  RequirePositive("shape", shape);
  return DelayLaw(State::Of(
      LawKind::kPareto, "pareto", {{"scale", {scale}}, {"shape", {shape}}},
      shape > 1 ? scale * (shape / (shape - 1)) : kInfinity, scale,
      internal::ParetoDistribution{scale, shape}));
}

DelayLaw DelayLaw::TwoSpeed(double fast, double slow, double probability) {
  RequireNonnegative("fast", fast);
  RequireNotBelow("slow", slow, "fast", fast);
  RequireProbability("probability", probability);
  return DelayLaw(State::Of(
      LawKind::kTwoSpeed, "two-speed",
      {{"fast", {fast}}, {"slow", {slow}}, {"probability", {probability}}},
      (1 - probability) * fast + probability * slow,
      probability < 1 ? fast : slow,
      internal::TwoSpeedDistribution{fast, slow, probability}));
}

DelayLaw DelayLaw::HyperExponential(std::vector<double> means,
                                    std::vector<double> probabilities) {
  internal::HyperExponentialDistribution law =
      CheckedExponentials(means, probabilities);
  double mean = 0.0;
  for (std::size_t k = 0; k < law.means.size(); ++k) {
    mean += law.probabilities[k] * law.means[k];
  }
  return DelayLaw(State::Of(LawKind::kHyperExponential, "hyper-exponential",
                            {{"means", std::move(means)},
                             {"probabilities", std::move(probabilities)}},
                            mean, 0.0, std::move(law)));
}

DelayLaw DelayLaw::FromQuantile(const std::string& name, double mean,
                                std::function<double(double)> quantile) {
  if (!quantile) throw std::invalid_argument("quantile must be a function");
  if (!(mean >= 0)) Refuse("mean", mean, ">= 0");
  const double lowest = quantile(kSmallestUniform);
  if (!(lowest >= 0)) Refuse("quantile(2^-53)", lowest, ">= 0");
  return DelayLaw(State::Of(LawKind::kOwn, name, {}, mean, lowest,
                            QuantileDistribution{name, std::move(quantile)}));
}

double DelayLaw::Quantile(double u) const {
  assert(u > 0 && u < 1);
  state_->quantiles({&u, 1});
  return u;
}

void DelayLaw::Quantiles(std::span<double> u) const { state_->quantiles(u); }

double DelayLaw::Survival(double x) const {
  assert(!std::isnan(x));
  if (x < lowest()) return 1.0;
  return x < kInfinity ? state_->survival(x) : 0.0;
}

double DelayLaw::LogDensity(double x) const {
  assert(!std::isnan(x));
  const bool possible = x >= lowest() && x < kInfinity;
  const double value = state_->log_density(possible ? x : lowest());
  return possible || std::isnan(value) ? value : -kInfinity;
}

double DelayLaw::mean() const { return state_->mean; }

double DelayLaw::lowest() const { return state_->lowest; }

LawKind DelayLaw::kind() const { return state_->kind; }

const std::string& DelayLaw::name() const { return state_->name; }

const std::map<std::string, std::vector<double>>& DelayLaw::keys() const {
  return state_->keys;
}

double DelayLaw::Key(const std::string& key) const {
  return state_->keys.at(key).front();
}

bool DelayLaw::operator==(const DelayLaw& other) const {
  if (state_ == other.state_) return true;
  return kind() == other.kind() && kind() != LawKind::kOwn &&
         keys() == other.keys();
}

}  // namespace tortoise
