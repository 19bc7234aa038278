// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "tortoise/experiment/experiment.h"
#include "tortoise/experiment/read_run.h"

namespace tortoise {

inline Experiment TwoRacers(const std::string& clock = "wall") {
  return ParseExperiment(R"(
name = "two"
repeats = 2
[problem]
objective = "quadratic"
parameters = 3
[workers]
count = 2
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.1
[stop]
updates = 20
[[racer]]
protocol = "sync"
[[racer]]
protocol = "k-async"
quorum = [1]
)",
                         "two.toml", "/", {"clock=" + clock});
}

// Draws runs that could be: any numbers, but such as belong together.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  RecordedRun Run(const std::string& name, std::uint64_t repeat) {
    RecordedRun run;
    run.entry.name = name;
    run.entry.repeat = repeat;
    run.entry.seconds_to_target = Maybe();
    for (int i = Index(5); i > 0; --i) {
      run.contributions.push_back(
          {.worker = Index(2),
           .local_steps = 1 + Index(9),
           .gradient = Count(),
           .version_read = Count(),
           .version_counted = Maybe() ? Count() : -1,
           .seconds_released = Number(),
           .seconds_started = Number(),
           .seconds_computed = OrNan(),
           .seconds_arrived = OrNan(),
           .step = Number(),
           .bytes = Count(),
           .weight = static_cast<float>(Index(1000)) / 7.0F,
           .fate = static_cast<Fate>(Index(4))});
    }
    for (int i = Index(5); i > 0; --i) {
      run.updates.push_back({Count(), Number(), Index(5), OrNan()});
    }
    for (int i = Index(5); i > 0; --i) {
      run.events.push_back({static_cast<EventKind>(Index(5)),
                            Index(3) - 1,
                            Maybe() ? Count() : -1,
                            Count(),
                            Number(),
                            {Index(9), Index(9), Number()}});
    }
    Fill(run.entry.summary);
    run.entry.summary.contributions_kept =
        static_cast<std::int64_t>(run.contributions.size());
    run.entry.summary.updates_kept =
        static_cast<std::int64_t>(run.updates.size());
    return run;
  }

 private:
  int Index(int count) { return static_cast<int>(engine_() % count); }
  std::int64_t Count() {
    return static_cast<std::int64_t>(engine_() >> (1 + engine_() % 63));
  }
  // Any finite double.
  double Number() {
    const double value = std::bit_cast<double>(engine_());
    return std::isfinite(value) ? value : Number();
  }
  double OrNan() {
    return Index(2) == 0 ? std::numeric_limits<double>::quiet_NaN() : Number();
  }
  std::optional<double> Maybe() {
    return Index(2) == 0 ? std::nullopt : std::optional(Number());
  }

  void Fill(Summary& summary) {
    summary.termination = static_cast<Termination>(Index(9));
    summary.message = Index(2) == 0 ? "" : "\"why\",\n\\ not";
    summary.num_workers = 2;
    summary.seconds = Number();
    summary.last_update_seconds = Number();
    summary.updates = Count();
    summary.gradients = {Count(), Count(), Count(), Count(), Count()};
    for (int i = Index(4); i > 0; --i) {
      summary.staleness.Count(Count() >> 20, engine_() >> 44 | 1);
    }
    for (int i = Index(4); i > 0; --i) {
      summary.curve.push_back(
          {Number(), Count(), Count(),
           Index(5) == 0 ? std::numeric_limits<double>::infinity() : OrNan(),
           OrNan(), OrNan(), Index(9), Index(9)});
    }
    summary.worker_seconds = {Number(), Number(), Number(), Number(), Number()};
    summary.delay_overshoot = {Maybe(), Maybe()};
    summary.compute_load = Maybe();
    summary.computing_per_gradient = Maybe();
    summary.parameters_checksum = "0123456789abcdef";
    summary.contributions_recorded = Count();
  }

  std::mt19937_64 engine_;
};

inline std::vector<RecordedRun> DrawRace(const Experiment& experiment,
                                         std::uint64_t seed) {
  Draw draw(seed);
  std::vector<RecordedRun> runs;
  for (std::uint64_t repeat = 0; repeat < experiment.repeats; ++repeat) {
    for (const Racer& racer : experiment.racers) {
      runs.push_back(draw.Run(racer.name, repeat));
    }
  }
  return runs;
}

}  // namespace tortoise
