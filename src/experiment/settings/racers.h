// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include "experiment/settings/keys.h"

namespace tortoise::internal {

/// Reads every [[racer]] of the file: makes one racer per value of its lists,
/// fills in [workers], [communication] and [step], checks each, and appends
/// them to file.experiment. Requires that file.experiment.common has been read.
void ReadRacers(const TomlValue& root, ParsedFile& file);

}  // namespace tortoise::internal
