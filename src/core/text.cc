// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <utility>
#include <vector>

namespace tortoise {
namespace {

// Edits that turn a into b: insertions, deletions, substitutions and swaps of
// neighbours (optimal string alignment), with the last three rows of the table.
std::size_t Edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before(b.size() + 1);
  std::vector<std::size_t> above(b.size() + 1);
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    before.swap(above);
    above.swap(row);
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({above[j] + 1, row[j - 1] + 1,
                         above[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
  }
  return row[b.size()];
}

// Whether the decimal `text`, whose digits are not all 0, is below 1 in
// absolute value: the power of ten of its first digit other than 0 decides.
bool IsBelowOne(std::string_view text) {
  const std::size_t e = text.find_first_of("eE");
  std::int32_t exponent = 0;  // 32 bit, so that the sum below fits in 64
  if (e != std::string_view::npos) {
    std::string_view digits = text.substr(e + 1);
    if (digits.starts_with('+')) digits.remove_prefix(1);
    const auto [end, error] =
        std::from_chars(digits.data(), digits.data() + digits.size(), exponent);
    if (error != std::errc()) return digits.starts_with('-');
  }
  const std::string_view mantissa = text.substr(0, e);
  const std::size_t first = mantissa.find_first_of("123456789");
  const std::size_t point = std::min(mantissa.find('.'), mantissa.size());
  return exponent + static_cast<std::int64_t>(point) -
             static_cast<std::int64_t>(first) <=
         0;
}

// Bytes of the printable character that `text` begins with; 0 if it begins with
// a control character or is not UTF-8.
std::size_t PrintableBytes(std::string_view text) {
  const auto byte = [&](std::size_t k) {
    return static_cast<unsigned char>(text[k]);
  };
  const unsigned first = byte(0);
  if (first < 0x80) return first >= 0x20 && first != 0x7f ? 1 : 0;
  const std::size_t size = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || size > text.size()) return 0;
  for (std::size_t k = 1; k < size; ++k) {
    if (byte(k) >> 6 != 0b10) return 0;
  }
  return first == 0xc2 && byte(1) < 0xa0 ? 0 : size;  // U+0080 to U+009F
}

}  // namespace

std::string ShortestDecimal(double value) {
  std::array<char, 32> buffer{};
  const auto [end, error] =
      std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), end};
}

std::optional<double> ParseNumber(std::string_view text) {
  if (text.starts_with('+')) {
    text.remove_prefix(1);
    if (text.starts_with('-')) return std::nullopt;
  }
  double value = 0.0;
  const auto [end, error] =
      std::from_chars(text.data(), text.data() + text.size(), value);
  if (end != text.data() + text.size()) return std::nullopt;
  // Out of range means too large or too small; 1e-400 is a finite number.
  if (error == std::errc::result_out_of_range && IsBelowOne(text)) return 0.0;
  if (error != std::errc() || !std::isfinite(value)) return std::nullopt;
  return value;
}

std::optional<double> ParseDuration(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, double>, 5> kUnits = {
      {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"min", 60.0}, {"s", 1.0}}};
  for (const auto& [unit, seconds] : kUnits) {
    if (!text.ends_with(unit)) continue;
    std::string_view number = text.substr(0, text.size() - unit.size());
    while (number.ends_with(' ')) number.remove_suffix(1);
    const std::optional<double> value = ParseNumber(number);
    if (!value) return std::nullopt;
    // Dividing keeps "5ms" equal to the literal 0.005.
    return seconds < 1.0 ? *value / std::round(1.0 / seconds)
                         : *value * seconds;
  }
  return std::nullopt;
}

std::optional<std::string> Closest(std::string_view word,
                                   std::span<const std::string> candidates) {
  std::optional<std::string> best;
  std::size_t fewest = 0;
  for (const std::string& candidate : candidates) {
    const std::size_t edits = Edits(word, candidate);
    const std::size_t allowed =
        std::max<std::size_t>(1, std::max(candidate.size(), word.size()) / 3);
    if (edits <= allowed && (!best || edits < fewest)) {
      best = candidate;
      fewest = edits;
    }
  }
  return best;
}

std::string DidYouMean(std::string_view word,
                       std::span<const std::string> candidates,
                       std::string_view quote) {
  const auto closest = Closest(word, candidates);
  return closest ? fmt::format("; did you mean {}{}{}?", quote, *closest, quote)
                 : "";
}

std::string Printable(std::string_view text, std::size_t longest) {
  std::string shown;
  std::size_t taken = 0;
  while (taken < text.size()) {
    const std::size_t size = PrintableBytes(text.substr(taken));
    const std::size_t next = taken + std::max<std::size_t>(size, 1);
    if (next > longest) return shown + "...";
    if (size == 0) {
      shown +=
          fmt::format("\\x{:02x}", static_cast<unsigned char>(text[taken]));
    } else {
      shown += text.substr(taken, size);
    }
    taken = next;
  }
  return shown;
}

std::string Quote(std::string_view text) {
  constexpr std::size_t kLongest = 40;
  return '"' + Printable(text, kLongest) + '"';
}

std::string Fnv1a(std::span<const std::byte> bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const std::byte byte : bytes) {
    hash = (hash ^ std::to_integer<std::uint64_t>(byte)) * 0x100000001b3u;
  }
  return fmt::format("{:016x}", hash);
}

}  // namespace tortoise
