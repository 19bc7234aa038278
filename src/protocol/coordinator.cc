// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/coordinator.h"

#include <algorithm>
#include <cassert>
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
  num_slowest_ = synchrony.participants;
  const auto expected =
      std::min(static_cast<std::size_t>(synchrony.quorum), 16 * count);
  pending_.reserve(expected);
  counted_.reserve(expected);
  cancelled_.reserve(count);
  released_.reserve(count);
}

const Decision& Coordinator::Arrive(int worker) {
  released_.clear();
  cancelled_.clear();
  counted_.clear();
  Worker& pusher = at(worker);
  assert(pusher.state == State::kWorking);
  const std::int64_t slowest_before = slowest_;
  pending_.push_back({worker, pusher.version_read});
  CountPush(pusher);
  pusher.state = State::kWaiting;

  const bool fires =
      pending_.size() == static_cast<std::size_t>(synchrony_.quorum);
  decision_.fires = fires;
  decision_.version = version_;
  if (fires) {
    ++version_;
    pending_.swap(counted_);
  }

  if (fires && synchrony_.cancels_stragglers) {
    for (int w = 0; w < synchrony_.participants; ++w) {
      if (at(w).state == State::kWorking) cancelled_.push_back(w);
      Release(w);
    }
  } else if (fires && synchrony_.waits_after_push) {
    for (const CountedContribution& c : counted_) Release(c.worker);
  } else if (!synchrony_.waits_after_push) {
    Release(worker);
  }
  if (num_held_ > 0 && slowest_ > slowest_before) {
    for (int w = 0; w < synchrony_.participants; ++w) {
      if (at(w).state == State::kHeld) Release(w);
    }
  }
  if (released_.size() > 1) std::sort(released_.begin(), released_.end());

  decision_.contributions = counted_;
  decision_.cancelled = cancelled_;
  decision_.released = released_;
  return decision_;
}

bool Coordinator::Exceeds(const Worker& worker) const {
  return synchrony_.staleness_bound &&
         worker.pushed - slowest_ > *synchrony_.staleness_bound;
}

// Starts a new contribution of `worker`, or holds it.
void Coordinator::Release(int worker) {
  Worker& released = at(worker);
  if (released.state == State::kHeld) --num_held_;
  if (Exceeds(released)) {
    released.state = State::kHeld;
    ++num_held_;
    return;
  }
  released.state = State::kWorking;
  released.version_read = version_;
  released_.push_back(worker);
}

// Keeps the minimum of `pushed` up to date, if it is needed: recounted once per
// P pushes of the slowest, so O(1) amortised.
void Coordinator::CountPush(Worker& worker) {
  const bool was_slowest = worker.pushed == slowest_;
  ++worker.pushed;
  if (!synchrony_.staleness_bound) return;  // nobody asks
  if (!was_slowest || --num_slowest_ > 0) return;
  const auto fewer = [](const Worker& a, const Worker& b) {
    return a.pushed < b.pushed;
  };
  slowest_ = std::min_element(workers_.begin(), workers_.end(), fewer)->pushed;
  num_slowest_ = static_cast<int>(
      std::count_if(workers_.begin(), workers_.end(),
                    [&](const Worker& w) { return w.pushed == slowest_; }));
}

}  // namespace tortoise
