// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <array>
#include <cstdint>
#include <optional>

namespace tortoise::internal {

/// Counts of non-negative times in bins that grow by 1/8 of a power of two,
/// from a nanosecond up: quantiles to 10 %, in fixed memory. Not thread-safe.
class TimeHistogram {
 public:
  void Count(double seconds);
  void Merge(const TimeHistogram& other);
  /// Middle of the bin of the q-quantile, in seconds; nothing if empty.
  [[nodiscard]] std::optional<double> Quantile(double q) const;

 private:
  static constexpr int kPerOctave = 8;
  std::array<std::uint64_t, 48 * kPerOctave> bins_{};
  std::uint64_t total_ = 0;
};

/// What one worker did with its time. Not thread-safe: one per worker, merged
/// at the end.
struct WorkerSeconds {
  double computing = 0.0;
  double straggling = 0.0;
  double waiting = 0.0;
  double communicating = 0.0;
  double cancelled = 0.0;
  double processor_seconds = 0.0;       // of the worker's thread
  std::int64_t gradients_computed = 0;  // those cancelled later included
  std::int64_t gradients_pushed = 0;
  TimeHistogram overshoot;

  void Merge(const WorkerSeconds& other);
};

}  // namespace tortoise::internal
