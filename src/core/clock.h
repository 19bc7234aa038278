// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

namespace tortoise {

/// Seconds since a race began, on real time, leaving out the pauses in which
/// it was measured. Starts when constructed, or at the last `Start`.
///
/// `Start`, `Pause` and `Resume` need the caller to exclude each other;
/// the rest may be called from any thread at any time after the start.
class RunClock {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  RunClock() { Start(); }

  void Start();
  void Pause();
  void Resume();

  /// Seconds on this clock; stands still during a pause.
  [[nodiscard]] double Now() const;

  /// Seconds since the start in which this clock stood still, until now.
  [[nodiscard]] double StoodStill() const;

  /// The moment at which the clock will show `seconds` unless it pauses in
  /// between: after waking, compare `Now` again. Far futures are capped at a
  /// year, so that infinity is a valid argument; below 0 counts as 0.
  [[nodiscard]] TimePoint Deadline(double seconds) const;

 private:
  // One word, so that readers never see half a pause. Running: the
  // nanoseconds of steady_clock that count as 0. Paused: -1 - the reading, in
  // nanoseconds, at which the clock stands still.
  std::atomic<std::int64_t> state_{0};
  std::int64_t start_ = 0;  // nanoseconds of steady_clock
};

/// Asks the kernel to wake the calling thread within 1 ns instead of 50 us
/// after its deadlines (timer slack). Affects the calling thread only.
void SharpenTimers();

/// Processors that this process may run on, >= 1.
[[nodiscard]] int AvailableProcessors();

}  // namespace tortoise
