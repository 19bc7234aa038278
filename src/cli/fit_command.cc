// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/commands.h"
#include "cli/output.h"
#include "experiment/fit/fit.h"

namespace tortoise::cli {

int FitCommand(const Arguments& arguments) {
  const RecordedRace race = ReadRunDirectory(arguments.file);
  if (!race.is_complete) {
    PrintWarning(arguments.file +
                 " is of a race that was cut short: only racers that finished "
                 "are used");
  }
  const RaceFit fit = FitRace(race);
  Print(arguments.json ? FitJson(fit) : FitText(fit));
  return kFine;
}

}  // namespace tortoise::cli
