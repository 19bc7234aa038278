// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "engine/model.h"
#include "tortoise/engine/options.h"

namespace tortoise::internal {

/// Losses over all data; NaN for what there is none of.
struct Scores {
  double loss;
  double test_loss;
  double test_accuracy;
};

/// A model kept for the loss curve.
template <typename T>
struct Snapshot {
  double seconds = 0.0;
  std::int64_t updates = 0;
  std::int64_t gradients = 0;
  Pace pace = {};
  ModelRef<T> model;  // may be empty if there are scores
  std::optional<Scores> scores = std::nullopt;  // if evaluated during the run
};

/// Keeps snapshots on a grid of the run's clock; snapshot g is the model after
/// all updates at times <= g. With stop.seconds the grid is fixed; without, its
/// spacing starts at the mean delay and doubles, dropping every second
/// snapshot, whenever twice as many are held as asked for. A model that can
/// only be had a little later than g is kept at its own time (`KeepAt`).
///
/// A snapshot is a reference, so taking one costs nothing. Not thread-safe.
template <typename T>
class SnapshotGrid {
 public:
  explicit SnapshotGrid(const RunOptions& options);

  /// How many snapshots there are at most.
  [[nodiscard]] static std::size_t MostHeld(const RunOptions& options);

  /// Do as many models fit in a gigabyte? Else they are evaluated when they are
  /// taken, with the clock stopped, instead of kept.
  [[nodiscard]] static bool ModelsFit(const RunOptions& options,
                                      std::size_t num_parameters);

  /// The first point of the grid that has no snapshot yet.
  [[nodiscard]] double next() const { return next_; }

  /// Keeps `state`, the model before an update at `now`, for every grid point
  /// before `now`.
  void AdvanceTo(double now, const Snapshot<T>& state);

  /// Keeps `state`, the model at `now`, at that time. What the model was at
  /// points of the grid before is not known: they get no row.
  void KeepAt(double now, const Snapshot<T>& state);

  /// The run ended at `end`, and its last update was at `last_update`: the
  /// grid is filled from there to the end, and the last update becomes a row.
  void Finish(double end, double last_update, const Snapshot<T>& state);

  /// In order of time; the first is at time 0.
  [[nodiscard]] std::vector<Snapshot<T>>& snapshots() { return snapshots_; }

 private:
  void Keep(double seconds, const Snapshot<T>& state);
  void MoveTo(std::int64_t index);
  void SkipTo(double seconds);

  std::size_t wanted_;
  bool doubles_;
  double span_;
  double divisions_;
  std::int64_t index_ = 0;  // next_ = span_ * (index_ / divisions_)
  double next_ = 0.0;
  std::vector<Snapshot<T>> snapshots_;
};

}  // namespace tortoise::internal
