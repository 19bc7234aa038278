// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/run_tables.h"

#include <filesystem>

#include "experiment/run_directory/tables.h"

namespace tortoise::internal {
namespace {

std::string File(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

}  // namespace

RunTables::RunTables(const std::string& folder, const TableSizes& kept,
                     bool has_events)
    : curves_(File(folder, "curves.csv"), kHeaders.curves, kept.curves),
      staleness_(File(folder, "staleness.csv"), kHeaders.staleness,
                 kept.staleness),
      updates_(File(folder, "updates.csv"), kHeaders.updates, kept.updates),
      contributions_(File(folder, "contributions.csv"), kHeaders.contributions,
                     kept.contributions) {
  if (has_events) {
    events_.emplace(File(folder, "events.csv"), kHeaders.events, kept.events);
  }
}

void RunTables::Start(const std::string& racer, std::uint64_t repeat) {
  racer_ = racer;
  repeat_ = repeat;
  contributions_before_ = contributions_.size();
  updates_before_ = updates_.size();
}

void RunTables::Write(const RecordBatch& batch) {
  const auto contributions = [&] { WriteRows(batch.contributions); };
  const auto updates = [&] { WriteRows(batch.updates); };
  if (batch.replaces) {
    contributions_.Replace(contributions_before_, contributions);
    updates_.Replace(updates_before_, updates);
  } else {
    contributions();
    updates();
  }
  WriteRows(batch.events);
  contributions_.Flush();
  updates_.Flush();
  if (events_) events_->Flush();
}

void RunTables::Write(const RaceEntry& entry) {
  for (const CurvePoint& p : entry.summary.curve) {
    curves_.Row(entry.name, entry.repeat, p.seconds, p.updates, p.gradients,
                p.loss, p.test_loss, p.test_accuracy, p.pace.quorum,
                p.pace.local_steps, p.pace.step);
  }
  for (const auto& [staleness, count] : entry.summary.staleness.Counts()) {
    staleness_.Row(entry.name, entry.repeat, staleness, count);
  }
  curves_.Flush();
  staleness_.Flush();
}

void RunTables::Flush() {
  for (CsvFile* file : {&curves_, &staleness_, &updates_, &contributions_}) {
    file->Flush();
  }
  if (events_) events_->Flush();
}

void RunTables::WriteRows(std::span<const ContributionRecord> rows) {
  for (const ContributionRecord& r : rows) {
    contributions_.Row(racer_, repeat_, r.worker, r.gradient, r.version_read,
                       NothingIfNegative(r.version_counted), r.seconds_released,
                       r.seconds_started, r.seconds_computed, r.seconds_arrived,
                       ToString(r.fate), r.local_steps, r.step,
                       double{r.weight}, r.bytes);
  }
}

void RunTables::WriteRows(std::span<const UpdateRecord> rows) {
  for (const UpdateRecord& r : rows) {
    updates_.Row(racer_, repeat_, r.update, r.seconds, r.contributions,
                 r.mean_staleness);
  }
}

void RunTables::WriteRows(std::span<const EventRecord> rows) {
  if (!events_) return;
  for (const EventRecord& r : rows) {
    events_->Row(racer_, repeat_, ToString(r.kind), NothingIfNegative(r.worker),
                 NothingIfNegative(r.gradient), r.version, r.seconds,
                 r.pace.quorum, r.pace.local_steps, r.pace.step);
  }
}

}  // namespace tortoise::internal
