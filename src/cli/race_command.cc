// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <stdexcept>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/progress.h"
#include "cli/signals.h"
#include "core/text.h"
#include "experiment/race/sweep.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise::cli {
namespace {

// runs/NAME-20261123-012500, with -2, -3, ... if that exists already.
std::string DefaultFolder(const std::string& name) {
  std::string base = fmt::format("{}-{:%Y%m%d-%H%M%S}", name,
                                 fmt::localtime(std::time(nullptr)));
  std::ranges::replace(base, '/', '-');
  base = "runs/" + base;
  std::string folder = base;
  for (int i = 2; std::filesystem::exists(folder); ++i) {
    folder = fmt::format("{}-{}", base, i);
  }
  return folder;
}

int ExitCode(const ExperimentResult& result) {
  if (result.interrupted) return kInterrupted;
  const auto failed = [](const RaceEntry& entry) {
    return entry.summary.termination == Termination::kDiverged ||
           entry.summary.termination == Termination::kWorkerFailed;
  };
  return std::ranges::any_of(result.race.entries, failed) ? kFailed : kFine;
}

void PrintTable(const ExperimentResult& result) {
  const std::vector<BestValue>& best = result.verdict.best;
  const RaceResult shown =
      best.empty() ? result.race : OnlyBest(result.race, best);
  Print("\n" + shown.Table(BestNotes(best)));
  if (shown.target_loss) {
    Print(
        fmt::format("\ntarget loss {}\n", ShortestDecimal(*shown.target_loss)));
  }
  const std::string differences = shown.DifferenceTable();
  if (!differences.empty()) Print("\n" + differences);
}

void PrintResult(const ExperimentResult& result, const std::string& folder) {
  if (result.was_complete) {
    Print(fmt::format("{} is complete: nothing to resume\n", folder));
  } else if (result.num_kept > 0) {
    Print(fmt::format("{} of {} kept from before\n", Grouped(result.num_kept),
                      Counted(result.race.entries.size(), "run")));
  }
  if (!result.race.entries.empty()) PrintTable(result);
  if (std::filesystem::exists(folder)) {
    Print(fmt::format("what was measured is in {}\n", folder));
  }
}

}  // namespace

int RaceCommand(const Arguments& arguments) {
  if (arguments.resume && !arguments.out_dir) {
    throw std::invalid_argument("--resume needs --out DIR, the race to resume");
  }
  Signals signals;
  const Experiment experiment =
      ReadExperiment(arguments.file, arguments.overrides);
  const std::string folder =
      arguments.out_dir.value_or(DefaultFolder(experiment.name));
  ExperimentResult result;
  {
    const std::vector<Racer> racers = experiment.Racers();
    RaceProgress progress(racers, experiment.repeats, arguments.quiet, signals);
    result =
        RaceExperiment(experiment, folder,
                       {.observer = &progress,
                        .stop = signals.stop(),
                        .skip_evaluation = signals.skip_evaluation()},
                       {.resume = arguments.resume, .best = arguments.best});
  }
  for (const std::string& warning : result.warnings) PrintWarning(warning);
  for (const std::string& warning : BestWarnings(result.verdict.best)) {
    PrintWarning(warning);
  }
  if (!arguments.quiet) PrintResult(result, folder);
  if (result.interrupted) PrintError("interrupted");
  return ExitCode(result);
}

}  // namespace tortoise::cli
