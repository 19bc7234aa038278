// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "tortoise/engine/run.h"

namespace tortoise {

/// A protocol with its settings, and the name it races under.
struct Racer {
  std::string name;
  RunOptions options;  // `repeat` is set by `Race`
  // Racers that differ in one setting only, of which the best value is sought,
  // share a group. Empty: alone.
  std::string group = {};
};

/// One racer in one repeat.
struct RaceEntry {
  std::string name;
  std::uint64_t repeat = 0;
  Summary summary = {};
  std::optional<double> seconds_to_target = std::nullopt;  // not reached
};

/// How much later than the fastest racer another one reaches the target. Both
/// met the same delays and samples in each repeat, so their times are compared
/// pair by pair. A time that was not reached is censored, never a number.
struct PairedDifference {
  std::string name;
  std::string fastest;
  int pairs = 0;    // repeats that both have finished, >= 2
  int reached = 0;  // of them, by this racer
  int fastest_reached = 0;

  // Pairs in which this racer is later, earlier or equal. Of the others nothing
  // is known: none of the two reached it, or one ended before the other did.
  int later = 0;
  int earlier = 0;
  int equal = 0;

  // If both always reached it: the mean difference in seconds and its 95 %
  // interval, mean +- t s / sqrt(pairs), with Student's t at pairs - 1 degrees
  // of freedom.
  std::optional<double> mean = std::nullopt;
  std::optional<double> low = std::nullopt;
  std::optional<double> high = std::nullopt;

  // If only this racer, or only the fastest one, sometimes did not: bounds of
  // the mean over these pairs, from how long it was watched in vain.
  std::optional<double> at_least = std::nullopt;
  std::optional<double> at_most = std::nullopt;
};

struct RaceResult {
  // What seconds_to_target was measured against; nothing if no racer has a
  // loss. racer.options.report.target_loss, else stop.target_loss, else the
  // worst of the best losses of the entries that did not diverge. Of a group
  // only the racer with the best loss counts: a hopeless value sets no target.
  std::optional<double> target_loss;
  std::vector<RaceEntry> entries;  // repeat by repeat, racers in order

  /// A table sorted by time to the target, one line per racer: the median over
  /// its repeats. `notes`, by name, end the lines.
  [[nodiscard]] std::string Table(
      const std::map<std::string, std::string>& notes = {}) const;

  /// Every racer against the fastest, the first one of the table. Empty with
  /// fewer than two repeats, or if the fastest rarely reached the target.
  [[nodiscard]] std::vector<PairedDifference> Differences() const;

  /// The same in words, a line each; empty if there are none.
  [[nodiscard]] std::string DifferenceTable() const;
};

/// Chooses the target and measures every entry against it.
void MeasureToTarget(const std::vector<Racer>& racers, RaceResult& result);

/// The best racer of a group.
struct BestOfGroup {
  std::string group;
  std::size_t racer = 0;  // its index
  int tried = 1;          // racers in the group
};

/// Of each group, in order of its first racer, the one that reaches the target
/// first: by the median over its repeats, where not reached is infinitely late.
/// Ties go to the lower best loss (median), then to the earlier racer. A racer
/// without a group is a group of its name.
[[nodiscard]] std::vector<BestOfGroup> BestOfGroups(
    const std::vector<Racer>& racers, const RaceResult& result);

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
  // Runs that are known already, in the order of the race: they are taken over
  // as they are, but for seconds_to_target, and the observer is not told.
  std::vector<RaceEntry> finished = {};
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
