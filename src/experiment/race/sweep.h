// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <map>
#include <string>
#include <vector>

#include "tortoise/experiment/experiment.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {

/// Groups the racers of an experiment by all but `key`: Racer::group. Throws
/// InputError, "--best KEY: ...", if there is no such key or no racer has a
/// list of values for it.
void GroupByKey(const std::string& key, Experiment& experiment);

/// What was best of each group (BestOfGroups), in order of the experiment.
/// Requires GroupByKey.
[[nodiscard]] std::vector<BestValue> BestValues(const std::string& key,
                                                const Experiment& experiment,
                                                const RaceResult& result);

/// Only the runs of the best racers.
[[nodiscard]] RaceResult OnlyBest(const RaceResult& result,
                                  const std::vector<BestValue>& best);

/// "step.size = 0.1, best of 5", by the name of the racer, for
/// RaceResult::Table.
[[nodiscard]] std::map<std::string, std::string> BestNotes(
    const std::vector<BestValue>& best);

/// What to doubt: "k-async: step.size = 0.5 is the largest value tried; ...".
[[nodiscard]] std::vector<std::string> BestWarnings(
    const std::vector<BestValue>& best);

}  // namespace tortoise
