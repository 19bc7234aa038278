// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/read_run.h"

#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

#include "experiment/run_directory/run_reader.h"
#include "experiment/run_directory/summary_reader.h"

namespace tortoise {
namespace {

void RequireOrder(const std::vector<internal::SummaryEntry>& entries,
                  const Experiment& experiment, const std::string& file) {
  std::uint64_t least = 0;
  for (const internal::SummaryEntry& entry : entries) {
    const std::uint64_t place = internal::PlaceOf(
        entry.entry, experiment.Racers(), experiment.repeats, file);
    if (place < least) throw InputError(file, 0, "the runs are out of order");
    least = place + 1;
  }
}

}  // namespace

RecordedRace ReadRunDirectory(const std::string& path) {
  return internal::ReadRace(path, /*keep_records=*/true);
}

RecordedRace internal::ReadRace(const std::string& path, bool keep_records) {
  const std::filesystem::path folder(path);
  std::error_code error;
  if (!std::filesystem::is_directory(folder, error)) {
    throw InputError(path, 0, "is not a folder that a race wrote");
  }
  RecordedRace race;
  race.path = path;
  race.experiment = ReadExperiment((folder / "experiment.toml").string());
  race.is_complete = std::filesystem::exists(folder / "DONE", error);

  const std::string file = (folder / "summary.json").string();
  const internal::RaceSummary summary = internal::ReadSummaryJson(file);
  if (summary.clock != race.experiment.clock()) {
    throw InputError(file, 0, "clock is not that of experiment.toml");
  }
  race.target_loss = summary.target_loss;
  RequireOrder(summary.entries, race.experiment, file);
  internal::RunReader reader(path, summary.format_version,
                             race.experiment.Racers(),
                             summary.clock == Clock::kWall);
  for (const internal::SummaryEntry& entry : summary.entries) {
    RecordedRun run = reader.Read(entry);
    if (!keep_records) run = {std::move(run.entry), {}, {}, {}};
    race.runs.push_back(std::move(run));
  }
  reader.RequireEnd(summary.entries, race.is_complete);
  return race;
}

}  // namespace tortoise
