// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/commands.h"
#include "cli/output.h"
#include "experiment/race/tape.h"

namespace tortoise::cli {

int TapeCommand(const Arguments& arguments) {
  const Experiment experiment =
      ReadExperiment(arguments.file, arguments.overrides);
  WriteTape(experiment, arguments.repeat, arguments.gradients, Print);
  return kFine;
}

}  // namespace tortoise::cli
