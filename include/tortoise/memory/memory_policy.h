// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <span>

#include "tortoise/core/words.h"

namespace tortoise {

/// How workers write parameters that other workers read and write meanwhile.
enum class MemoryPolicy {
  kLossy,    // relaxed load, add, relaxed store: an update may be lost
  kAtomic,   // compare-and-swap add: nothing is lost
  kSharded,  // one lock and one version per shard of consecutive parameters
  kLocked,   // one lock around all parameters
};

inline constexpr Word<MemoryPolicy> kMemoryPolicyWords[] = {
    {MemoryPolicy::kLossy, "lossy"},
    {MemoryPolicy::kAtomic, "atomic"},
    {MemoryPolicy::kSharded, "sharded"},
    {MemoryPolicy::kLocked, "locked"}};
constexpr std::span<const Word<MemoryPolicy>> WordsOf(MemoryPolicy) {
  return kMemoryPolicyWords;
}

}  // namespace tortoise
