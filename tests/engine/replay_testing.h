// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <stop_token>
#include <utility>
#include <vector>

#include "engine/run_testing.h"
#include "tortoise/engine/replay.h"

namespace tortoise::testing {

using Events = std::vector<EventRecord>;

/// What `events` say, done in a slow loop: element v is the model of version v.
template <typename T>
std::vector<std::vector<T>> FollowSlowly(AnyObjective<T>& objective,
                                         const RunOptions& options,
                                         const Events& events) {
  struct Flight {
    std::vector<T> snapshot;
    RunOptions options;
  };
  std::vector<Flight> flights(
      static_cast<std::size_t>(options.method.num_workers));
  std::vector<std::vector<T>> models = {
      std::vector<T>(objective.num_parameters())};
  std::vector<std::vector<T>> arrived;
  std::vector<double> scales;  // of what has arrived
  for (const EventRecord& event : events) {
    if (event.kind == EventKind::kUpdate) {
      std::vector<T> next = models.back();
      for (std::size_t k = 0; k < next.size(); ++k) {
        T sum = arrived[0][k];
        for (std::size_t i = 1; i < arrived.size(); ++i) {
          sum += static_cast<T>(scales[i] / scales[0]) * arrived[i][k];
        }
        next[k] += static_cast<T>(scales[0] / event.pace.quorum) * sum;
      }
      arrived.clear();
      scales.clear();
      models.push_back(next);
      continue;
    }
    Flight& flight = flights[static_cast<std::size_t>(event.worker)];
    if (event.kind == EventKind::kRelease) {
      flight = {models.back(), options};
      flight.options.method.local_steps = event.pace.local_steps;
      flight.options.step_size = event.pace.step;
    } else if (event.kind == EventKind::kArrival) {
      scales.push_back(event.pace.local_steps == 1 ? -event.pace.step : 1.0);
      arrived.push_back(SlowContribution<T>(objective, flight.options)(
          flight.snapshot, event.worker, event.gradient));
    }
  }
  return models;
}

template <typename T>
ReplayResult ReplayFromZeros(const AnyObjective<T>& objective,
                             const RunOptions& options, const Events& events,
                             std::vector<T>& w, UpdateProbe<T>* probe = nullptr,
                             std::stop_token stop = {}) {
  w.assign(objective.num_parameters(), T{0});
  return tortoise::Replay<T>(objective, options, events, std::span<T>(w),
                             std::move(stop), probe);
}

/// A run in virtual time, quick and the same every time, for its events.
inline Events Record(const RunOptions& options) {
  RunOptions recorded = options;
  recorded.clock = Clock::kVirtual;
  recorded.report.events = true;
  const auto objective = MakeQuadratic<double>({.parameters = 3});
  return RunAndRecord<double>(*objective, recorded).events;
}

inline std::unique_ptr<AnyObjective<double>> Small() {
  return MakeQuadratic<double>({.parameters = 3});
}

}  // namespace tortoise::testing
