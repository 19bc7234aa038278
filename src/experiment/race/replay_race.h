// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

namespace tortoise {

/// One racer in one repeat that was replayed.
struct ReplayedRun {
  std::string name;
  std::uint64_t repeat = 0;
  std::int64_t updates = 0;
  double loss = 0.0;     // of the final parameters, over all data
  std::string checksum;  // of the final parameters: now, and as recorded
  std::string recorded_checksum;

  [[nodiscard]] bool is_same() const { return checksum == recorded_checksum; }
};

/// One that cannot be, and why, worded for a user.
struct SkippedRun {
  std::string name;
  std::uint64_t repeat = 0;
  std::string reason;
};

/// What became of a replay.
struct RaceReplay {
  std::vector<ReplayedRun> runs;  // in the order of summary.json
  std::vector<SkippedRun> skipped;
  std::vector<std::string> warnings;  // reasons why bits may differ
  bool interrupted = false;           // `runs` are those until then
};

/// Makes the runs of a race on real threads again, from the events in its run
/// directory (engine/replay.h). `on_run` is called as soon as one is finished.
///
/// Skipped: runs in place, whose order of writes inside an update cannot be
/// recorded, and runs whose record was thinned. A racer that was cut short
/// before it was written to summary.json is not there to be replayed.
///
/// Throws InputError: what `ReadRunDirectory` and `LoadProblem` say; a race in
/// virtual time; a race of which nothing can be replayed; events that
/// contradict each other. Rethrows what the objective throws.
[[nodiscard]] RaceReplay ReplayRace(
    const std::string& run_dir, std::stop_token stop = {},
    const std::function<void(const ReplayedRun&)>& on_run = {});

}  // namespace tortoise
