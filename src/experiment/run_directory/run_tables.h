// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "experiment/files/csv_file.h"
#include "tortoise/engine/race.h"

namespace tortoise::internal {

/// Bytes at the beginning of each table of a run directory.
struct TableSizes {
  std::uint64_t curves = 0;
  std::uint64_t staleness = 0;
  std::uint64_t updates = 0;
  std::uint64_t contributions = 0;
  std::uint64_t events = 0;
};

/// The tables of a run directory, to which runs add their rows one after the
/// other. Throws OutputError as CsvFile does. Not thread-safe.
class RunTables {
 public:
  /// Keeps the first `kept` bytes of each table; 0 begins it anew.
  /// `has_events`: events.csv is one of them.
  RunTables(const std::string& folder, const TableSizes& kept, bool has_events);

  /// The rows that follow are of this run.
  void Start(const std::string& racer, std::uint64_t repeat);

  void Write(const RecordBatch& batch);
  /// The curve and the staleness of a run that ended.
  void Write(const RaceEntry& entry);

  void Flush();

 private:
  void WriteRows(std::span<const ContributionRecord> rows);
  void WriteRows(std::span<const UpdateRecord> rows);
  void WriteRows(std::span<const EventRecord> rows);

  CsvFile curves_;
  CsvFile staleness_;
  CsvFile updates_;
  CsvFile contributions_;
  std::optional<CsvFile> events_;

  // The run whose records arrive, and where its rows begin.
  std::string racer_;
  std::uint64_t repeat_ = 0;
  std::uint64_t contributions_before_ = 0;
  std::uint64_t updates_before_ = 0;
};

}  // namespace tortoise::internal
