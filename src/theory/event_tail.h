// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <span>

namespace tortoise::internal {

/// `count` independent events that happen with the same probability.
struct EventGroup {
  std::int64_t count;
  double probability;
};

/// Pr(at least `least` of all events happen), the groups being independent:
/// the tail of a Poisson-binomial distribution, of a binomial one for a single
/// group. Only terms of one sign are added, so that a small tail keeps its
/// relative precision. O(sum of TailCost) for more than one group.
[[nodiscard]] double TailProbability(std::span<const EventGroup> groups,
                                     std::int64_t least);

/// Multiplications that `TailProbability` needs at most, roughly.
[[nodiscard]] double TailCost(std::span<const EventGroup> groups,
                              std::int64_t least);

}  // namespace tortoise::internal
