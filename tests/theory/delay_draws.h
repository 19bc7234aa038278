// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tortoise/straggler/delay_tape.h"
#include "tortoise/theory/fit_delay.h"

namespace tortoise::testing {

/// What is seen of the delays of 8 workers in rounds: all of them, or the
/// `quorum` that end first, at whose end the others are cancelled (k-sync).
struct DrawSettings {
  std::uint64_t seed = 1;
  std::size_t count = 20'000;  // observations
  int quorum = 8;
  double floor = 0.0;  // computing time: hides what is quicker
  std::vector<double> speeds = std::vector<double>(8, 1.0);
};

inline std::vector<DelayObservation> DrawObservations(
    const DelayLaw& law, const DrawSettings& settings) {
  using Kind = DelayObservation::Kind;
  const DelayTape tape(law, settings.seed, 0);
  std::vector<DelayObservation> seen;
  for (std::uint64_t round = 0; seen.size() < settings.count; ++round) {
    std::vector<std::pair<double, int>> ends;
    for (int w = 0; w < 8; ++w) {
      const auto worker = static_cast<std::size_t>(w);
      const double work = *tape.Work(worker, round);
      ends.emplace_back(work / settings.speeds[worker], w);
    }
    std::sort(ends.begin(), ends.end());  // equal ones in order of worker
    const auto last = ends[static_cast<std::size_t>(settings.quorum - 1)];
    for (const auto& [seconds, w] : ends) {
      if (seconds > last.first || (seconds == last.first && w > last.second)) {
        seen.push_back({w, std::max(last.first, settings.floor),
                        w < last.second ? Kind::kAbove : Kind::kRightCensored});
      } else if (seconds < settings.floor) {
        seen.push_back({w, settings.floor, Kind::kLeftCensored});
      } else {
        seen.push_back({w, seconds, Kind::kExact});
      }
    }
  }
  return seen;
}

/// One law of each name.
inline std::vector<DelayLaw> LawsToFit() {
  return {DelayLaw::Constant(.005),
          DelayLaw::Uniform(.002, .008),
          DelayLaw::Exponential(.005),
          DelayLaw::ShiftedExponential(.002, .003),
          DelayLaw::Gamma(3, .005),
          DelayLaw::Lognormal(.004, .5),
          DelayLaw::Weibull(3, .005),
          DelayLaw::Pareto(.001, 2.5),
          DelayLaw::TwoSpeed(.001, .01, .2),
          DelayLaw::HyperExponential({.002, .02}, {.8, .2})};
}

}  // namespace tortoise::testing
