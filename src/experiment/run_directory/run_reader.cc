// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/run_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <optional>
#include <string_view>
#include <utility>

#include "experiment/files/csv_file.h"
#include "experiment/run_directory/tables.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

std::string File(const std::string& folder, const char* name) {
  return (std::filesystem::path(folder) / name).string();
}

const TableHeaders& HeadersOf(int format_version) {
  return format_version == 2 ? kHeaders2 : kHeaders;
}

// What the rows of a run begin with.
std::string Prefix(const RaceEntry& entry) {
  return fmt::format("{},{},", CsvQuoted(entry.name), entry.repeat);
}
[[noreturn]] void Contradict(const CsvReader& table, const RaceEntry& entry,
                             const char* what) {
  throw InputError(table.path(), table.line(),
                   fmt::format("{} of {}, repeat {} contradict summary.json",
                               what, entry.name, entry.repeat));
}

// summary.json has null for what is not a finite number.
bool Agree(std::optional<double> summary, double table) {
  return summary ? *summary == table : !std::isfinite(table);
}

template <Worded E>
E ReadWord(CsvRow& row, const char* column) {
  const std::string_view text = row.Text(column);
  if (const auto value = Parse<E>(text)) return *value;
  row.Fail(
      column, text,
      fmt::format("one of \"{}\"", fmt::join(AllWords<E>(), "\", \"")).c_str());
}

// What a file may claim before it is believed.
std::size_t Reserve(std::int64_t rows) {
  return static_cast<std::size_t>(std::min<std::int64_t>(rows, 1 << 20));
}

}  // namespace

RunReader::RunReader(const std::string& folder, int format_version,
                     const std::vector<Racer>& racers, bool has_events)
    : format_version_(format_version),
      curves_(File(folder, "curves.csv"), HeadersOf(format_version).curves),
      staleness_(File(folder, "staleness.csv"),
                 HeadersOf(format_version).staleness),
      updates_(File(folder, "updates.csv"), HeadersOf(format_version).updates),
      contributions_(File(folder, "contributions.csv"),
                     HeadersOf(format_version).contributions) {
  for (const Racer& racer : racers) {
    pace_[racer.name] = racer.options.initial_pace();
  }
  if (has_events) {
    events_ = std::make_unique<CsvReader>(File(folder, "events.csv"),
                                          HeadersOf(format_version).events);
  }
}

std::string RunReader::EventPrefix(const RaceEntry& entry) const {
  if (!is_old()) return Prefix(entry);
  return fmt::format("{},{},", entry.repeat, CsvQuoted(entry.name));
}

Pace RunReader::PaceOf(const RaceEntry& entry) const {
  const auto found = pace_.find(entry.name);
  return found == pace_.end() ? Pace() : found->second;
}

RecordedRun RunReader::Read(const SummaryEntry& summary) {
  RecordedRun run;
  run.entry = summary.entry;
  ReadCurve(summary, run.entry.summary);
  ReadStaleness(summary, run.entry.summary);
  ReadUpdates(summary, run);
  ReadContributions(summary, run);
  if (events_) ReadEvents(run);
  return run;
}

void RunReader::ReadCurve(const SummaryEntry& summary, Summary& read) {
  const std::string prefix = Prefix(summary.entry);
  const Pace pace = PaceOf(summary.entry);
  while (auto row = curves_.Next(prefix)) {
    CurvePoint point;
    point.seconds = row->Number("seconds");
    point.updates = row->Integer("updates", 0);
    point.gradients = row->Integer("gradients", 0);
    point.loss = row->Number("loss");
    point.test_loss = row->Number("test_loss");
    point.test_accuracy = row->Number("test_accuracy");
    point.pace.quorum = row->Int("quorum", 0);
    point.pace.local_steps = row->Int("local_steps", 0);
    point.pace.step = is_old() ? pace.step : row->Number("step");
    row->End();
    read.curve.push_back(point);
  }
  if (!Agree(summary.final_loss, read.final_loss())) {
    Contradict(curves_, summary.entry, "the rows");
  }
}

void RunReader::ReadStaleness(const SummaryEntry& summary, Summary& read) {
  const std::string prefix = Prefix(summary.entry);
  StalenessHistogram& staleness = read.staleness;
  while (auto row = staleness_.Next(prefix)) {
    const std::int64_t value = row->Integer("staleness", 0);
    const std::int64_t count = row->Integer("count", 1);
    row->End();
    staleness.Count(value, static_cast<std::uint64_t>(count));
  }
  if (!Agree(summary.mean_staleness, staleness.Mean()) ||
      summary.max_staleness.value_or(-1) != staleness.Max()) {
    Contradict(staleness_, summary.entry, "the rows");
  }
}

void RunReader::ReadUpdates(const SummaryEntry& summary, RecordedRun& run) {
  const std::string prefix = Prefix(summary.entry);
  const std::int64_t kept = summary.entry.summary.updates_kept;
  run.updates.reserve(Reserve(kept));
  while (auto row = updates_.Next(prefix)) {
    UpdateRecord record;
    record.update = row->Integer("update", 0);
    record.seconds = row->Number("seconds");
    record.contributions = row->Int("contributions", 0);
    record.mean_staleness = row->Number("mean_staleness");
    row->End();
    run.updates.push_back(record);
  }
  if (std::cmp_not_equal(run.updates.size(), kept)) {
    Contradict(updates_, summary.entry, "the numbers of rows");
  }
}

void RunReader::ReadContributions(const SummaryEntry& summary,
                                  RecordedRun& run) {
  const std::string prefix = Prefix(summary.entry);
  const std::int64_t kept = summary.entry.summary.contributions_kept;
  const Pace pace = PaceOf(summary.entry);
  run.contributions.reserve(Reserve(kept));
  while (auto row = contributions_.Next(prefix)) {
    ContributionRecord record;
    record.worker = row->Int("worker", 0);
    record.gradient = row->Integer("gradient", 0);
    record.version_read = row->Integer("version_read", 0);
    record.version_counted = row->IntegerOr("version_counted", 0, -1);
    record.seconds_released = row->Number("seconds_released");
    record.seconds_started = row->Number("seconds_started");
    record.seconds_computed = row->Number("seconds_computed");
    record.seconds_arrived = row->Number("seconds_arrived");
    record.fate = ReadWord<Fate>(*row, "fate");
    if (is_old()) {
      record.local_steps = pace.local_steps;
      record.step = pace.step;
    } else {
      record.local_steps = row->Int("local_steps", 1);
      record.step = row->Number("step");
      record.weight = static_cast<float>(row->Number("weight"));
      record.bytes = row->Integer("bytes", 0);
    }
    row->End();
    if (record.worker >= summary.entry.summary.num_workers) {
      Contradict(contributions_, summary.entry, "the workers");
    }
    run.contributions.push_back(record);
  }
  if (std::cmp_not_equal(run.contributions.size(), kept)) {
    Contradict(contributions_, summary.entry, "the numbers of rows");
  }
}

void RunReader::ReadEvents(RecordedRun& run) {
  const std::string prefix = EventPrefix(run.entry);
  while (auto row = events_->Next(prefix)) {
    EventRecord record;
    record.kind = ReadWord<EventKind>(*row, "event");
    const std::int64_t worker = row->IntegerOr("worker", 0, -1);
    record.gradient = row->IntegerOr("gradient", 0, -1);
    record.version = row->Integer("version", 0);
    record.seconds = row->Number("seconds");
    record.pace.quorum = row->Int("quorum", 0);
    record.pace.local_steps = row->Int("local_steps", 0);
    record.pace.step = row->Number("step");
    row->End();
    if (worker >= run.entry.summary.num_workers) {
      Contradict(*events_, run.entry, "the workers");
    }
    record.worker = static_cast<int>(worker);
    run.events.push_back(record);
  }
}

TableSizes RunReader::sizes() const {
  return {.curves = curves_.offset(),
          .staleness = staleness_.offset(),
          .updates = updates_.offset(),
          .contributions = contributions_.offset(),
          .events = events_ ? events_->offset() : 0};
}

void RunReader::RequireEnd(const std::vector<SummaryEntry>& entries,
                           bool is_complete) {
  const auto check = [&](CsvReader& table, auto prefix_of) {
    if (!table.HasNext()) return;
    const bool is_known = std::ranges::any_of(entries, [&](const auto& each) {
      return table.NextIs(prefix_of(each.entry));
    });
    if (is_complete || is_known) {
      throw InputError(table.path(), table.line(),
                       "the row is in none of the runs of summary.json, or out "
                       "of order");
    }
  };
  for (CsvReader* table : {&curves_, &staleness_, &updates_, &contributions_}) {
    check(*table, Prefix);
  }
  if (events_) {
    check(*events_, [&](const RaceEntry& entry) { return EventPrefix(entry); });
  }
}

std::uint64_t PlaceOf(const RaceEntry& entry, const std::vector<Racer>& racers,
                      std::uint64_t repeats, const std::string& file) {
  const auto racer = std::ranges::find(racers, entry.name, &Racer::name);
  if (racer == racers.end() || entry.repeat >= repeats) {
    throw InputError(
        file, 0,
        fmt::format("{}, repeat {} is not a run of this experiment", entry.name,
                    entry.repeat));
  }
  return entry.repeat * racers.size() +
         static_cast<std::uint64_t>(racer - racers.begin());
}

}  // namespace tortoise::internal
