// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <span>

#include "tortoise/core/words.h"

namespace tortoise {

/// How workers write parameters that other workers read and write meanwhile. A
/// coordinate is never torn, whatever the policy.
/// bench/memory/shared_parameters_bench measures what each costs.
enum class MemoryPolicy {
  // Relaxed load, add, relaxed store. As cheap as plain memory until two
  // workers write one cache line; what is added to a coordinate between the
  // load and the store of another worker is lost.
  kLossy,

  // Compare-and-swap add: nothing is lost. A locked instruction per coordinate,
  // also where nobody else writes; reads are as cheap as above.
  kAtomic,

  // One lock and one version per shard of 1,024 consecutive parameters: nothing
  // is lost, and a shard is read whole. A lock per shard touched; workers wait
  // for each other only inside one.
  kSharded,

  // One lock around all parameters: a model is read whole, of one version.
  // Workers write, and read, one at a time.
  kLocked,
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
