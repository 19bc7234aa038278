// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>

#include "tortoise/experiment/experiment.h"

namespace tortoise::internal {

/// Checks that the run directory `path` is of a race on `experiment`. What was
/// measured for it then (`workers.compute = "measured"`) is put into it. Throws
/// InputError, naming the first line that differs, if it is of another one.
void MatchRunDirectory(const std::string& path, Experiment& experiment);

/// Was the race carried to its end?
[[nodiscard]] bool IsComplete(const std::string& path);

}  // namespace tortoise::internal
