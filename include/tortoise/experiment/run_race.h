// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/experiment/experiment.h"

namespace tortoise {

/// The best value of a key that has a list of them, for one group: the racers
/// that differ in that key only.
struct BestValue {
  std::string group;             // "k-async K=2"
  std::string name;              // of the best racer: "k-async K=2 size=0.1"
  std::string key;               // "step.size"
  std::string value;             // as in an experiment file
  std::optional<double> number;  // the same, if it is a number or a time
  int tried = 1;                 // values in the list
  // The value is the smallest or the largest of several that were tried, and
  // could lie beyond: the best one may not have been tried.
  bool is_at_edge = false;
};

/// What follows from a race: of a sweep, the best values; how much later than
/// the fastest the others were.
struct RaceVerdict {
  std::vector<BestValue> best;
  std::vector<PairedDifference> differences;
};

/// How an experiment is run.
struct ExperimentOptions {
  // The folder holds a race on this experiment that was cut short: runs that
  // it finished are kept, and the rest is run.
  bool resume = false;
  // A key with a list of values: of each group of racers that differ in it
  // only, the best value is found.
  std::optional<std::string> best = std::nullopt;
};

/// What became of an experiment.
struct ExperimentResult {
  RaceResult race;
  RaceVerdict verdict;  // of the best racers only, if those were asked for

  std::size_t num_kept = 0;   // runs that were finished before
  bool was_complete = false;  // there was nothing to resume
  bool interrupted = false;   // by RaceControl::stop; there is no DONE then

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
/// then, and one that was to be resumed as it was. To resume a folder that is
/// complete only reads it. Throws OutputError when the disk is full; the folder
/// stays, without DONE. A racer that diverges or whose worker fails is no
/// error: look at the terminations.
[[nodiscard]] ExperimentResult RaceExperiment(const Experiment& experiment,
                                              const std::string& out_dir,
                                              const RaceControl& control = {},
                                              const ExperimentOptions& = {});

/// The reasons behind ExperimentResult::warnings: a compute load above 0.5, a
/// p99 of the delays' overshoot above a fifth of their mean, more than 5 % of
/// the processor time taken by others.
[[nodiscard]] std::vector<std::string> RaceWarnings(
    const std::vector<Racer>& racers, const RaceResult& result,
    std::optional<double> foreign_share);

}  // namespace tortoise
