// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/engine/run.h"

namespace tortoise {

/// A protocol with its settings, and the name it races under.
struct Racer {
  std::string name;
  RunOptions options;  // `repeat` is set by `Race`
};

/// One racer in one repeat.
struct RaceEntry {
  std::string name;
  std::uint64_t repeat = 0;
  Summary summary = {};
  std::optional<double> seconds_to_target = std::nullopt;  // not reached
};

struct RaceResult {
  // What seconds_to_target was measured against; nothing if no racer has a
  // loss. racer.options.report.target_loss, else stop.target_loss, else the
  // worst of the best losses of the entries that did not diverge.
  std::optional<double> target_loss;
  std::vector<RaceEntry> entries;  // repeat by repeat, racers in order

  /// A table sorted by time to the target, one line per racer: the median over
  /// its repeats.
  [[nodiscard]] std::string Table() const;
};

/// Watches a race.
class RaceObserver : public RunObserver {
 public:
  /// Racer `racer` (an index) of repeat `repeat` is about to start.
  virtual void OnStart(std::size_t /*racer*/, std::uint64_t /*repeat*/) {}
  virtual void OnFinish(const RaceEntry&) {}
};

struct RaceControl {
  RaceObserver* observer = nullptr;
  std::stop_token stop = {};
  std::stop_token skip_evaluation = {};
};

/// Races: within each repeat the racers take turns on the same problem, the
/// same delay tape, the same samples and the same initial parameters; the next
/// repeat draws all of them anew. A racer that diverges or fails does not end
/// the race; an interruption does, and what was measured is returned.
///
/// Throws std::invalid_argument before any thread starts.
template <typename T>
[[nodiscard]] RaceResult Race(const AnyObjective<T>& train,
                              const AnyObjective<T>* test,
                              const std::vector<Racer>& racers,
                              std::uint64_t repeats = 1,
                              const RaceControl& control = {});

}  // namespace tortoise
