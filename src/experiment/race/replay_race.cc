// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/replay_race.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <utility>

#include "experiment/race/check_racers.h"
#include "experiment/race/problem.h"
#include "experiment/run_directory/environment.h"
#include "experiment/settings/precision.h"
#include "tortoise/core/aligned.h"
#include "tortoise/core/random.h"
#include "tortoise/engine/replay.h"
#include "tortoise/experiment/read_run.h"

namespace tortoise {
namespace {

// What bits depend on, beside the order of events. The processor is one of
// them: the C library picks its exp and log by what it can do.
std::optional<std::string> BuildWarning(const std::string& run_dir) {
  std::ifstream file(run_dir + "/environment.json");
  const auto recorded = nlohmann::json::parse(file, nullptr, false);
  const BuildInfo build = GetBuildInfo();
  const std::pair<const char*, std::string> here[] = {
      {"commit", build.commit},
      {"compiler", build.compiler},
      {"flags", build.flags},
      {"build_type", build.build_type},
      {"processor", DescribeMachine().processor}};
  std::string differences;
  for (const auto& [key, value] : here) {
    std::string then;
    if (recorded.is_object() && recorded.contains(key) &&
        recorded[key].is_string()) {
      then = recorded[key];
    }
    if (then == value) continue;
    differences +=
        fmt::format("{}{} \"{}\", here \"{}\"", differences.empty() ? "" : "; ",
                    key, then, value);
  }
  if (differences.empty()) return std::nullopt;
  return fmt::format(
      "the race was recorded by another build or processor, so the bits may "
      "differ: {}",
      differences);
}

const RunOptions& OptionsOf(const RecordedRace& race, const std::string& name) {
  const auto& racers = race.experiment.racers;
  const auto racer = std::ranges::find(racers, name, &Racer::name);
  if (racer == racers.end()) {
    throw InputError(race.path, 0, "experiment.toml has no racer " + name);
  }
  return racer->options;
}

// Why a run cannot be replayed, if so.
std::optional<std::string> Obstacle(const RecordedRun& run,
                                    const RunOptions& options) {
  const Summary& summary = run.entry.summary;
  if (options.method.writes_in_place()) {
    return "its workers write in place, and their order inside an update "
           "cannot be recorded";
  }
  if (summary.contributions_kept < summary.contributions_recorded) {
    return fmt::format(
        "its record was thinned to {} of {} contributions; give "
        "report.contributions room for all of them",
        summary.contributions_kept, summary.contributions_recorded);
  }
  if (run.events.empty() && summary.gradients.started > 0) {
    return "events.csv has nothing of it";
  }
  return std::nullopt;
}

// Moves what cannot be replayed to `replay`; throws if nothing is left.
void SkipObstacles(RecordedRace& race, RaceReplay& replay) {
  std::vector<RecordedRun> left;
  for (RecordedRun& run : race.runs) {
    const RaceEntry& entry = run.entry;
    if (auto reason = Obstacle(run, OptionsOf(race, entry.name))) {
      replay.skipped.push_back({entry.name, entry.repeat, std::move(*reason)});
    } else {
      left.push_back(std::move(run));
    }
  }
  race.runs = std::move(left);
  if (!race.runs.empty()) return;
  if (replay.skipped.empty()) {
    throw InputError(race.path, 0, "no run in it was finished");
  }
  const SkippedRun& first = replay.skipped.front();
  throw InputError(race.path, 0,
                   fmt::format("nothing in it can be replayed: {}: {}",
                               first.name, first.reason));
}

template <typename T>
ReplayResult ReplayRun(const RecordedRace& race, const RecordedRun& run,
                       const AnyObjective<T>& train,
                       const std::stop_token& stop) {
  RunOptions options = OptionsOf(race, run.entry.name);
  options.repeat = run.entry.repeat;
  AlignedVector<T> w(train.num_parameters());
  train.Initialize(
      w, RandomStream(options.seed, options.repeat, Purpose::kInitial));
  try {
    return Replay<T>(train, options, run.events, w, stop);
  } catch (const std::invalid_argument& error) {
    throw InputError(race.path + "/events.csv", 0,
                     fmt::format("{}, repeat {}: {}", run.entry.name,
                                 run.entry.repeat, error.what()));
  }
}

template <typename T>
void ReplayRuns(RecordedRace& race, const std::stop_token& stop,
                const std::function<void(const ReplayedRun&)>& on_run,
                RaceReplay& replay) {
  const Problem<T> problem = LoadProblem<T>(race.experiment);
  internal::CheckRacers(race.experiment, problem.num_samples);
  for (RecordedRun& run : race.runs) {
    replay.interrupted = stop.stop_requested();
    if (replay.interrupted) return;
    const ReplayResult result = ReplayRun<T>(race, run, *problem.train, stop);
    replay.interrupted = result.interrupted;
    if (replay.interrupted) return;
    replay.runs.push_back(
        {.name = run.entry.name,
         .repeat = run.entry.repeat,
         .updates = result.updates,
         .loss = result.loss,
         .checksum = result.parameters_checksum,
         .recorded_checksum = run.entry.summary.parameters_checksum});
    if (on_run) on_run(replay.runs.back());
    run = {};  // its rows are not needed any more
  }
}

}  // namespace

RaceReplay ReplayRace(const std::string& run_dir, std::stop_token stop,
                      const std::function<void(const ReplayedRun&)>& on_run) {
  RecordedRace race = ReadRunDirectory(run_dir);
  if (race.experiment.clock() == Clock::kVirtual) {
    throw InputError(run_dir, 0,
                     "a race in virtual time needs no replay: run its "
                     "experiment again, it is the same bit for bit");
  }
  RaceReplay replay;
  SkipObstacles(race, replay);
  if (auto warning = BuildWarning(run_dir)) {
    replay.warnings.push_back(std::move(*warning));
  }
  internal::WithPrecision(race.experiment.problem.precision, [&]<typename T>() {
    ReplayRuns<T>(race, stop, on_run, replay);
  });
  return replay;
}

}  // namespace tortoise
