// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "tortoise/core/mutex.h"

namespace tortoise {

// What QuorumGate is made of. Installed because the gate is a template over it;
// nothing else in the interface needs it.

/// A 32-bit word that one thread publishes and another waits on: a Linux futex.
///
/// `Store` is a release store, `Load` an acquire load: what was written before
/// a value was published is visible to whoever has loaded it.
class FutexSignal {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  [[nodiscard]] std::uint32_t Load() const {
    return word_.load(std::memory_order_acquire);
  }
  /// A hint without ordering, for polling inside a computation.
  [[nodiscard]] std::uint32_t Peek() const {
    return word_.load(std::memory_order_relaxed);
  }

  void Store(std::uint32_t value) {
    word_.store(value, std::memory_order_release);
  }
  /// Wakes the waiting thread, if there is one. To be called after `Store`,
  /// not necessarily at once. If nobody sleeps it costs some 10 ns and is no
  /// system call.
  void Wake();
  void Publish(std::uint32_t value) {
    Store(value);
    Wake();
  }

  /// Returns once the word is not `seen`, or `deadline` has passed, or for no
  /// reason at all: call it in a loop.
  void Wait(std::uint32_t seen, TimePoint deadline) const;
  void Wait(std::uint32_t seen) const;

 private:
  std::atomic<std::uint32_t> word_{0};
  mutable std::atomic<std::uint32_t> sleeps_{0};  // somebody, or is about to
};

/// The primitives that `QuorumGate` is made of. Tests put a model checker's
/// primitives in their place.
struct RealSync {
  using Mutex = ::tortoise::Mutex;
  using Signal = FutexSignal;
  using Flag = std::atomic<bool>;
  using TimePoint = FutexSignal::TimePoint;

  static bool Reached(TimePoint deadline) {
    return std::chrono::steady_clock::now() >= deadline;
  }
  /// Called between two looks at a signal while spinning.
  static void Pause();
};

}  // namespace tortoise
