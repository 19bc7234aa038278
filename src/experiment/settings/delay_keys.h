// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>

#include "experiment/settings/keys.h"

namespace tortoise::internal {

/// A table { distribution = ..., ... } as a law. Throws InputError at the key
/// that is unknown, missing or out of range.
DelayLaw ReadLaw(const TomlValue& table);

/// What `workers.delay` says: a law, or { trace = ... }, whose file is read.
void ReadDelay(ParsedFile& file, const TomlValue& table);

/// As TOML.
std::string WriteLaw(const DelayLaw& law);
std::string WriteDelay(const RacerSettings& settings);

/// Does a law take a list for this key ("means")? Then a list makes no racers.
bool IsListOfLaw(const std::string& key);

}  // namespace tortoise::internal
