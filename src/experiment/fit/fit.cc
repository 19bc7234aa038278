// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/fit/fit.h"

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "experiment/fit/fit_constants.h"
#include "experiment/fit/fit_observations.h"

namespace tortoise {
namespace {

// Nothing, with the reason as a note, if no law can be fitted.
std::optional<DelayFit> Fit(const std::vector<DelayObservation>& seen,
                            const DelayFitOptions& options,
                            std::vector<std::string>* notes) {
  if (seen.empty()) {
    notes->emplace_back("no contribution of one gradient was recorded");
    return std::nullopt;
  }
  try {
    return FitDelays(seen, options);
  } catch (const std::invalid_argument& e) {
    notes->emplace_back(e.what());
    return std::nullopt;
  }
}

// Nothing if all round delays are 0 as far as one can tell.
std::optional<DelayFit> FitRounds(const internal::ObservedDelays& observed,
                                  std::vector<std::string>* notes) {
  DelayFitOptions options = observed.options;
  options.speeds = false;
  const bool any =
      std::any_of(observed.round_delays.begin(), observed.round_delays.end(),
                  [&](const auto& o) { return o.seconds > options.tolerance; });
  if (!any) return std::nullopt;
  return Fit(observed.round_delays, options, notes);
}

}  // namespace

RaceFit FitRace(const RecordedRace& race) {
  RaceFit fit;
  for (internal::ObservedDelays& observed : internal::ObserveDelays(race)) {
    RacersDelays delays;
    for (const std::size_t r : observed.racers) {
      delays.racers.push_back(race.experiment.racers[r].name);
    }
    delays.notes = std::move(observed.notes);
    delays.delay = Fit(observed.delays, observed.options, &delays.notes);
    delays.round_delay = FitRounds(observed, &delays.notes);
    fit.delays.push_back(std::move(delays));
  }
  fit.measured = internal::MeasureConstants(race);
  return fit;
}

}  // namespace tortoise
