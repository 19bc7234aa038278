// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/error_bounds.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace tortoise {
namespace {

using internal::Require;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

double Given(const std::optional<double>& constant, const char* name) {
  Require(constant.has_value(), fmt::format("{} is needed", name));
  return *constant;
}

double Positive(const std::optional<double>& constant, const char* name) {
  const double value = Given(constant, name);
  Require(value > 0.0 && std::isfinite(value),
          fmt::format("{} = {} must be > 0", name, value));
  return value;
}

double Nonnegative(const std::optional<double>& constant, const char* name) {
  const double value = Given(constant, name);
  Require(value >= 0.0 && std::isfinite(value),
          fmt::format("{} = {} must be >= 0", name, value));
  return value;
}

double NoiseGrowth(const TheoryConstants& constants) {
  return Nonnegative(constants.noise_growth.value_or(0.0), "noise_growth");
}

void Check(const StepSetting& setting) {
  Positive(setting.step_size, "step_size");
  Require(setting.batch_size >= 1.0,
          fmt::format("batch_size = {} must be >= 1", setting.batch_size));
  Require(setting.quorum >= 1.0,
          fmt::format("quorum = {} must be >= 1", setting.quorum));
}

// gamma': how much of a step staleness leaves.
double Progress(const TheoryConstants& constants, const StepSetting& setting) {
  if (!setting.is_stale) return 1.0;
  const double gamma = Nonnegative(constants.gamma, "gamma");
  const double fresh = Nonnegative(constants.fresh_probability.value_or(0.0),
                                   "fresh_probability");
  Require(fresh <= 1.0,
          fmt::format("fresh_probability = {} must be <= 1", fresh));
  return 1.0 - gamma + fresh / 2.0;
}

struct Condition {
  bool holds;
  std::string text;
};

Condition StepCondition(const TheoryConstants& constants,
                        const StepSetting& setting) {
  const double samples = setting.quorum * setting.batch_size;
  const double growth = NoiseGrowth(constants) / samples + 1.0;
  const double factor = setting.is_stale ? 2.0 : 1.0;
  const double most = 1.0 / (factor * *constants.L * growth);
  // A step at the limit must not fail for the rounding of the limit.
  const bool holds = setting.step_size <= most * (1.0 + 1e-12);
  return {holds, fmt::format("step size {:.6g} {} {:.6g} = 1/({}L (M_G/(K m) "
                             "+ 1))",
                             setting.step_size, holds ? "<=" : ">", most,
                             setting.is_stale ? "2 " : "")};
}

}  // namespace

double ErrorBound::At(double updates) const {
  if (std::isinf(floor)) return kInfinity;
  return floor + std::exp(updates * std::log1p(-decay)) * (initial - floor);
}

std::optional<double> ErrorBound::UpdatesToReach(double error) const {
  if (error >= initial && error >= floor) return 0.0;
  if (!(error > floor)) return std::nullopt;
  return std::log((initial - floor) / (error - floor)) / -std::log1p(-decay);
}

double GradientBound::At(double updates) const {
  return transient / updates + floor;
}

std::optional<double> GradientBound::UpdatesToReach(double error) const {
  if (!(error > floor)) return std::nullopt;
  return transient / (error - floor);
}

std::optional<std::string> MissingConstant(const TheoryConstants& constants,
                                           const StepSetting& setting,
                                           bool is_convex) {
  if (!constants.L) return "L";
  if (is_convex && !constants.c) return "c";
  if (!constants.sigma_squared) return "sigma_squared";
  if (!constants.initial_gap) return "initial_gap";
  if (setting.is_stale && !constants.gamma) return "gamma";
  return std::nullopt;
}

ErrorBound StronglyConvexBound(const TheoryConstants& constants,
                               const StepSetting& setting) {
  Check(setting);
  const double smooth = Positive(constants.L, "L");
  const double convex = Positive(constants.c, "c");
  Require(convex <= smooth,
          fmt::format("c = {} must be <= L = {}", convex, smooth));
  const double noise = Nonnegative(constants.sigma_squared, "sigma_squared");
  const double progress = Progress(constants, setting);
  const double eta = setting.step_size;

  ErrorBound bound;
  bound.initial = Nonnegative(constants.initial_gap, "initial_gap");
  const Condition condition = StepCondition(constants, setting);
  bound.condition_holds = condition.holds;
  bound.condition = condition.text;
  bound.decay = std::clamp(eta * convex * progress, 0.0, 1.0);
  bound.floor =
      progress > 0.0
          ? eta * smooth * noise /
                (2.0 * convex * progress * setting.quorum * setting.batch_size)
          : kInfinity;
  return bound;
}

GradientBound NonconvexBound(const TheoryConstants& constants,
                             const StepSetting& setting) {
  Check(setting);
  const double smooth = Positive(constants.L, "L");
  const double noise = Nonnegative(constants.sigma_squared, "sigma_squared");
  const double gap = Nonnegative(constants.initial_gap, "initial_gap");
  const double progress = Progress(constants, setting);
  const double eta = setting.step_size;
  const Condition condition = StepCondition(constants, setting);

  GradientBound bound{.condition_holds = condition.holds,
                      .condition = condition.text};
  bound.transient = bound.floor = kInfinity;
  if (progress > 0.0) {
    bound.transient = 2.0 * gap / (eta * progress);
    bound.floor =
        eta * smooth * noise / (setting.quorum * setting.batch_size * progress);
  }
  return bound;
}

GradientBound CooperativeBound(const TheoryConstants& constants,
                               const MixingSetting& setting) {
  const double eta = Positive(setting.step_size, "step_size");
  const double m = setting.num_workers;
  const double tau = setting.local_steps;
  const double zeta = setting.second_eigenvalue;
  Require(m >= 1.0, "num_workers must be >= 1");
  Require(setting.num_auxiliary >= 0.0, "num_auxiliary must be >= 0");
  Require(tau >= 1.0, "local_steps must be >= 1");
  Require(zeta >= 0.0 && zeta < 1.0, "second_eigenvalue must be in [0, 1)");
  Require(setting.batch_size >= 1.0, "batch_size must be >= 1");
  const double smooth = Positive(constants.L, "L");
  const double gap = Nonnegative(constants.initial_gap, "initial_gap");
  const double noise = Nonnegative(constants.sigma_squared, "sigma_squared") /
                       setting.batch_size;
  const double growth = NoiseGrowth(constants) / setting.batch_size;

  const double effective = eta * m / (m + setting.num_auxiliary);
  const double step = eta * smooth;
  const double spread = (1 + zeta * zeta) / (1 - zeta * zeta) * tau - 1;
  const bool is_averaging =
      zeta == 0.0 && setting.num_auxiliary == 0.0 && growth == 0.0;
  const double mixing = (1 + growth / tau) * tau / (1 - zeta);
  const double left = is_averaging ? step + step * step * tau * (tau - 1)
                                   : effective * smooth * (1 + growth / m) +
                                         5 * step * step * mixing * mixing;
  GradientBound bound;
  bound.transient = 2.0 * gap / effective;
  bound.floor = effective * smooth * noise / m + step * step * noise * spread;
  bound.condition_holds = left <= 1.0 + 1e-12;
  bound.condition = fmt::format(
      "{} = {:.6g} {} 1",
      is_averaging
          ? "eta L + eta^2 L^2 tau (tau - 1)"
          : "eta' L (1 + b/m) + 5 eta^2 L^2 ((1 + b/tau) tau/(1 - zeta))^2",
      left, bound.condition_holds ? "<=" : ">");
  return bound;
}

double ElasticEigenvalue(double num_workers, double alpha) {
  return std::max(std::abs(1.0 - alpha),
                  std::abs(1.0 - (num_workers + 1.0) * alpha));
}

}  // namespace tortoise
