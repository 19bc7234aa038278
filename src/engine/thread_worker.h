// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <utility>

#include "core/clock.h"
#include "engine/server.h"
#include "engine/worker_seconds.h"
#include "tortoise/engine/options.h"
#include "tortoise/memory/quorum_gate.h"
#include "tortoise/straggler/delay_tape.h"
#include "tortoise/straggler/speed.h"

namespace tortoise::internal {

/// How a worker's attempt at a contribution ended.
enum class Attempt {
  kComputed,     // and it is waiting for its deadline, if that is to come
  kInterrupted,  // a new ticket, or the stop
  kStalled,      // its speed is 0 for good: it will never arrive
  kTraceEnded,   // the trace holds no delay for it
};

/// The stations of a contribution. Seconds of the run's clock.
struct Timing {
  double taken = 0.0;     // the worker looked at its ticket
  double begun = 0.0;     // the round delay was over
  double computed = 0.0;  // end of the real computation
  double owed = 0.0;      // of it, while the clock stood still
  double nominal = 0.0;   // when it should arrive
  double arrived = 0.0;   // when it did
};

/// What a worker on a real thread does between its release and its push,
/// whoever released it and wherever it pushes: it waits for its start, computes
/// and waits for its deadline, and keeps the time.
///
///     total: nominal = max(computed, finish(start, X))
///     extra: nominal = finish(computed, X)
///
/// with finish() the time at which the worker's speed has done the work X, and
/// computed the end of the computation, less the time (at most 0.2 ms) by which
/// the worker woke too late to begin at `start`, and more by what it computed
/// while the clock stood still for a measurement: nothing is computed for free.
///
/// It looks at the clock when somebody says so and when it has waited or
/// computed; what comes next is timed from there. A look costs some 20 ns.
/// Used by its own thread only.
template <typename T>
class ThreadWorker {
 public:
  using Gate = QuorumGate<Ticket<T>>;

  ThreadWorker(int id, const RunOptions& options, const RunClock& clock,
               const DelayTape& tape, Gate& gate);

  /// Makes the contribution that it was released for; all of `timing` but
  /// `arrived` is known then. `compute` returns false if it was cancelled on
  /// the way.
  template <typename Function>
  Attempt Compute(const Release& release, Function&& compute, Timing& timing) {
    const Begun begun = Begin(release, timing);
    if (begun.ended) return *begun.ended;
    if (!std::forward<Function>(compute)()) return Attempt::kInterrupted;
    return Finish(release, begun, timing);
  }

  /// Does it have to wait for its deadline?
  [[nodiscard]] static bool MustWait(const Timing& timing) {
    return timing.nominal > timing.computed;
  }
  /// Waits, if it must. Returns false if a new ticket or the stop ended that.
  bool WaitOut(Timing& timing);

  /// Books the time of a contribution that was pushed.
  void CountPushed(const Release& release, const Timing& timing);
  /// Books all time since the ticket was taken as cancelled.
  void CountCancelled(const Timing& timing);

  /// The clock shows `now`.
  void Look(double now) { now_ = now; }
  /// Waits for the next ticket, after a push or a stall; booked as waiting.
  Wake Await();

  /// To be called at the end of the thread, on the thread.
  void CountProcessorSeconds();

  [[nodiscard]] int id() const { return id_; }
  [[nodiscard]] const WorkerSeconds& spent() const { return spent_; }

 private:
  // A contribution whose computation may begin, unless it has ended already.
  struct Begun {
    std::optional<Attempt> ended;
    double work = 0.0;
    double deadline = 0.0;
    double stood_still = 0.0;  // the clock, so far
  };
  Begun Begin(const Release& release, Timing& timing);
  Attempt Finish(const Release& release, const Begun& begun, Timing& timing);
  bool WaitUntil(double seconds);

  const int id_;
  const DelayMode delay_mode_;
  const RunClock& clock_;
  const DelayTape& tape_;
  Gate& gate_;
  WorkerSpeed speed_;
  double now_ = 0.0;  // when it last looked
  WorkerSeconds spent_;
};

}  // namespace tortoise::internal
