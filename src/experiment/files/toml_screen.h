// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tortoise::internal {

// Longest text that is looked at: far more than any experiment needs.
inline constexpr std::size_t kMaxTomlBytes = std::size_t{4} << 20;

/// Refuses text on which toml++ 3.3.0 aborts, is undefined or exhausts the
/// stack: a table header without a key ("[[[racer]]]", "[!problem]"), a letter
/// outside ASCII where a key may start, control characters, deep nesting. What
/// passes may still be wrong TOML, but toml++ then says so.
///
/// Throws InputError with the line.
void CheckTomlText(std::string_view text, const std::string& file);

}  // namespace tortoise::internal
