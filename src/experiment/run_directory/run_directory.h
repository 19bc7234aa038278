// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/engine/race.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {

/// What a run directory says about the race as a whole.
struct RaceDescription {
  std::string name;
  Clock clock = Clock::kWall;
  std::uint64_t seed = 1;
  std::uint64_t repeats = 1;
  std::string objective;
  std::optional<std::size_t> num_samples;  // nothing: unlimited
  std::size_t num_parameters = 0;
  std::vector<Racer> racers;
};

/// The folder that a race leaves behind, written while it is run:
///
///     experiment.toml    the resolved experiment
///     environment.json   machine, build, load
///     summary.json       one object per racer and repeat, rewritten after
///                        each, but at most once a second
///     curves.csv, staleness.csv, updates.csv, contributions.csv, events.csv
///     trace.json         Chrome trace format, at the end
///     DONE               last; absent from a race that was cut short
///
/// Tables grow by whole rows, at least every second; JSON files appear whole.
/// Every function throws OutputError that names the file and what the system
/// says if it cannot be written ("No space left on device"); what was written
/// before stays readable, and there will be no DONE. Not thread-safe.
class RunDirectory final : public RaceObserver {
 public:
  static constexpr int kFormatVersion = 3;
  static constexpr std::size_t kTraceBytes = 50'000'000;

  enum class Mode {
    kNew,     // the folder must not exist
    kResume,  // it must exist without DONE, and is resumed
  };

  /// kNew creates the folder, its parents if need be, and experiment.toml.
  /// Throws InputError if something of that name exists or it cannot be
  /// created. kResume requires that its experiment.toml says the same; throws
  /// InputError if there is no race in it that was cut short, or if another
  /// process is writing it.
  RunDirectory(const std::string& path, const std::string& resolved_toml,
               std::size_t trace_bytes = kTraceBytes, Mode mode = Mode::kNew);

  /// Removes the folder if the race never began.
  ~RunDirectory() override;

  /// The problem is loaded and the race about to start: creates the tables.
  /// To resume, reads the runs that were finished, which are then in `entries`,
  /// and drops what there is of others; throws InputError, having changed
  /// nothing, if the folder is malformed. It can be resumed again whenever the
  /// process is killed.
  void Begin(const RaceDescription& race);

  void OnStart(std::size_t racer, std::uint64_t repeat) override;
  void OnRecords(const RecordBatch& batch) override;
  void OnFinish(const RaceEntry& entry) override;

  /// Writes what is left; DONE only if `complete`. Requires: Begin().
  void Finish(const RaceResult& result, bool complete,
              const RaceVerdict& verdict = {});

  /// Share of processor time taken by others since `Begin`, in [0, 1].
  [[nodiscard]] std::optional<double> foreign_share() const;

  /// The runs that are finished.
  [[nodiscard]] const std::vector<RaceEntry>& entries() const;

  [[nodiscard]] const std::string& path() const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace tortoise
