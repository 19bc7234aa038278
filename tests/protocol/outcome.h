// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <ostream>
#include <utility>
#include <vector>

#include "tortoise/protocol/coordinator.h"

namespace tortoise::testing {

/// A `Decision` that outlives the next arrival, and can be compared.
struct Outcome {
  bool fires = false;
  std::int64_t version = 0;
  std::vector<std::pair<int, std::int64_t>> contributions = {};  // worker, read
  std::vector<int> cancelled = {};
  std::vector<int> released = {};
  std::vector<int> held = {};

  bool operator==(const Outcome&) const = default;
};

inline Outcome Copy(const Decision& decision) {
  Outcome outcome{.fires = decision.fires, .version = decision.version};
  for (const CountedContribution& c : decision.contributions) {
    outcome.contributions.emplace_back(c.worker, c.version_read);
  }
  outcome.cancelled.assign(decision.cancelled.begin(),
                           decision.cancelled.end());
  outcome.released.assign(decision.released.begin(), decision.released.end());
  outcome.held.assign(decision.held.begin(), decision.held.end());
  return outcome;
}

inline std::ostream& operator<<(std::ostream& out, const Outcome& outcome) {
  out << (outcome.fires ? "fires" : "no update") << " at version "
      << outcome.version << ", counts";
  for (const auto& [worker, read] : outcome.contributions) {
    out << ' ' << worker << '@' << read;
  }
  out << ", cancels";
  for (const int worker : outcome.cancelled) out << ' ' << worker;
  out << ", releases";
  for (const int worker : outcome.released) out << ' ' << worker;
  out << ", holds";
  for (const int worker : outcome.held) out << ' ' << worker;
  return out;
}

}  // namespace tortoise::testing
