// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <limits>
#include <vector>

#include "core/background.h"
#include "engine/computation.h"
#include "engine/event_queue.h"
#include "engine/ticket.h"
#include "tortoise/core/mutex.h"

namespace tortoise::internal {

/// Computes contributions ahead of their arrivals, in the background and on all
/// processors, those that arrive soonest first. A contribution is a function of
/// its snapshot and its draws, and both are fixed when its worker is released:
/// so it does not matter when it is computed, nor where, nor beside what. With
/// one processor everything is computed at its arrival.
///
/// For one thread, the owner's. The destructor joins all that runs.
template <typename T>
class ComputeAhead {
 public:
  /// What a worker computes; see Computation.
  struct Job {
    Ticket<T> ticket;
    double arrival = 0.0;  // gives the order; finite and >= 0
  };

  /// Where a contribution is computed and then waits for its arrival.
  struct Slot {
    Slot(const AnyObjective<T>& objective, const RunOptions& options)
        : computation(objective, options) {}
    void Compute();

    Computation<T> computation;
    Job job;
    Contribution<T> contribution;
    std::exception_ptr failure;  // what the objective threw, if it did
    bool is_done = false;
    std::atomic<bool> is_cancelled{false};
  };

  ComputeAhead(const AnyObjective<T>& objective, const RunOptions& options);
  ~ComputeAhead();
  ComputeAhead(const ComputeAhead&) = delete;
  ComputeAhead& operator=(const ComputeAhead&) = delete;

  /// A worker was released with a contribution that will arrive, unless it is
  /// cancelled. What the worker had under way before is cancelled.
  void Start(Job job);

  /// What the worker has under way, if anything, will not arrive.
  void Cancel(int worker);

  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

  /// The contribution of `worker`, which arrives; computed now at the latest.
  /// Lies there until the next call. The first `most` arrivals from now on,
  /// this one among them, are worth computing: what may come after them is
  /// left alone.
  ///
  /// Requires that it was started and not cancelled.
  Slot& Arrive(int worker, std::size_t most = kAll);

 private:
  struct Worker {
    Job job;
    Slot* slot = nullptr;  // since its computation has begun
  };

  void Work();

  Worker& at(int worker) TORTOISE_REQUIRES(mutex_) {
    return workers_[static_cast<std::size_t>(worker)];
  }
  void Drop(Worker& worker) TORTOISE_REQUIRES(mutex_);
  void Admit(std::size_t most) TORTOISE_REQUIRES(mutex_);
  Slot& Begin(int worker) TORTOISE_REQUIRES(mutex_);
  Slot* BeginNext() TORTOISE_REQUIRES(mutex_);
  // Gives the lock back meanwhile.
  void Finish(Slot& slot) TORTOISE_REQUIRES(mutex_);
  void AddSlot() TORTOISE_REQUIRES(mutex_);
  void Recycle(Slot& slot) TORTOISE_REQUIRES(mutex_);

  const AnyObjective<T>& objective_;
  const RunOptions options_;
  const std::size_t num_helpers_;  // processors beside the owner's
  Slot* arrived_ = nullptr;        // at the last arrival

  Mutex mutex_;  // guards slots too, but no computation in one
  Condition finished_;
  std::vector<Worker> workers_ TORTOISE_GUARDED_BY(mutex_);
  // Those whose computation has not begun, and how many of them are worth it.
  EventQueue waiting_ TORTOISE_GUARDED_BY(mutex_);
  std::size_t may_begin_ TORTOISE_GUARDED_BY(mutex_) = 0;
  std::deque<Slot> slots_ TORTOISE_GUARDED_BY(mutex_);  // never moves them
  std::vector<Slot*> idle_ TORTOISE_GUARDED_BY(mutex_);
  // Calls of Work() begun or about to.
  std::size_t num_working_ TORTOISE_GUARDED_BY(mutex_) = 0;

  Background background_;  // the last: joins before anything else goes
};

}  // namespace tortoise::internal
