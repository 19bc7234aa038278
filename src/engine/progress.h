// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>

#include "tortoise/engine/options.h"
#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// Fills in `fraction` and `seconds_left` from the stop rule that will hold
/// first at the present rate. Reads progress.seconds and progress.updates.
void EstimateEnd(const RunOptions& options, std::size_t num_samples,
                 std::int64_t gradients_applied, Progress& progress);

}  // namespace tortoise::internal
