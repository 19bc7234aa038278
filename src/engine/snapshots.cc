// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/snapshots.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tortoise::internal {
namespace {

constexpr double kMostBytes = 1e9;

}  // namespace

template <typename T>
SnapshotGrid<T>::SnapshotGrid(const RunOptions& options)
    : wanted_(static_cast<std::size_t>(options.report.snapshots)),
      doubles_(std::isinf(options.stop.seconds)) {
  if (doubles_) {
    const double mean = options.delay.Mean();
    // Without a delay a step of a millisecond is fine enough to start with.
    span_ = std::isfinite(mean) && mean > 0.0 ? mean : 1e-3;
    divisions_ = 1.0;
  } else {
    span_ = options.stop.seconds;
    divisions_ = static_cast<double>(wanted_);
  }
  snapshots_.reserve(MostHeld(options));
}

template <typename T>
std::size_t SnapshotGrid<T>::MostHeld(const RunOptions& options) {
  const std::size_t times = std::isinf(options.stop.seconds) ? 2 : 1;
  // Beside the grid, time 0 and the last update are rows.
  return times * static_cast<std::size_t>(options.report.snapshots) + 2;
}

template <typename T>
bool SnapshotGrid<T>::ModelsFit(const RunOptions& options,
                                std::size_t num_parameters) {
  return static_cast<double>(MostHeld(options)) *
             static_cast<double>(num_parameters * sizeof(T)) <=
         kMostBytes;
}

template <typename T>
void SnapshotGrid<T>::KeepAt(double now, const Snapshot<T>& state) {
  Keep(now, state);
  SkipTo(std::nextafter(now, std::numeric_limits<double>::infinity()));
}

template <typename T>
void SnapshotGrid<T>::AdvanceTo(double now, const Snapshot<T>& state) {
  while (next_ < now) Keep(next_, state);
}

template <typename T>
void SnapshotGrid<T>::Finish(double end, double last_update,
                             const Snapshot<T>& state) {
  SkipTo(last_update);
  while (next_ <= end &&
         (doubles_ || index_ <= static_cast<std::int64_t>(wanted_))) {
    Keep(next_, state);
  }
  const auto is_last = [&](const Snapshot<T>& s) {
    return s.seconds == last_update;
  };
  if (std::none_of(snapshots_.begin(), snapshots_.end(), is_last)) {
    Snapshot<T> last = state;
    last.seconds = last_update;
    const auto later = std::find_if(
        snapshots_.begin(), snapshots_.end(),
        [&](const Snapshot<T>& s) { return s.seconds > last_update; });
    snapshots_.insert(later, std::move(last));
  }
}

template <typename T>
void SnapshotGrid<T>::Keep(double seconds, const Snapshot<T>& state) {
  snapshots_.push_back(state);
  snapshots_.back().seconds = seconds;
  if (doubles_ && snapshots_.size() > 2 * wanted_) {
    // Even positions are the grid of twice the spacing; 0 stays.
    std::size_t kept = 0;
    for (std::size_t i = 0; i < snapshots_.size(); i += 2) {
      if (kept != i) snapshots_[kept] = std::move(snapshots_[i]);
      ++kept;
    }
    snapshots_.resize(kept);
    span_ *= 2.0;
    MoveTo(index_ / 2 + 1);
  } else {
    MoveTo(index_ + 1);
  }
}

template <typename T>
void SnapshotGrid<T>::MoveTo(std::int64_t index) {
  index_ = index;
  // The share is exactly 1 at the last point, which is the end exactly.
  next_ = span_ * (static_cast<double>(index_) / divisions_);
}

// To the first point that is not before `seconds`.
template <typename T>
void SnapshotGrid<T>::SkipTo(double seconds) {
  if (next_ >= seconds) return;
  // All but the last few in one step: there may be millions.
  constexpr std::int64_t kRounding = 2;
  const double passed = std::floor(seconds / span_ * divisions_);
  const auto index = static_cast<std::int64_t>(passed) - kRounding;
  MoveTo(std::max(index_, index));
  while (next_ < seconds) MoveTo(index_ + 1);
}

template struct Snapshot<float>;
template struct Snapshot<double>;
template class SnapshotGrid<float>;
template class SnapshotGrid<double>;

}  // namespace tortoise::internal
