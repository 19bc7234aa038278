// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "experiment/files/csv_reader.h"
#include "experiment/run_directory/run_tables.h"
#include "experiment/run_directory/summary_reader.h"
#include "tortoise/experiment/read_run.h"

namespace tortoise::internal {

/// Reads the tables of a run directory run by run, in the order in which they
/// were written, holding one run at a time. Throws InputError for what is
/// missing or malformed, or contradicts summary.json. Not thread-safe.
class RunReader {
 public:
  /// Opens the tables, which are of a format version that ReadSummaryJson
  /// takes; what version 2 lacks is taken from `racers`. `has_events`:
  /// events.csv is one of them.
  RunReader(const std::string& folder, int format_version,
            const std::vector<Racer>& racers, bool has_events);

  /// The next run, which is that of `summary`.
  RecordedRun Read(const SummaryEntry& summary);

  /// What the runs that were read take up.
  [[nodiscard]] TableSizes sizes() const;

  /// Requires that no rows are left, or, if the race was cut short, none of
  /// the runs in `entries`.
  void RequireEnd(const std::vector<SummaryEntry>& entries, bool is_complete);

 private:
  void ReadCurve(const SummaryEntry& summary, Summary& read);
  void ReadStaleness(const SummaryEntry& summary, Summary& read);
  void ReadUpdates(const SummaryEntry& summary, RecordedRun& run);
  void ReadContributions(const SummaryEntry& summary, RecordedRun& run);
  void ReadEvents(RecordedRun& run);
  [[nodiscard]] bool is_old() const { return format_version_ == 2; }
  [[nodiscard]] std::string EventPrefix(const RaceEntry& entry) const;
  // Of a run of version 2, whose pace never changed.
  [[nodiscard]] Pace PaceOf(const RaceEntry& entry) const;

  int format_version_;
  std::map<std::string, Pace> pace_;  // by racer

  CsvReader curves_;
  CsvReader staleness_;
  CsvReader updates_;
  CsvReader contributions_;
  std::unique_ptr<CsvReader> events_;  // null: there are none
};

/// ReadRunDirectory. Without `keep_records` the rows of contributions, updates
/// and events are checked, but not kept.
[[nodiscard]] RecordedRace ReadRace(const std::string& path, bool keep_records);

/// The place of a run in a race: repeat by repeat, racers in order. Throws
/// InputError, which names `file`, for a run that is none of the race's.
[[nodiscard]] std::uint64_t PlaceOf(const RaceEntry& entry,
                                    const std::vector<Racer>& racers,
                                    std::uint64_t repeats,
                                    const std::string& file);

}  // namespace tortoise::internal
