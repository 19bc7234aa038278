// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>

#include "experiment/files/toml_tree.h"

namespace tortoise::internal {

/// Applies "path=value" of --set to a parsed file: sets the value at the path,
/// whether it was there or not. A list of tables is entered by number
/// ("racer.0.quorum"). A word that is no TOML value is a string.
///
/// Throws InputError that names the override.
void ApplyOverride(const std::string& override, TomlValue& root);

}  // namespace tortoise::internal
