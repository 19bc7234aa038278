// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/coordinator.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>
#include <string>

namespace tortoise {

std::optional<std::string> Synchrony::Violation() const {
  const auto broken = [](const char* name, std::int64_t value,
                         const std::string& rule) {
    return std::string(name) + " = " + std::to_string(value) + " must be " +
           rule;
  };
  if (participants < 1) return broken("workers", participants, ">= 1");
  if (quorum < 1) return broken("quorum", quorum, ">= 1");
  if (waits_after_push && quorum > participants) {
    return broken("quorum", quorum,
                  "<= " + std::to_string(participants) +
                      ", the number of workers: each waits after its push, "
                      "so the quorum would never fill");
  }
  if (staleness_bound && *staleness_bound < 0) {
    return broken("staleness_bound", *staleness_bound, ">= 0");
  }
  return std::nullopt;
}

Coordinator::Coordinator(const Synchrony& synchrony) : synchrony_(synchrony) {
  if (const auto violation = synchrony.Violation()) {
    throw std::invalid_argument(*violation);
  }
  const auto count = static_cast<std::size_t>(synchrony.participants);
  workers_.resize(count);
  states_.resize(count, State::kWorking);
  num_slowest_ = synchrony.participants;
  pending_.reserve(
      std::min(static_cast<std::size_t>(synchrony.quorum), 16 * count));
  cancelled_.resize(count);
  released_.resize(count);
}

// After an update: all workers if it cancels, else those whose contributions it
// counts. In order of worker id.
void Coordinator::ReleaseTogether() {
  if (synchrony_.cancels_stragglers) {
    for (int w = 0; w < synchrony_.participants; ++w) {
      if (state(w) == State::kWorking) cancelled_[num_cancelled_++] = w;
      Release(w);
    }
    return;
  }
  for (const CountedContribution& c : pending_) Release(c.worker);
  SortReleased();
}

void Coordinator::ReleaseHeld() {
  for (int w = 0; w < synchrony_.participants; ++w) {
    if (state(w) == State::kHeld) Release(w);
  }
  SortReleased();
}

void Coordinator::SortReleased() {
  const auto end =
      released_.begin() + static_cast<std::ptrdiff_t>(num_released_);
  std::sort(released_.begin(), end);
}

// One of the slowest has pushed. Recounted once per P pushes of the slowest, so
// O(1) amortised.
void Coordinator::RaiseSlowest() {
  if (--num_slowest_ > 0) return;
  const auto fewer = [](const Worker& a, const Worker& b) {
    return a.pushed < b.pushed;
  };
  slowest_ = std::min_element(workers_.begin(), workers_.end(), fewer)->pushed;
  num_slowest_ = static_cast<int>(
      std::count_if(workers_.begin(), workers_.end(),
                    [&](const Worker& w) { return w.pushed == slowest_; }));
}

}  // namespace tortoise
