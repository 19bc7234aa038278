// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
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
  enum class Command {
    kRace,
    kCheck,
    kTheory,
    kTape,
    kReplay,
    kFit,
    kData,
    kVersion
  };
  Command command = Command::kVersion;
  std::string file;                       // or the run directory
  std::optional<std::string> out_dir;     // race
  std::vector<std::string> overrides;     // "key=value"
  std::optional<std::string> best;        // race: a key with a list of values
  bool resume = false;                    // race
  bool quiet = false;                     // race, replay, fit
  bool keys = false;                      // check
  bool json = false;                      // theory, fit
  std::optional<std::int64_t> gradients;  // tape: per worker
  std::uint64_t repeat = 0;               // tape
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
