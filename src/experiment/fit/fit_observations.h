// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tortoise/experiment/read_run.h"
#include "tortoise/theory/fit_delay.h"

namespace tortoise::internal {

/// What the contributions of racers with the same delays say of these.
struct ObservedDelays {
  std::vector<std::size_t> racers;  // indices
  std::vector<DelayObservation> delays;
  std::vector<DelayObservation> round_delays;
  DelayFitOptions options;  // tolerance and outliers of both
  std::vector<std::string> notes;
};

/// At most this many observations of a group are used, evenly thinned.
inline constexpr std::size_t kMostObservations = 100'000;

[[nodiscard]] std::vector<ObservedDelays> ObserveDelays(
    const RecordedRace& race);

}  // namespace tortoise::internal
