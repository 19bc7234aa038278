// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <utility>
#include <vector>

#include "engine/event_queue.h"
#include "engine/ledger.h"
#include "engine/worker_seconds.h"
#include "tortoise/core/large_vector.h"
#include "tortoise/engine/options.h"
#include "tortoise/straggler/delay_tape.h"
#include "tortoise/straggler/speed.h"

namespace tortoise::internal {

/// The contributions under way in virtual time, at most one per worker, and
/// when they arrive:
///
///     total: max(start + tau c, finish(start, X))
///     extra: finish(start + tau c, X)
///
/// with c the computing of a gradient, X the work of all tau and finish() the
/// time at which the worker's speed has done it. All of it is known when a
/// worker is released. Not thread-safe.
class Flights {
 public:
  explicit Flights(const RunOptions& options);

  /// A worker starts what it was released for; what it had under way was
  /// cancelled.
  void Start(const Release& release);

  enum class End : std::uint8_t {
    kArrives,
    kStalls,     // at its start: its speed will be 0 for good
    kTraceEnds,  // at its start: the trace holds no delay for it
    kNone,       // nothing is under way
  };
  struct Event {
    End end = End::kNone;
    int worker = 0;
    double seconds = 0.0;
    double computed = 0.0;      // end of its computation
    std::int64_t gradient = 0;  // index of its first draw
  };

  /// Takes the earliest event; of those at one time, the lowest worker's.
  /// Requires that something is under way. An arrival after stop.seconds is
  /// taken too, but does not happen: the worker's time goes into no sum.
  Event Next();

  /// EventQueue::Soon, having seen to its flight.
  [[nodiscard]] int FetchSoon(std::size_t ahead) const {
    const int worker = queue_.Soon(ahead);
    if (worker < 0) return worker;
    __builtin_prefetch(&at(worker), 1);
    __builtin_prefetch(&ends_[static_cast<std::size_t>(worker)], 1);
    return worker;
  }

  /// Is a contribution of this worker on its way to arrive, and when?
  [[nodiscard]] bool Arrives(int worker) const {
    return ends_[static_cast<std::size_t>(worker)] == End::kArrives;
  }
  [[nodiscard]] double arrival(int worker) const { return at(worker).seconds; }

  /// How workers spent their time until `seconds`, the end of the run.
  [[nodiscard]] WorkerSeconds SecondsUntil(double seconds) const;

 private:
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();
  static constexpr double kTraceEnded =
      std::numeric_limits<double>::quiet_NaN();
  static constexpr std::size_t kPerBlock = DelayTape::kPerBlock;

  // A cache line; what lies apart in `ends_` is a megabyte for a million.
  struct alignas(64) Flight {
    double released = 0.0;
    double start = 0.0;
    double seconds = 0.0;  // of its end; of the last one if none is under way
    std::int64_t gradient = 0;
    std::array<double, kPerBlock> work{};  // the block of the next gradient
  };

  Flight& at(int worker) { return flights_[static_cast<std::size_t>(worker)]; }
  [[nodiscard]] const Flight& at(int worker) const {
    return flights_[static_cast<std::size_t>(worker)];
  }
  End& end(int worker) { return ends_[static_cast<std::size_t>(worker)]; }
  void Schedule(Flight& flight, int worker);
  double Work(Flight& flight, int worker);
  // tau of what a worker has under way.
  [[nodiscard]] int LocalSteps(int worker) const {
    return own_steps_.empty() ? common_steps_
                              : own_steps_[static_cast<std::size_t>(worker)];
  }
  void SetLocalSteps(int worker, int local_steps);
  [[nodiscard]] double FinishTime(int worker, double start, double work);

  const bool adds_computing_;
  const double stop_seconds_;     // what arrives later never does
  const double compute_seconds_;  // per gradient
  int common_steps_;              // tau, as long as it is one for all
  LargeVector<int> own_steps_;    // [P] once it is not; else empty
  const DelayTape tape_;
  std::vector<WorkerSpeed> speeds_;  // empty: all are 1 for ever
  LargeVector<Flight> flights_;
  LargeVector<End> ends_;  // of the flights
  EventQueue queue_;
  WorkerSeconds spent_;
};

// Inline, since a million workers start and arrive some ten million times a
// second.

inline void Flights::Start(const Release& release) {
  Flight& flight = at(release.worker);
  if (end(release.worker) == End::kNone) {
    spent_.waiting += release.released - flight.seconds;
  } else {
    spent_.cancelled += release.released - flight.released;
  }
  flight.released = release.released;
  flight.start = release.start;
  flight.gradient = release.gradient;
  if (!own_steps_.empty() || release.pace.local_steps != common_steps_)
      [[unlikely]] {
    SetLocalSteps(release.worker, release.pace.local_steps);
  }
  Schedule(flight, release.worker);
  queue_.Schedule(release.worker, flight.seconds);
}

inline void Flights::Schedule(Flight& flight, int worker) {
  const double work = Work(flight, worker);
  const double computed = flight.start + compute_seconds_ * LocalSteps(worker);
  const double finish =
      FinishTime(worker, adds_computing_ ? computed : flight.start, work);
  if (finish < kInfinity) [[likely]] {
    end(worker) = End::kArrives;
    flight.seconds = std::max(computed, finish);
  } else {
    end(worker) = std::isnan(work) ? End::kTraceEnds : End::kStalls;
    flight.seconds = flight.start;
  }
}

// The next block is drawn as soon as the last number of this one is taken, so
// that nobody waits for it.
inline double Flights::Work(Flight& flight, int worker) {
  const auto w = static_cast<std::uint64_t>(worker);
  const auto gradient = static_cast<std::uint64_t>(flight.gradient);
  if (common_steps_ != 1 || !own_steps_.empty()) {
    return tape_
        .Work(w, gradient, static_cast<std::uint64_t>(LocalSteps(worker)))
        .value_or(kTraceEnded);
  }
  if (gradient == 0) tape_.DrawBlock(w, 0, flight.work);
  const std::size_t k = gradient % kPerBlock;
  const double work = flight.work[k];
  if (k + 1 == kPerBlock) {
    tape_.DrawBlock(w, gradient / kPerBlock + 1, flight.work);
  }
  return work;
}

inline double Flights::FinishTime(int worker, double start, double work) {
  if (speeds_.empty()) return start + work;
  if (std::isnan(work)) return work;
  return speeds_[static_cast<std::size_t>(worker)].FinishTime(start, work);
}

inline Flights::Event Flights::Next() {
  const EventQueue::Event next = queue_.Pop();
  Flight& flight = at(next.worker);
  const double computing = compute_seconds_ * LocalSteps(next.worker);
  const Event event{.end = end(next.worker),
                    .worker = next.worker,
                    .seconds = next.seconds,
                    .computed = flight.start + computing,
                    .gradient = flight.gradient};
  if (event.end == End::kArrives && flight.seconds <= stop_seconds_) {
    spent_.communicating += flight.start - flight.released;
    spent_.computing += computing;
    spent_.straggling += flight.seconds - event.computed;
    end(next.worker) = End::kNone;
  }
  return event;
}

}  // namespace tortoise::internal
