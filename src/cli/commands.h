// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include "cli/arguments.h"

namespace tortoise::cli {

// The commands of the program. Each prints its result and returns the exit
// code; bad input and a full disk are thrown.

[[nodiscard]] int RaceCommand(const Arguments& arguments);
[[nodiscard]] int CheckCommand(const Arguments& arguments);
[[nodiscard]] int TheoryCommand(const Arguments& arguments);
[[nodiscard]] int TapeCommand(const Arguments& arguments);
[[nodiscard]] int ReplayCommand(const Arguments& arguments);
[[nodiscard]] int FitCommand(const Arguments& arguments);
[[nodiscard]] int DataCommand(const Arguments& arguments);
[[nodiscard]] int VersionCommand();

}  // namespace tortoise::cli
