// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <vector>

#include "tortoise/engine/race.h"

namespace tortoise::internal {

/// The entries of one racer, in order of repeats.
struct RacerEntries {
  std::string name;
  std::vector<const RaceEntry*> entries;
  // Infinity stands for what was not reached, so the median is one that was
  // measured, or says that at least half of the repeats failed to.
  double median_to_target = 0.0;
};

/// One per racer, the earliest at the target first, else in order of entries.
[[nodiscard]] std::vector<RacerEntries> RankRacers(
    const std::vector<RaceEntry>& entries);

/// A racer without a group is a group of its name.
[[nodiscard]] inline const std::string& GroupOf(const Racer& racer) {
  return racer.group.empty() ? racer.name : racer.group;
}

}  // namespace tortoise::internal
