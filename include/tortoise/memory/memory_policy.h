// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

namespace tortoise {

/// How workers write parameters that other workers read and write meanwhile.
enum class MemoryPolicy {
  kLossy,    // relaxed load, add, relaxed store: an update may be lost
  kAtomic,   // compare-and-swap add: nothing is lost
  kSharded,  // one lock and one version per shard of consecutive parameters
  kLocked,   // one lock around all parameters
};

/// "lossy", "atomic", "sharded", "locked".
[[nodiscard]] const char* ToString(MemoryPolicy policy);

}  // namespace tortoise
