// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "tortoise/experiment/experiment.h"

namespace tortoise {

/// What became of an experiment.
struct ExperimentResult {
  RaceResult race;
  bool interrupted = false;  // by RaceControl::stop; there is no DONE then

  // Share of processor time taken by others during the race, in [0, 1].
  std::optional<double> foreign_share;

  // Reasons to doubt the measured times, worded for a user.
  std::vector<std::string> warnings;
};

/// Runs an experiment from beginning to end: creates the run directory, loads
/// the problem, races, and writes what was measured (run_directory.h).
///
/// Throws InputError before any worker starts, for an output folder that exists
/// or cannot be created and for what `LoadProblem` says; it leaves no folder
/// then. Throws OutputError when the disk is full; the folder stays, without
/// DONE. A racer that diverges or whose worker fails is no error: look at the
/// terminations.
[[nodiscard]] ExperimentResult RaceExperiment(const Experiment& experiment,
                                              const std::string& out_dir,
                                              const RaceControl& control = {});

/// The reasons behind ExperimentResult::warnings: a compute load above 0.5, a
/// p99 of the delays' overshoot above a fifth of their mean, more than 5 % of
/// the processor time taken by others.
[[nodiscard]] std::vector<std::string> RaceWarnings(
    const std::vector<Racer>& racers, const RaceResult& result,
    std::optional<double> foreign_share);

}  // namespace tortoise
