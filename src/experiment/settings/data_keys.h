// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "experiment/settings/keys.h"

namespace tortoise::internal {

/// Keys of the generators, beside `generate`.
std::span<const BasicKey<DigitsOptions>> DigitsKeys();
std::span<const BasicKey<SparseClassificationOptions>>
SparseClassificationKeys();
std::span<const BasicKey<RegressionOptions>> RegressionKeys();

/// What `problem.data` says: a path, made absolute, or a generator, whose seed
/// is `default_seed` unless it names one.
DataSource ReadDataSource(const TomlValue& value, const std::string& base_dir,
                          std::uint64_t default_seed);

/// The seed of a generator; `otherwise` for a file or nothing.
std::uint64_t SeedOf(const std::optional<DataSource>& source,
                     std::uint64_t otherwise);

/// As TOML; empty for none.
std::string WriteDataSource(const std::optional<DataSource>& source);

/// The absolute path of `text`, which is relative to `base_dir`.
std::string AbsolutePath(const TomlValue& value, const std::string& base_dir);

}  // namespace tortoise::internal
