// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "tortoise/core/aligned.h"
#include "tortoise/core/mutex.h"
#include "tortoise/memory/sync.h"

namespace tortoise {

/// Why a worker's wait ended.
enum class Wake {
  kDeadline,  // the time was reached, and nothing else happened
  kTicket,    // a new ticket lies ready; what was begun is cancelled
  kStopped,   // nobody works any more
};

/// The K-of-P barrier: where workers lock, wait, cancel and wake.
///
/// Every worker works on a *ticket*. It pushes what it made of the ticket
/// through `Push`, where a caller's function decides, one worker at a time,
/// who is handed a new ticket. A new ticket wakes a worker that waits, and
/// cancels what a worker does with its old one. Who forms a quorum is the
/// caller's business; that nobody pushes on a ticket that was replaced, and
/// that no wake-up is lost, is the gate's.
///
///     gate.Locked([&] { gate.Hand(w, ...); });  // the first tickets
///     while (...) {
///       Ticket ticket = gate.Take(w);
///       ... compute, polling gate.Cancelled(w) ...
///       if (gate.WaitUntil(w, deadline) == Wake::kDeadline)
///         gate.Push(w, [&] { ... gate.Hand(other, ticket) ... });
///       if (gate.Await(w) == Wake::kStopped) break;
///     }
///
/// Functions with a worker id may be called by that worker's thread only;
/// `Hand` and `Stop` by anybody inside `Push` or `Locked`, which hold the gate;
/// a lambda that they call says so with `AssertHeld`. A ticket moves into
/// the gate and out again, so the gate refers to nothing that a worker has
/// taken. `Sync` holds the primitives, so that a model checker can run this
/// very code.
///
/// Nothing is allocated after construction, which takes 4 P^2 bytes for who is
/// to be woken by whom.
template <typename Ticket, typename Sync = RealSync>
class TORTOISE_CAPABILITY("gate") QuorumGate {
 public:
  using TimePoint = typename Sync::TimePoint;

  /// `cancels`: may a ticket be replaced before it was pushed? `spins`: looks
  /// at the signal before a waiting worker goes to sleep; worth it only while
  /// workers have a processor each. A worker whose looking was in vain goes to
  /// sleep at once for some waits, for twice as many each time in a row.
  QuorumGate(int num_workers, bool cancels, int spins = 0)
      : cancels_(cancels),
        spins_(spins),
        slots_(static_cast<std::size_t>(num_workers)) {
    to_wake_.reserve(slots_.size());
    for (Slot& slot : slots_) slot.to_wake.reserve(slots_.size());
  }

  /// The ticket to work on now; the gate keeps nothing of it. Requires:
  /// `Await`, `WaitUntil` or `Push` has just said kTicket, or the first ticket
  /// was handed before this thread started.
  Ticket Take(int worker) {
    Slot& slot = at(worker);
    if (!cancels_) {
      // Nobody else touches the slot before this worker pushes, so what was
      // published with the signal can be taken without the lock.
      MarkTaken(slot);
      return std::move(slot.ticket);
    }
    const Lock lock(*this);
    MarkTaken(slot);
    return std::move(slot.ticket);
  }

  /// Waits for a new ticket.
  Wake Await(int worker) {
    Slot& slot = at(worker);
    if (spins_ > 0) Spin(slot);
    while (slot.signal.Load() == slot.taken) slot.signal.Wait(slot.taken);
    return stopped_.load() ? Wake::kStopped : Wake::kTicket;
  }

  /// Waits for `deadline`, or a new ticket.
  Wake WaitUntil(int worker, TimePoint deadline) {
    Slot& slot = at(worker);
    while (slot.signal.Load() == slot.taken) {
      if (Sync::Reached(deadline)) return Wake::kDeadline;
      slot.signal.Wait(slot.taken, deadline);
    }
    return stopped_.load() ? Wake::kStopped : Wake::kTicket;
  }

  /// Has the ticket that the worker took been replaced, or everything been
  /// stopped? Costs one relaxed load.
  [[nodiscard]] bool Cancelled(int worker) const {
    const Slot& slot = slots_[static_cast<std::size_t>(worker)];
    return slot.signal.Peek() != slot.taken;
  }

  /// Calls `decide` under the lock, unless the worker's ticket was replaced
  /// meanwhile or everything has stopped, and says so. kDeadline: it was
  /// called, and has handed no new ticket to this worker: `Await` one.
  template <typename Decide>
  Wake Push(int worker, Decide&& decide) TORTOISE_EXCLUDES(this) {
    Slot& slot = at(worker);
    Wake wake = Wake::kDeadline;
    {
      const Lock lock(*this);
      if (stopped_.load()) return Wake::kStopped;
      if (slot.signal.Load() != slot.taken) return Wake::kTicket;
      std::forward<Decide>(decide)();
      if (slot.signal.Load() != slot.taken) wake = Wake::kTicket;
      if (stopped_.load()) wake = Wake::kStopped;
      TakeNotes(slot.to_wake);
    }
    WakeAll(slot.to_wake, worker);
    return wake;
  }

  /// Calls `body` under the lock.
  template <typename Body>
  void Locked(Body&& body) TORTOISE_EXCLUDES(this) {
    const Lock lock(*this);
    std::forward<Body>(body)();
    for (const int w : to_wake_) at(w).is_noted = false;
    WakeAll(to_wake_, kNobody);
  }

  /// Tells clang, and nobody at run time, that `Push` or `Locked` has called.
  void AssertHeld() const TORTOISE_ASSERTS_HELD(this) {}

  /// Hands a worker a new ticket. Requires, without `cancels`, that the worker
  /// has pushed its old ticket, or that somebody else pushes for it what it
  /// made of that and does not look at any more.
  void Hand(int worker, Ticket ticket) TORTOISE_REQUIRES(this) {
    Slot& slot = at(worker);
    slot.ticket = std::move(ticket);
    Publish(worker);
  }

  /// Ends every wait, now and in future.
  void Stop() TORTOISE_REQUIRES(this) {
    stopped_.store(true);
    for (int w = 0; w < static_cast<int>(slots_.size()); ++w) Publish(w);
  }
  [[nodiscard]] bool stopped() const { return stopped_.load(); }

 private:
  class TORTOISE_SCOPED_CAPABILITY Lock {
   public:
    explicit Lock(QuorumGate& gate) TORTOISE_ACQUIRE(gate)
        : lock_(gate.mutex_) {}
    ~Lock() TORTOISE_RELEASE() = default;

   private:
    MutexLock<typename Sync::Mutex> lock_;
  };

  struct alignas(kFalseSharingRange) Slot {
    typename Sync::Signal signal;  // changes with every ticket and at the stop
    Ticket ticket{};
    std::uint32_t taken = 0;     // the signal's value when the ticket was taken
    int in_vain = 0;             // waits to come without spinning, and
    int most_in_vain = 0;        // how many they were at first
    bool is_noted = false;       // in to_wake_; under the lock
    AlignedVector<int> to_wake;  // while this worker pushes
  };

  // Spinning ahead of a long wait, or while the others lack the processor that
  // it takes, costs much and helps nobody. It costs one wait in 256 at most.
  void Spin(Slot& slot) {
    constexpr int kMostInVain = 255;
    if (slot.in_vain > 0) {
      --slot.in_vain;
      return;
    }
    for (int i = 0; i < spins_; ++i) {
      if (slot.signal.Load() != slot.taken) {
        slot.most_in_vain = 0;
        return;
      }
      Sync::Pause();
    }
    slot.most_in_vain = std::min(2 * slot.most_in_vain + 1, kMostInVain);
    slot.in_vain = slot.most_in_vain;
  }

  // A stop since the wait that led here must end the next wait as well, so its
  // signal is never marked as seen.
  void MarkTaken(Slot& slot) {
    const std::uint32_t value = slot.signal.Load();
    if (!stopped_.load()) slot.taken = value;
  }

  void Publish(int worker) TORTOISE_REQUIRES(this) {
    Slot& slot = at(worker);
    slot.signal.Store(slot.signal.Load() + 1);
    // Once, though one push may hand several tickets and stop everybody.
    if (!std::exchange(slot.is_noted, true)) to_wake_.push_back(worker);
  }

  // Moves to `notes` whose signal has changed.
  void TakeNotes(AlignedVector<int>& notes) TORTOISE_REQUIRES(this) {
    for (const int w : to_wake_) at(w).is_noted = false;
    notes.swap(to_wake_);
  }

  // Better without the lock: whoever wakes wants it, and would run into it.
  void WakeAll(AlignedVector<int>& workers, int awake) {
    for (const int w : workers) {
      if (w != awake) at(w).signal.Wake();
    }
    workers.clear();
  }

  Slot& at(int worker) { return slots_[static_cast<std::size_t>(worker)]; }

  static constexpr int kNobody = -1;

  const bool cancels_;
  const int spins_;
  typename Sync::Mutex mutex_;
  typename Sync::Flag stopped_{false};
  std::vector<Slot> slots_;
  // Whose signal changed under the lock.
  AlignedVector<int> to_wake_ TORTOISE_GUARDED_BY(this);
};

}  // namespace tortoise
