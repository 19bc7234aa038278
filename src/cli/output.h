// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <string_view>

namespace tortoise::cli {

/// To standard output. What cannot be written is noticed by `FinishOutput`.
void Print(std::string_view text);

/// "tortoise: TEXT" as a line on standard error.
void PrintError(std::string_view text);
void PrintWarning(std::string_view text);  // "tortoise: warning: TEXT"

/// Flushes standard output. False, after an error message, if it could not be
/// written; that a reader went away (`tortoise check F | head`) is fine.
[[nodiscard]] bool FinishOutput();

/// "12.3 s", "4 min 10 s", "3 h 20 min".
[[nodiscard]] std::string Duration(double seconds);

/// "1 racer", "9 racers".
[[nodiscard]] std::string Counted(std::size_t count, std::string_view noun);

/// "1,234,567".
[[nodiscard]] std::string Grouped(std::size_t count);

}  // namespace tortoise::cli
