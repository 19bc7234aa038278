// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/coordinator.h"

#include <algorithm>
#include <cstddef>
#include <stdexcept>

namespace tortoise {

Coordinator::Coordinator(int num_workers, const Synchrony& synchrony)
    : num_workers_(num_workers),
      synchrony_(synchrony),
      num_slowest_(num_workers) {
  const Method method = {.num_workers = num_workers, .synchrony = synchrony};
  if (const auto violation = method.Violation()) {
    throw SettingError(*violation);
  }
  const auto count = static_cast<std::size_t>(num_workers);
  workers_.resize(count);
  states_.resize(count, State::kWorking);
  pending_.reserve(
      std::min(static_cast<std::size_t>(synchrony.quorum), 16 * count));
  cancelled_.resize(count);
  released_.resize(count);
  if (synchrony.staleness_bound) held_.resize(count);
}

void Coordinator::SetQuorum(int quorum) {
  assert(pending().empty());
  Synchrony changed = synchrony_;
  changed.quorum = quorum;
  if (const auto violation = changed.Violation(num_workers_)) {
    throw SettingError(*violation);
  }
  synchrony_ = changed;
}

// After an update: all workers if it cancels, else those whose contributions it
// counts. In order of worker id.
void Coordinator::ReleaseTogether() {
  if (synchrony_.cancels_stragglers) {
    for (int w = 0; w < num_workers_; ++w) {
      if (state(w) == State::kWorking) cancelled_[num_cancelled_++] = w;
      Release(w);
    }
    return;
  }
  for (const CountedContribution& c : pending_) Release(c.worker);
  SortReleased();
  const auto end = held_.begin() + static_cast<std::ptrdiff_t>(num_newly_held_);
  std::sort(held_.begin(), end);
}

void Coordinator::ReleaseHeld() {
  for (int w = 0; w < num_workers_; ++w) {
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
