// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <utility>
#include <vector>

namespace tortoise {

/// The three numbers of a run that may change while it lasts. They change at
/// updates only, so they are a function of the version.
struct Pace {
  int quorum = 1;       // K >= 1, contributions per update
  int local_steps = 1;  // tau >= 1, gradients per contribution
  double step = 0.1;    // eta > 0

  bool operator==(const Pace&) const = default;
};

/// Which pace is in force at which version. A contribution is made at the pace
/// of the version that it was released on; an update is made at the pace of
/// the version that it changes. So one short history answers for all workers,
/// and a million of them need not remember anything.
///
/// `At` costs O(1) near the newest version, and O(changes since) before it.
/// Memory: one entry per change. Not thread-safe.
class PaceHistory {
 public:
  explicit PaceHistory(const Pace& initial) : changes_{{0, initial}} {}

  [[nodiscard]] const Pace& now() const { return changes_.back().second; }

  /// Requires version >= 0. A version that is still to come has the pace that
  /// is in force now.
  [[nodiscard]] const Pace& At(std::int64_t version) const {
    auto change = changes_.rbegin();
    while (change->first > version) ++change;
    return change->second;
  }

  /// From `version` on. Requires that it is not before the last change.
  void Change(std::int64_t version, const Pace& pace) {
    if (pace == now()) return;
    if (version == changes_.back().first) {
      changes_.back().second = pace;
    } else {
      changes_.emplace_back(version, pace);
    }
  }

 private:
  std::vector<std::pair<std::int64_t, Pace>> changes_;  // in order of version
};

}  // namespace tortoise
