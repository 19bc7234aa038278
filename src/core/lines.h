// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <charconv>
#include <cmath>
#include <cstddef>
#include <functional>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace tortoise::internal {

/// What is wrong with a line; whoever knows file and line adds them.
class LineError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

/// Without blanks and tabs at both ends.
[[nodiscard]] std::string_view Trim(std::string_view text);

/// Cuts the first line off `text` and returns it without its "\n" or "\r\n".
[[nodiscard]] std::string_view TakeLine(std::string_view* text);

/// Text in pieces of about 64 KiB that end at line ends: so that they, and
/// with them any result put together from them, do not depend on the number
/// of threads.
[[nodiscard]] std::vector<std::string_view> SplitAtLines(std::string_view text);

/// Calls parse(line) for each line of a piece until one throws LineError.
/// Returns the number of lines read, a faulty last one included.
struct PieceStatus {
  std::size_t lines = 0;
  std::optional<std::string> fault{};  // of line number `lines`
};
[[nodiscard]] PieceStatus ForEachLine(
    std::string_view piece, const std::function<void(std::string_view)>& parse);

/// Throws the first fault in order of the file as an InputError. The pieces
/// follow `lines_before` other lines.
void ThrowFirstFault(const std::vector<PieceStatus>& pieces,
                     const std::string& name, std::size_t lines_before);

/// Reads all of `token` as a finite number. `what` ("label") and the token
/// stand in the message of the LineError. What is too small for T is 0.
[[nodiscard]] float ReadFloat(std::string_view token, std::string_view what);
[[nodiscard]] double ReadDouble(std::string_view token, std::string_view what);

/// Whether `token` is written like a number, be it too large or not finite.
[[nodiscard]] bool LooksNumeric(std::string_view token);

}  // namespace tortoise::internal
