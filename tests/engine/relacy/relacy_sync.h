// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

// relacy turns words such as `new` and `memory_order_release` into macros, so
// whatever uses them comes first, and the macros are dropped afterwards.
// clang-format off
#include "tortoise/memory/quorum_gate.h"
#include "tortoise/protocol/coordinator.h"

#include <relacy/relacy.hpp>
// clang-format on

#undef new
#undef delete
#undef malloc
#undef calloc
#undef realloc
#undef free
#undef assert
#undef errno

namespace tortoise::model {

/// A moment in a model without a clock: relacy chooses when it is reached, or
/// it never is (nullptr). The flag belongs to the thread that waits; where it
/// is true from the start, the deadline had passed before the wait.
struct Deadline {
  bool* reached;
};

/// Remembers its holder. The words below are written by the holder alone, so
/// that relacy need not switch threads before a holder reads one: that leaves
/// out only schedules that differ in nothing.
class RelacyMutex {
 public:
  void lock() {
    mutex_.lock($);
    holder_ = rl::ctx().current_thread();
  }
  void unlock() {
    holder_ = kNobody;
    mutex_.unlock($);
  }

  static void Reset() { holder_ = kNobody; }
  static bool HeldByMe() { return holder_ == rl::ctx().current_thread(); }

 private:
  static constexpr rl::thread_id_t kNobody = -1;
  static inline rl::thread_id_t holder_ = kNobody;
  rl::mutex mutex_;
};

template <typename T>
T WatchedLoad(const rl::atomic<T>& word, rl::memory_order order) {
  if (!RelacyMutex::HeldByMe()) return word.load(order, $);
  rl::preemption_disabler no_switch(rl::ctx());
  return word.load(order, $);
}

/// A word with the memory orders of FutexSignal, and a futex that may wake for
/// no reason. The futex compares the word and goes to sleep in one step, as
/// the kernel does under the lock of its bucket.
class RelacySignal {
 public:
  RelacySignal() : word_(0) {}

  std::uint32_t Load() const { return WatchedLoad(word_, rl::mo_acquire); }
  std::uint32_t Peek() const { return WatchedLoad(word_, rl::mo_relaxed); }

  void Store(std::uint32_t value) {
    RL_ASSERT(RelacyMutex::HeldByMe());
    word_.store(value, rl::mo_release, $);
  }
  // Without the lock, so threads may switch before it.
  void Wake() {
    rl::ctx().sched();
    word_.wake(rl::ctx(), kEverybody, $);
  }

  void Wait(std::uint32_t seen, Deadline deadline) const {
    const bool timed = deadline.reached != nullptr;
    if (Block(seen, timed) == rl::unpark_reason_timeout) {
      *deadline.reached = true;
    }
  }
  void Wait(std::uint32_t seen) const { Block(seen, false); }

 private:
  static constexpr rl::thread_id_t kEverybody = 64;

  // Wake-ups for no reason per signal, so that schedules are finite. There are
  // none in a bounded search, which they would make too long.
  static constexpr int kMaxSpurious = 3;

  rl::unpark_reason Block(std::uint32_t seen, bool timed) const {
    rl::ctx().sched();
    if (word_.debug_value() != seen) {
      // Who was told so by the kernel cannot read an older value any more, as
      // after a read-modify-write.
      word_.fetch_add(0, rl::mo_relaxed, $);
      return rl::unpark_reason_normal;
    }
    const bool spurious =
        rl::ctx().is_random_sched() && num_spurious_ < kMaxSpurious;
    const auto reason = word_.wait(rl::ctx(), timed, spurious, $);
    if (reason == rl::unpark_reason_spurious) ++num_spurious_;
    return reason;
  }

  mutable rl::atomic<std::uint32_t> word_;
  mutable int num_spurious_ = 0;
};

class RelacyFlag {
 public:
  explicit RelacyFlag(bool value) : flag_(value) {}
  bool load() const { return WatchedLoad(flag_, rl::mo_seq_cst); }
  void store(bool value) {
    RL_ASSERT(RelacyMutex::HeldByMe());
    flag_.store(value, rl::mo_seq_cst, $);
  }

 private:
  rl::atomic<bool> flag_;
};

struct RelacySync {
  using Mutex = RelacyMutex;
  using Signal = RelacySignal;
  using Flag = RelacyFlag;
  using TimePoint = Deadline;

  static bool Reached(Deadline deadline) {
    return deadline.reached != nullptr && *deadline.reached;
  }
  static void Pause() { rl::ctx().yield(1, $); }
};

}  // namespace tortoise::model
