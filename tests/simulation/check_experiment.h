// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>

#include "simulation/random_experiment.h"

namespace tortoise::testing {

/// What is checked beside the invariants of every event, the books and the end.
struct Checks {
  bool by_loop = false;  // times by the slow loop, parameters by the rows
  bool twice = false;    // on one processor: the same in every bit
};

/// Runs an experiment. Returns what is wrong, or nothing.
[[nodiscard]] std::string CheckExperiment(const RandomExperiment& experiment,
                                          const Checks& checks);

/// Runs an experiment into a run directory on a disk that becomes full: the
/// race ends with an OutputError, what was written stays whole, and when it is
/// resumed the directory becomes what it had been without. Lowers the limit on
/// the size of files of the process for a while.
[[nodiscard]] std::string CheckFullDisk(const RandomExperiment& experiment);

}  // namespace tortoise::testing
