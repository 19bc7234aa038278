// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "tortoise/core/aligned.h"

namespace tortoise {

/// Number of updates, kept in one padded counter per worker, so that counting
/// an update costs its worker one uncontended store, and reading the version
/// costs a sum over all workers.
///
/// The staleness of a contribution is the number of updates by others between
/// its snapshot and itself: `Others(w)` now minus then.
class PaddedVersionCounter {
 public:
  explicit PaddedVersionCounter(int num_workers);

  /// Counts an update by `worker`. Only that worker's thread may call it.
  void Increment(int worker);

  /// Updates by all workers but `worker`. Release/acquire: whoever sees an
  /// update counted here sees what was written before it was counted.
  [[nodiscard]] std::int64_t Others(int worker) const;
  [[nodiscard]] std::int64_t Total() const;

 private:
  struct alignas(kFalseSharingRange) Slot {
    std::atomic<std::int64_t> count{0};
  };
  std::vector<Slot> slots_;
};

/// Number of updates in one counter: exact, and contended.
class ExactVersionCounter {
 public:
  /// The version before this update.
  std::int64_t Increment() {
    return count_.fetch_add(1, std::memory_order_acq_rel);
  }
  [[nodiscard]] std::int64_t Total() const {
    return count_.load(std::memory_order_acquire);
  }

 private:
  alignas(kFalseSharingRange) std::atomic<std::int64_t> count_{0};
};

}  // namespace tortoise
