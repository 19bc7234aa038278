// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>

#include "tortoise/experiment/experiment.h"

namespace tortoise::internal {

/// What can be known of the racers only with the data at hand. Throws
/// InputError.
void CheckRacers(const Experiment& experiment, std::size_t num_samples);

}  // namespace tortoise::internal
