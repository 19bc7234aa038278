// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// What the workers did when, for trace.json: the Chrome trace format, which
/// https://ui.perfetto.dev opens. One process per racer and repeat, one thread
/// per worker; slices compute, straggle, wait, communicate and cancelled; an
/// instant per update. Times are microseconds since the start of the racer.
///
/// The file stays below `max_bytes`, shared evenly by the runs; each shows its
/// first moments, of the rows that contributions.csv and updates.csv hold: how
/// they came in batches makes no difference. Records are kept in memory until
/// then, no more of them than can fit into the file. Not thread-safe.
class Timeline {
 public:
  Timeline(std::size_t max_bytes, std::size_t expected_runs)
      : max_bytes_(max_bytes), expected_runs_(expected_runs) {}

  /// A new process; the records that follow are its.
  void BeginRun(std::string name, int num_workers);
  void Add(const RecordBatch& batch);

  /// Writes the file. Throws OutputError.
  void Write(const std::string& path) const;

 private:
  struct Run {
    std::string name;
    int num_workers = 1;
    std::vector<ContributionRecord> contributions;
    std::vector<UpdateRecord> updates;
  };

  static void WriteRun(const Run& run, std::size_t pid,
                       const std::function<bool(std::string_view)>& append);

  std::size_t max_bytes_;
  std::size_t expected_runs_;
  std::vector<Run> runs_;
};

}  // namespace tortoise::internal
