// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/method.h"

#include <cstdint>

namespace tortoise {
namespace {

std::string Broken(const char* name, std::int64_t value,
                   const std::string& rule) {
  return std::string(name) + " = " + std::to_string(value) + " must be " + rule;
}

}  // namespace

std::optional<std::string> Synchrony::Violation(int num_workers) const {
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

std::optional<std::string> Method::Violation() const {
  if (num_workers < 1) return Broken("workers", num_workers, ">= 1");
  if (auto violation = synchrony.Violation(num_workers)) return violation;
  if (local_steps < 1) return Broken("local_steps", local_steps, ">= 1");
  return std::nullopt;
}

}  // namespace tortoise
