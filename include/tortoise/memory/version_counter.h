// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstdint>

#include "tortoise/core/aligned.h"

namespace tortoise {

/// Number of updates of shared parameters: exact, at the cost of one cache line
/// that all workers write. Safe from any thread.
class VersionCounter {
 public:
  /// Counts an update and returns the version before it: every update gets one
  /// of its own. Release/acquire: whoever sees an update counted sees what was
  /// written before.
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
