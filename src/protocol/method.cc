// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/method.h"

#include "core/check.h"

namespace tortoise {

using internal::Broken;

std::optional<tortoise::Violation> Synchrony::Violation(int num_workers) const {
  if (quorum < 1) return Broken("quorum", quorum, ">= 1");
  if (waits_after_push && quorum > num_workers) {
    return Broken("quorum", quorum,
                  "<= " + std::to_string(num_workers) +
                      ", the number of workers: each waits after its push, "
                      "so the quorum would never fill");
  }
  if (staleness_bound && *staleness_bound < 0) {
    return Broken("staleness_bound", *staleness_bound, ">= 0");
  }
  return std::nullopt;
}

std::optional<tortoise::Violation> Method::Violation() const {
  if (num_workers < 1) return Broken("num_workers", num_workers, ">= 1");
  if (auto violation = synchrony.Violation(num_workers)) return violation;
  if (local_steps < 1) return Broken("local_steps", local_steps, ">= 1");
  return std::nullopt;
}

}  // namespace tortoise
