// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "protocol/outcome.h"
#include "tortoise/protocol/coordinator.h"

namespace tortoise::testing {

/// What a `Coordinator` must decide, said again as slowly and plainly as
/// possible: a log of all pushes, from which everything is counted anew at
/// every arrival, and a set of workers for each thing a worker can be doing.
class SlowModel {
 public:
  explicit SlowModel(const Method& method) : method_(method) {
    for (int w = 0; w < method.num_workers; ++w) computing_[w] = 0;
  }

  /// Who may arrive next, and the version each of them has read.
  [[nodiscard]] const std::map<int, std::int64_t>& computing() const {
    return computing_;
  }
  [[nodiscard]] const std::set<int>& waiting() const { return waiting_; }
  [[nodiscard]] const std::set<int>& held() const { return held_; }
  [[nodiscard]] std::int64_t version() const { return version_; }

  [[nodiscard]] std::int64_t pushed(int worker) const {
    return std::count_if(log_.begin(), log_.end(),
                         [&](const auto& c) { return c.first == worker; });
  }

  [[nodiscard]] std::int64_t slowest() const {
    std::int64_t fewest = pushed(0);
    for (int w = 1; w < method_.num_workers; ++w) {
      fewest = std::min(fewest, pushed(w));
    }
    return fewest;
  }

  Outcome Arrive(int worker) {
    Outcome outcome{.version = version_};
    log_.emplace_back(worker, computing_.at(worker));
    computing_.erase(worker);
    waiting_.insert(worker);

    const std::size_t in_quorum = log_.size() - counted_;
    outcome.fires =
        in_quorum == static_cast<std::size_t>(method_.synchrony.quorum);
    std::set<int> may_start = held_;
    if (outcome.fires) {
      outcome.contributions.assign(
          log_.begin() + static_cast<std::ptrdiff_t>(counted_), log_.end());
      counted_ = log_.size();
      ++version_;
      may_start.insert(waiting_.begin(), waiting_.end());
      if (method_.synchrony.cancels_stragglers) {
        for (const auto& [w, read] : computing_) {
          outcome.cancelled.push_back(w);
          may_start.insert(w);
        }
      }
    } else if (!method_.synchrony.waits_after_push) {
      may_start.insert(worker);
    }

    for (const int w : may_start) {
      computing_.erase(w);
      waiting_.erase(w);
      const bool was_held = held_.erase(w) > 0;
      if (method_.synchrony.staleness_bound &&
          pushed(w) - slowest() > *method_.synchrony.staleness_bound) {
        held_.insert(w);
        if (!was_held) outcome.held.push_back(w);
      } else {
        computing_[w] = version_;
        outcome.released.push_back(w);
      }
    }
    return outcome;
  }

 private:
  Method method_;
  std::int64_t version_ = 0;
  std::vector<std::pair<int, std::int64_t>> log_;  // worker, version read
  std::size_t counted_ = 0;  // entries of the log that updates have used up
  std::map<int, std::int64_t> computing_;  // worker -> version read
  std::set<int> waiting_;
  std::set<int> held_;
};

}  // namespace tortoise::testing
