// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tortoise/engine/race.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {

/// One racer in one repeat, as a run directory tells it.
struct RecordedRun {
  RaceEntry entry;  // with its curve and staleness
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  std::vector<EventRecord> events;  // empty: none were recorded
};

/// What a run directory holds.
struct RecordedRace {
  std::string path;
  Experiment experiment;
  bool is_complete = false;  // has DONE
  std::optional<double> target_loss;
  std::vector<RecordedRun> runs;  // those of summary.json, in its order
};

/// Reads a run directory back, losslessly: what a racer's summary, curve,
/// staleness, contributions, updates and events were when it was written. A
/// racer that was cut short has no entry and is left out. Throws InputError
/// that names the file and line for a missing file, another format version or
/// anything malformed.
[[nodiscard]] RecordedRace ReadRunDirectory(const std::string& path);

}  // namespace tortoise
