// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "tortoise/core/error.h"

namespace tortoise::internal {

/// What a broken rule says: "step_size = 0 must be > 0". An index, as in
/// "speed[2]", is no part of the setting.
[[nodiscard]] Violation Broken(std::string_view name, double value,
                               std::string_view rule);
[[nodiscard]] Violation Broken(std::string_view name, std::int64_t value,
                               std::string_view rule);
[[nodiscard]] inline Violation Broken(std::string_view name, int value,
                                      std::string_view rule) {
  return Broken(name, std::int64_t{value}, rule);
}

/// Throws SettingError with the same.
[[noreturn]] void Refuse(std::string_view name, double value,
                         std::string_view rule);

/// Throws std::invalid_argument with `text` unless `holds`.
void Require(bool holds, const std::string& text);

}  // namespace tortoise::internal
