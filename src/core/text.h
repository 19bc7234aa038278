// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace tortoise {

/// The shortest decimal that reads back as the same double, whatever the
/// locale: "0.1", "1e-05", "3". Infinity and NaN become "inf" and "nan".
[[nodiscard]] std::string ShortestDecimal(double value);

/// A finite number that fills `text` entirely ("1e-4", "-3"), or nothing.
/// A leading '+' is accepted; blanks, hexadecimal, "inf", "nan" and what is too
/// large for a double are not. What is too small for one is 0.
[[nodiscard]] std::optional<double> ParseNumber(std::string_view text);

/// Seconds in "250us", "5ms", "2s" or "1.5min"; nothing for any other text, a
/// bare number included.
[[nodiscard]] std::optional<double> ParseDuration(std::string_view text);

/// The candidate that `word` was probably meant to be: the one with the
/// fewest edits, if that is at most a third of the longer one's length (but
/// one edit is always allowed); else nothing.
[[nodiscard]] std::optional<std::string> Closest(
    std::string_view word, std::span<const std::string> candidates);

/// What a message about an unknown `word` ends with: "; did you mean NAME?" by
/// `Closest`, with `quote` on both sides of the name, or nothing.
[[nodiscard]] std::string DidYouMean(std::string_view word,
                                     std::span<const std::string> candidates,
                                     std::string_view quote = "");

/// `text` as a message may show it: valid UTF-8 without control characters,
/// every other byte as \xNN; at most `longest` bytes of it, then "...".
[[nodiscard]] std::string Printable(std::string_view text,
                                    std::size_t longest = 200);

/// The same in quotes, and short: a word from a file.
[[nodiscard]] std::string Quote(std::string_view text);

/// FNV-1a over bytes, 64 bit, as 16 hexadecimal digits.
[[nodiscard]] std::string Fnv1a(std::span<const std::byte> bytes);

}  // namespace tortoise
