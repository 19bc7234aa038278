// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/best_settings.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

namespace tortoise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// All of them up to a hundred, then about a hundred in equal ratios.
std::vector<int> QuorumsToTry(int workers) {
  constexpr int kMost = 100;
  std::vector<int> quorums;
  const double ratio = std::max(1.0, std::pow(workers, 1.0 / kMost));
  for (double k = 1.0; k < workers; k = std::max(k * ratio, k + 1.0)) {
    const int quorum = static_cast<int>(k);
    if (quorums.empty() || quorum > quorums.back()) quorums.push_back(quorum);
  }
  quorums.push_back(workers);
  return quorums;
}

// The K whose value is smallest; a value of nothing never is.
std::optional<BestQuorum> Smallest(
    const RuntimeModel& model, const TheoryConstants& constants,
    double step_size, double batch_size,
    const std::function<std::optional<double>(const SecondsBound&)>& value) {
  std::optional<BestQuorum> best;
  RuntimeModel candidate = model;
  for (const int quorum : QuorumsToTry(model.method.num_workers)) {
    candidate.method.synchrony.quorum = quorum;
    const auto bound =
        BoundInSeconds(candidate, constants, step_size, batch_size);
    if (!bound || !bound->bound.condition_holds) continue;
    const auto number = value(*bound);
    if (!number || !std::isfinite(*number)) continue;
    if (!best || *number < best->bound) best = {quorum, *number};
  }
  return best;
}

// The place in 1 ... most of the smallest value of a function that falls and
// then rises.
int Bottom(int most, const std::function<double(int)>& value) {
  int low = 1;
  int high = most;
  while (low < high) {
    const int middle = low + (high - low) / 2;
    if (value(middle) <= value(middle + 1)) {
      high = middle;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

}  // namespace

std::optional<double> SecondsBound::SecondsToReach(double error) const {
  const auto updates = bound.UpdatesToReach(error);
  if (!updates) return std::nullopt;
  return *updates * seconds_per_update;
}

std::optional<SecondsBound> BoundInSeconds(const RuntimeModel& model,
                                           const TheoryConstants& constants,
                                           double step_size,
                                           double batch_size) {
  if (model.method.local_steps != 1 || model.method.writes_in_place()) {
    return std::nullopt;
  }
  const Expectation seconds = ExpectedSecondsPerUpdate(model);
  const auto most = seconds.value ? seconds.value : seconds.upper;
  if (!most || !std::isfinite(*most)) return std::nullopt;
  const Expectation staleness = ExpectedStaleness(model);
  TheoryConstants known = constants;
  if (!known.fresh_probability) {
    known.fresh_probability = ExpectedFreshFraction(model).value;
  }
  const StepSetting setting{
      .step_size = step_size,
      .batch_size = batch_size,
      .quorum = static_cast<double>(model.method.synchrony.quorum),
      .is_stale = !(staleness.value && *staleness.value == 0.0)};
  return SecondsBound{StronglyConvexBound(known, setting), *most};
}

std::optional<BestQuorum> BestQuorumAt(const RuntimeModel& model,
                                       const TheoryConstants& constants,
                                       double step_size, double batch_size,
                                       double seconds) {
  return Smallest(model, constants, step_size, batch_size,
                  [seconds](const SecondsBound& bound) {
                    return std::optional(bound.At(seconds));
                  });
}

std::optional<BestQuorum> BestQuorumToReach(const RuntimeModel& model,
                                            const TheoryConstants& constants,
                                            double step_size, double batch_size,
                                            double error) {
  return Smallest(model, constants, step_size, batch_size,
                  [error](const SecondsBound& bound) {
                    return bound.SecondsToReach(error);
                  });
}

std::optional<BestLocalSteps> BestLocalStepsAt(const RuntimeModel& model,
                                               const TheoryConstants& constants,
                                               double step_size,
                                               double batch_size,
                                               double seconds, int most) {
  MixingSetting setting{
      .num_workers = static_cast<double>(model.method.num_workers),
      .step_size = step_size,
      .batch_size = batch_size};
  RuntimeModel candidate = model;
  const auto bound_of = [&](int tau) {
    setting.local_steps = tau;
    return CooperativeBound(constants, setting);
  };
  const auto value = [&](int tau) {
    candidate.method.local_steps = tau;
    const auto round = ExpectedSecondsPerUpdate(candidate).value;
    if (!round) return kInfinity;
    const GradientBound bound = bound_of(tau);
    return bound.transient * *round / (tau * seconds) + bound.floor;
  };
  if (!std::isfinite(value(1))) return std::nullopt;
  // The condition gets harder with tau.
  const bool holds = bound_of(1).condition_holds;
  int limit = most;
  while (holds && limit > 1 && !bound_of(limit).condition_holds) --limit;

  BestLocalSteps best;
  best.local_steps = Bottom(limit, value);
  best.bound = value(best.local_steps);
  best.condition_holds = holds;
  const double step = step_size * *constants.L;
  const double noise = *constants.sigma_squared / batch_size;
  const double squared = 2.0 * *constants.initial_gap *
                         model.round_delay.mean() /
                         (step_size * step * step * noise * seconds);
  best.formula = std::isnan(squared) ? 1.0 : std::max(1.0, std::sqrt(squared));
  return best;
}

}  // namespace tortoise
