// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The `tortoise` program: reads arguments, prints, sets exit codes. All else is
// in the library.

#include <csignal>
#include <exception>
#include <new>
#include <stdexcept>
#include <variant>

#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/output.h"
#include "tortoise/core/error.h"

namespace tortoise::cli {
namespace {

int Run(const Arguments& arguments) {
  switch (arguments.command) {
    case Arguments::Command::kRace:
      return RaceCommand(arguments);
    case Arguments::Command::kCheck:
      return CheckCommand(arguments);
    case Arguments::Command::kTheory:
      return TheoryCommand(arguments);
    case Arguments::Command::kTape:
      return TapeCommand(arguments);
    case Arguments::Command::kReplay:
      return ReplayCommand(arguments);
    case Arguments::Command::kFit:
      return FitCommand(arguments);
    case Arguments::Command::kData:
      return DataCommand(arguments);
    case Arguments::Command::kVersion:
      return VersionCommand();
  }
  return kFailed;
}

int RunOrExplain(const Arguments& arguments) {
  try {
    return Run(arguments);
  } catch (const std::invalid_argument& error) {  // InputError too
    PrintError(error.what());
    return kBadInput;
  } catch (const std::bad_alloc&) {
    PrintError("out of memory");
    return kFailed;
  } catch (const std::exception& error) {  // OutputError too
    PrintError(error.what());
    return kFailed;
  }
}

int Main(int argc, const char* const* argv) {
  // Writing to a closed pipe or past a limit fails instead of killing.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  const auto parsed = ParseArguments(argc, argv);
  int code = kFine;
  if (const Notice* notice = std::get_if<Notice>(&parsed)) {
    code = notice->exit_code;
    code == kFine ? Print(notice->text) : PrintError(notice->text);
  } else {
    code = RunOrExplain(std::get<Arguments>(parsed));
  }
  const bool is_written = FinishOutput();
  return code == kFine && !is_written ? kFailed : code;
}

}  // namespace
}  // namespace tortoise::cli

int main(int argc, char** argv) { return tortoise::cli::Main(argc, argv); }
