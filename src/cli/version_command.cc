// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include "cli/commands.h"
#include "cli/output.h"
#include "experiment/run_directory/environment.h"

namespace tortoise::cli {

int VersionCommand() {
  const BuildInfo build = GetBuildInfo();
  Print(
      fmt::format("tortoise {}\ncommit   {}\ncompiler {}\nflags    {}\n"
                  "build    {}\n",
                  build.version, build.commit, build.compiler, build.flags,
                  build.build_type));
  return kFine;
}

}  // namespace tortoise::cli
