// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>

#include "tortoise/core/error.h"

namespace tortoise {

/// When an update fires, who waits and who is cancelled: one point of the
/// table that holds every protocol of the parameter-server family.
///
///                        others are cancelled   others run on
///     pusher waits       K-sync                 K-async
///     pusher continues   K-batch-sync           K-batch-async
struct Synchrony {
  // K >= 1, contributions per update; <= P if waits_after_push. A larger one
  // has less noise in an update and fewer updates in a second.
  int quorum = 1;
  // Until the update that counts its push. Bounds staleness; costs the time
  // that workers stand idle.
  bool waits_after_push = false;
  // Nothing is stale then; costs what the cancelled have computed.
  bool cancels_stragglers = false;

  // s: a worker that has pushed more than s contributions more than the
  // slowest is held. >= 0, or none. A smaller one is fresher, and lets more
  // workers wait for the slowest.
  std::optional<std::int64_t> staleness_bound = std::nullopt;

  /// The first rule that these break with P = `num_workers`, worded for a
  /// user, or nothing.
  [[nodiscard]] std::optional<tortoise::Violation> Violation(
      int num_workers) const;
};

}  // namespace tortoise
