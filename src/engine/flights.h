// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "engine/event_queue.h"
#include "engine/ledger.h"
#include "engine/tally.h"
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

  /// EventQueue::Soon(), having seen to its flight.
  [[nodiscard]] int FetchSoon() const {
    const int worker = queue_.Soon();
    if (worker >= 0) __builtin_prefetch(&at(worker), 1);
    return worker;
  }

  /// Is a contribution of this worker on its way to arrive, and when?
  [[nodiscard]] bool Arrives(int worker) const {
    return at(worker).end == End::kArrives;
  }
  [[nodiscard]] double arrival(int worker) const { return at(worker).seconds; }

  /// How workers spent their time until `seconds`, the end of the run.
  [[nodiscard]] Tally TallyUntil(double seconds) const;

 private:
  struct Flight {
    double released = 0.0;
    double start = 0.0;
    double seconds = 0.0;  // of its end; of the last one if none is under way
    std::int64_t gradient = 0;
    double next_uniform = -1.0;  // U of gradient + 1, or negative
    End end = End::kNone;
  };

  Flight& at(int worker) { return flights_[static_cast<std::size_t>(worker)]; }
  [[nodiscard]] const Flight& at(int worker) const {
    return flights_[static_cast<std::size_t>(worker)];
  }
  void Schedule(Flight& flight, int worker);
  std::optional<double> Work(Flight& flight, int worker);
  [[nodiscard]] double FinishTime(int worker, double start, double work);

  const int local_steps_;
  const bool adds_computing_;
  const double stop_seconds_;  // what arrives later never does
  const double computing_;     // seconds per contribution
  const DelayTape tape_;
  std::vector<WorkerSpeed> speeds_;  // empty: all are 1 for ever
  std::vector<Flight> flights_;
  EventQueue queue_;
  Tally tally_;
};

}  // namespace tortoise::internal
