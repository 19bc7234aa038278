// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/lines.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>
#include <system_error>

#include "core/text.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kPieceBytes = std::size_t{1} << 16;

std::string_view WithoutPlus(std::string_view token) {
  const bool plus = token.starts_with('+') && !token.starts_with("+-");
  return plus ? token.substr(1) : token;
}

[[noreturn]] void ThrowNoNumber(std::string_view token, std::string_view what) {
  if (token.empty()) throw LineError(fmt::format("{} is empty", what));
  throw LineError(fmt::format(
      "{} {} is {}", what, Quote(token),
      LooksNumeric(token) ? "not a finite number" : "not a number"));
}

}  // namespace

std::string_view Trim(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

std::string_view TakeLine(std::string_view* text) {
  const std::size_t end = text->find('\n');
  std::string_view line = text->substr(0, end);
  text->remove_prefix(end == std::string_view::npos ? text->size() : end + 1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

std::vector<std::string_view> SplitAtLines(std::string_view text) {
  std::vector<std::string_view> pieces;
  while (!text.empty()) {
    const std::size_t end =
        text.find('\n', std::min(kPieceBytes, text.size()) - 1);
    const std::size_t size =
        end == std::string_view::npos ? text.size() : end + 1;
    pieces.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return pieces;
}

PieceStatus ForEachLine(std::string_view piece,
                        const std::function<void(std::string_view)>& parse) {
  PieceStatus status;
  try {
    while (!piece.empty()) {
      ++status.lines;
      parse(TakeLine(&piece));
    }
  } catch (const LineError& error) {
    status.fault = error.what();
  }
  return status;
}

void ThrowFirstFault(const std::vector<PieceStatus>& pieces,
                     const std::string& name, std::size_t lines_before) {
  for (const PieceStatus& piece : pieces) {
    lines_before += piece.lines;
    if (piece.fault) throw InputError(name, lines_before, *piece.fault);
  }
}

bool LooksNumeric(std::string_view token) {
  token = WithoutPlus(token);
  double value = 0.0;
  const auto [end, error] =
      std::from_chars(token.data(), token.data() + token.size(), value);
  return error != std::errc::invalid_argument &&
         end == token.data() + token.size();
}

double ReadDouble(std::string_view token, std::string_view what) {
  const std::optional<double> value = ParseNumber(token);
  if (!value) ThrowNoNumber(token, what);
  return *value;
}

float ReadFloat(std::string_view token, std::string_view what) {
  // Straight to float: by way of double some decimals would be rounded twice.
  const std::string_view digits = WithoutPlus(token);
  float value = 0.0f;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error == std::errc() && end == digits.data() + digits.size() &&
      std::isfinite(value)) {
    return value;
  }
  const double wide = ReadDouble(token, what);
  if (std::abs(wide) >= 1.0) {
    throw LineError(fmt::format("{} {} is too large for a float (at most {})",
                                what, Quote(token),
                                std::numeric_limits<float>::max()));
  }
  return 0.0f;  // finite, but too small for a float
}

}  // namespace tortoise::internal
