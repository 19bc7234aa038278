// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/clock.h"

#include <sched.h>
#include <sys/prctl.h>

#include <algorithm>
#include <thread>

namespace tortoise {
namespace {

std::int64_t SteadyNanoseconds() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace

void RunClock::Start() {
  start_ = SteadyNanoseconds();
  state_.store(start_);
}

void RunClock::Pause() {
  const std::int64_t state = state_.load();
  if (state >= 0) state_.store(-1 - (SteadyNanoseconds() - state));
}

void RunClock::Resume() {
  const std::int64_t state = state_.load();
  if (state < 0) state_.store(SteadyNanoseconds() - (-1 - state));
}

double RunClock::Now() const {
  const std::int64_t state = state_.load();
  const std::int64_t reading =
      state >= 0 ? SteadyNanoseconds() - state : -1 - state;
  return static_cast<double>(reading) * 1e-9;
}

double RunClock::StoodStill() const {
  const std::int64_t state = state_.load();
  // Running, every pause has moved the origin.
  const std::int64_t still =
      state >= 0 ? state - start_ : SteadyNanoseconds() - start_ - (-1 - state);
  return static_cast<double>(still) * 1e-9;
}

RunClock::TimePoint RunClock::Deadline(double seconds) const {
  constexpr double kYear = 3.2e7;
  const std::int64_t state = state_.load();
  const std::int64_t origin =
      state >= 0 ? state : SteadyNanoseconds() - (-1 - state);
  // Not std::clamp: this way a NaN has passed, like a negative number.
  const double ahead = seconds > 0.0 ? std::min(seconds, kYear) : 0.0;
  return TimePoint(std::chrono::nanoseconds(
      origin + static_cast<std::int64_t>(ahead * 1e9)));
}

void SharpenTimers() { prctl(PR_SET_TIMERSLACK, 1UL, 0UL, 0UL, 0UL); }

int AvailableProcessors() {
  cpu_set_t set;
  if (sched_getaffinity(0, sizeof(set), &set) == 0) {
    return std::max(1, CPU_COUNT(&set));
  }
  return std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
}

}  // namespace tortoise
