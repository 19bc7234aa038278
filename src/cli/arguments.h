// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "tortoise/data/read.h"

namespace tortoise::cli {

// Exit codes of the program.
inline constexpr int kFine = 0;
inline constexpr int kFailed = 1;    // diverged, worker failed, disk full
inline constexpr int kBadInput = 2;  // arguments or files
inline constexpr int kInterrupted = 130;

/// What the command line asks for.
struct Arguments {
  enum class Command { kRace, kCheck, kData, kVersion };
  Command command = Command::kVersion;
  std::string file;
  std::optional<std::string> out_dir;     // race
  std::vector<std::string> overrides;     // race, check: "key=value"
  bool quiet = false;                     // race
  bool keys = false;                      // check
  DataFormat format = DataFormat::kAuto;  // data
  std::string target;                     // data
};

/// A text to print instead, and the exit code: help, or what is wrong.
struct Notice {
  std::string text;
  int exit_code = kFine;
};

[[nodiscard]] std::variant<Arguments, Notice> ParseArguments(
    int argc, const char* const* argv);

}  // namespace tortoise::cli
