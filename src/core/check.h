// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <string_view>

namespace tortoise::internal {

/// What a broken rule says: "step_size = 0 must be > 0".
[[nodiscard]] std::string Broken(std::string_view name, double value,
                                 std::string_view rule);

/// Throws std::invalid_argument with the same text.
[[noreturn]] void Refuse(std::string_view name, double value,
                         std::string_view rule);

/// Throws std::invalid_argument with `text` unless `holds`.
void Require(bool holds, const std::string& text);

}  // namespace tortoise::internal
