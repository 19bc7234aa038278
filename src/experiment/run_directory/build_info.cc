// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/environment.h"
#include "experiment/tortoise_commit.h"

namespace tortoise {

BuildInfo GetBuildInfo() {
  return {.version = TORTOISE_VERSION,
          .commit = kCommit,
          .compiler = TORTOISE_COMPILER,
          .flags = TORTOISE_FLAGS,
          .build_type = TORTOISE_BUILD_TYPE};
}

}  // namespace tortoise
