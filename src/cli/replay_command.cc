// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <cstdio>
#include <map>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "cli/signals.h"
#include "experiment/race/replay_race.h"

namespace tortoise::cli {
namespace {

// A line as soon as it is known: replays of long races take their time.
class Table {
 public:
  void Add(const ReplayedRun& run) {
    if (!has_header_) {
      Print(fmt::format("{:<9}  {:>6}  {:>9}  {:<16}  {:>10}  {}\n", "outcome",
                        "repeat", "updates", "checksum", "final loss",
                        "racer"));
      has_header_ = true;
    }
    Print(fmt::format("{:<9}  {:>6}  {:>9}  {:<16}  {:>10.4g}  {}\n",
                      run.is_same() ? "same" : "DIFFERENT", run.repeat,
                      run.updates, run.checksum, run.loss, run.name));
    std::fflush(stdout);
  }

 private:
  bool has_header_ = false;
};

// One line per racer, whatever the number of its repeats.
void WarnOfSkipped(const RaceReplay& replay) {
  std::map<std::string, std::size_t> count;
  for (const SkippedRun& run : replay.skipped) ++count[run.name];
  for (const SkippedRun& run : replay.skipped) {
    const auto found = count.find(run.name);
    if (found == count.end()) continue;
    PrintWarning(fmt::format("{}: {} skipped: {}", run.name,
                             Counted(found->second, "run"), run.reason));
    count.erase(found);
  }
}

}  // namespace

int ReplayCommand(const Arguments& arguments) {
  Signals signals;
  Table table;
  const RaceReplay replay =
      ReplayRace(arguments.file, signals.stop(), [&](const ReplayedRun& run) {
        if (!arguments.quiet) table.Add(run);
      });
  WarnOfSkipped(replay);
  std::size_t num_different = 0;
  for (const ReplayedRun& run : replay.runs) {
    num_different += run.is_same() ? 0 : 1;
  }
  if (num_different > 0) {
    for (const std::string& warning : replay.warnings) PrintWarning(warning);
    PrintError(fmt::format("{} of {} ended with other parameters",
                           num_different, Counted(replay.runs.size(), "run")));
  } else if (!replay.interrupted && !arguments.quiet) {
    Print(fmt::format("\n{} replayed to the same bits\n",
                      Counted(replay.runs.size(), "run")));
  }
  if (replay.interrupted) {
    PrintError("interrupted");
    return kInterrupted;
  }
  return num_different > 0 ? kFailed : kFine;
}

}  // namespace tortoise::cli
