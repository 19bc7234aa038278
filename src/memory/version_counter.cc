// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/version_counter.h"

#include <cstddef>

namespace tortoise {

PaddedVersionCounter::PaddedVersionCounter(int num_workers)
    : slots_(static_cast<std::size_t>(num_workers)) {}

void PaddedVersionCounter::Increment(int worker) {
  // One writer per slot, so no read-modify-write is needed.
  std::atomic<std::int64_t>& count =
      slots_[static_cast<std::size_t>(worker)].count;
  count.store(count.load(std::memory_order_relaxed) + 1,
              std::memory_order_release);
}

std::int64_t PaddedVersionCounter::Others(int worker) const {
  std::int64_t sum = 0;
  for (std::size_t w = 0; w < slots_.size(); ++w) {
    if (w == static_cast<std::size_t>(worker)) continue;
    sum += slots_[w].count.load(std::memory_order_acquire);
  }
  return sum;
}

std::int64_t PaddedVersionCounter::Total() const {
  std::int64_t sum = 0;
  for (const Slot& slot : slots_) {
    sum += slot.count.load(std::memory_order_acquire);
  }
  return sum;
}

}  // namespace tortoise
