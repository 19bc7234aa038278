// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/engine/race.h"

namespace tortoise::internal {

/// One entry of summary.json. `entry` has neither curve nor staleness; what
/// summary.json says of them is here, to be compared with the tables.
struct SummaryEntry {
  RaceEntry entry;
  std::optional<double> final_loss;
  std::optional<double> mean_staleness;
  std::optional<std::int64_t> max_staleness;
};

/// What summary.json says.
struct RaceSummary {
  int format_version = 0;  // 2 or 3
  Clock clock = Clock::kWall;
  std::optional<std::size_t> num_samples;
  std::size_t num_parameters = 0;
  std::optional<double> target_loss;
  std::vector<SummaryEntry> entries;
};

/// Reads a summary.json. Throws InputError, with the file and the place in it,
/// for a missing file, another format version than 2 and 3, or anything
/// malformed.
[[nodiscard]] RaceSummary ReadSummaryJson(const std::string& path);

}  // namespace tortoise::internal
