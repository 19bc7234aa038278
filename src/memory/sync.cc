// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/sync.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <climits>
#include <ctime>

namespace tortoise {
namespace {

static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

// Absolute time on CLOCK_MONOTONIC, which is libstdc++'s steady_clock. Lateness
// does not add up, as it would with a relative timeout.
void FutexWait(const std::atomic<std::uint32_t>& word, std::uint32_t seen,
               const timespec* deadline, std::atomic<std::uint32_t>& sleeps) {
  sleeps.exchange(1, std::memory_order_acq_rel);
  syscall(SYS_futex, &word, FUTEX_WAIT_BITSET_PRIVATE, seen, deadline, nullptr,
          FUTEX_BITSET_MATCH_ANY);
  sleeps.exchange(0, std::memory_order_acq_rel);
}

}  // namespace

void FutexSignal::Wake() {
  // `sleeps_` is only ever read by writing it. So either this sees that
  // somebody sleeps, or who is about to sees the word that was stored before:
  // he compares it with `seen` inside the kernel, and does not go to sleep.
  if (!sleeps_.fetch_or(0, std::memory_order_acq_rel)) return;
  syscall(SYS_futex, &word_, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

void FutexSignal::Wait(std::uint32_t seen, TimePoint deadline) const {
  const auto since_epoch = std::chrono::duration_cast<std::chrono::nanoseconds>(
      deadline.time_since_epoch());
  if (since_epoch.count() < 0) return;
  const timespec absolute = {
      static_cast<time_t>(since_epoch.count() / 1'000'000'000),
      static_cast<long>(since_epoch.count() % 1'000'000'000)};
  FutexWait(word_, seen, &absolute, sleeps_);
}

void FutexSignal::Wait(std::uint32_t seen) const {
  FutexWait(word_, seen, nullptr, sleeps_);
}

void RealSync::Pause() {
#if defined(__x86_64__) || defined(__i386__)
  __builtin_ia32_pause();
#endif
}

}  // namespace tortoise
