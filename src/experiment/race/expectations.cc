// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/expectations.h"

#include <cmath>
#include <utility>

#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

double LargestOf(const Expectation& e) {
  return e.value ? *e.value : e.upper.value_or(INFINITY);
}
double SmallestOf(const Expectation& e) {
  return e.value ? *e.value : e.lower.value_or(0.0);
}

// Both times divided by the steps they are for.
Expectation Ratio(const Expectation& sync, const Expectation& racer,
                  double local_steps) {
  Expectation ratio;
  if (sync.value && racer.value) {
    const double value = *sync.value * local_steps / *racer.value;
    if (std::isfinite(value) && value > 0.0) {
      ratio.value = value;
      ratio.error =
          value * (sync.error / *sync.value + racer.error / *racer.value);
    } else {
      ratio.reason = "a time is infinite or 0";
    }
    return ratio;
  }
  const double lower = SmallestOf(sync) * local_steps / LargestOf(racer);
  const double upper = LargestOf(sync) * local_steps / SmallestOf(racer);
  if (lower > 0.0 && std::isfinite(lower)) ratio.lower = lower;
  if (std::isfinite(upper)) ratio.upper = upper;
  ratio.reason = sync.value ? racer.reason : sync.reason;
  return ratio;
}

void AddErrorBound(const RuntimeModel& model, const TheoryConstants& constants,
                   const RunOptions& options, bool chooses_quorum,
                   bool knows_minimum, RacerExpectation& racer) {
  const double eta = options.step_size;
  const double batch = options.batch_size;
  racer.error_bound = BoundInSeconds(model, constants, eta, batch);
  if (!racer.error_bound) {
    racer.no_bound = "no bound on the seconds per update";
    return;
  }
  const double horizon = options.stop.seconds;
  if (std::isfinite(horizon)) {
    racer.at_stop = racer.error_bound->At(horizon);
    if (chooses_quorum) {
      racer.best_quorum = BestQuorumAt(model, constants, eta, batch, horizon);
    }
  }
  const auto target = options.stop.target_loss;
  if (!target || !knows_minimum) return;
  racer.seconds_to_target = racer.error_bound->SecondsToReach(*target);
  if (chooses_quorum) {
    racer.best_quorum_to_target =
        BestQuorumToReach(model, constants, eta, batch, *target);
  }
}

void AddGradientBound(const RuntimeModel& model,
                      const TheoryConstants& constants,
                      const RunOptions& options, RacerExpectation& racer) {
  const double tau = model.method.local_steps;
  racer.gradient_bound = CooperativeBound(
      constants, {.num_workers = static_cast<double>(model.method.num_workers),
                  .local_steps = tau,
                  .step_size = options.step_size,
                  .batch_size = static_cast<double>(options.batch_size)});
  const double horizon = options.stop.seconds;
  const auto& round = racer.seconds_per_update.value;
  if (!std::isfinite(horizon) || !round) return;
  racer.at_stop = racer.gradient_bound->At(horizon / *round * tau);
  racer.best_local_steps = BestLocalStepsAt(model, constants, options.step_size,
                                            options.batch_size, horizon);
}

// A racer that was given K may be told of a better one; one that was given tau
// averages periodically, also if that is 1.
void AddBounds(const RuntimeModel& model, const TheoryConstants& constants,
               const RunOptions& options, const MethodSettings& given,
               bool knows_minimum, RacerExpectation& racer) {
  if (model.method.writes_in_place()) {
    racer.no_bound = "none for writes in place";
    return;
  }
  const bool is_averaging = given.local_steps.has_value();
  const bool is_stale = racer.staleness.value.value_or(1.0) > 0.0;
  const auto missing = MissingConstant(
      constants, {.is_stale = is_stale && !is_averaging}, !is_averaging);
  if (missing) {
    racer.no_bound = "theory." + *missing + " is not given";
    return;
  }
  if (is_averaging) {
    AddGradientBound(model, constants, options, racer);
  } else {
    AddErrorBound(model, constants, options, given.quorum.has_value(),
                  knows_minimum, racer);
  }
}

}  // namespace

RuntimeModel MakeRuntimeModel(const RunOptions& options) {
  return {.method = options.method,
          .delay = options.delay,
          .round_delay = options.round_delay,
          .speed = options.speed,
          .compute_seconds =
              options.clock == Clock::kVirtual ? options.compute_seconds : 0.0,
          .adds_compute = options.delay_mode == DelayMode::kExtra};
}

TheoryConstants KnownConstants(const Experiment& experiment) {
  TheoryConstants constants = experiment.theory;
  if (experiment.problem.objective != "quadratic") return constants;
  const QuadraticOptions& quadratic = experiment.problem.quadratic;
  const std::vector<double> start(quadratic.parameters, 0.0);
  const auto set = [](std::optional<double>& constant, double value) {
    if (!constant) constant = value;
  };
  set(constants.L, quadratic.L);
  set(constants.c, quadratic.c);
  set(constants.sigma_squared, quadratic.sigma * quadratic.sigma);
  set(constants.noise_growth, 0.0);
  // The minimum is 0.
  set(constants.initial_gap, MakeQuadratic<double>(quadratic)->Loss(start, {}));
  return constants;
}

std::vector<RacerExpectation> ExpectRacers(const Experiment& experiment) {
  const TheoryConstants constants = KnownConstants(experiment);
  const bool knows_minimum = experiment.problem.objective == "quadratic";
  std::vector<RacerExpectation> racers;
  for (const RacerSettings& racer : experiment.racers) {
    const RuntimeModel model = MakeRuntimeModel(racer.options);
    RuntimeModel sync = model;
    sync.method = MakeMethod("sync", model.method.num_workers);
    RacerExpectation expected;
    expected.name = racer.name;
    expected.protocol = model.method.protocol;
    expected.seconds_per_update = ExpectedSecondsPerUpdate(model);
    expected.speed_up =
        Ratio(ExpectedSecondsPerUpdate(sync), expected.seconds_per_update,
              model.method.local_steps);
    expected.staleness = ExpectedStaleness(model);
    expected.fresh_fraction = ExpectedFreshFraction(model);
    AddBounds(model, constants, racer.options, racer.method, knows_minimum,
              expected);
    racers.push_back(std::move(expected));
  }
  return racers;
}

}  // namespace tortoise
