// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/csv_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <limits>
#include <system_error>
#include <utility>

#include "core/text.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kBlockBytes = 1 << 18;
constexpr std::size_t kLongestLine = 1 << 16;

template <typename T>
bool ParseWhole(std::string_view text, T& value) {
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  return error == std::errc() && stop == end;
}

}  // namespace

std::string_view CsvRow::Text(const char* column) {
  if (has_ended_) {
    throw InputError(file_, line_, fmt::format("{} is missing", column));
  }
  const std::size_t comma = rest_.find(',');
  const std::string_view text = rest_.substr(0, comma);
  has_ended_ = comma == rest_.npos;
  if (!has_ended_) rest_.remove_prefix(comma + 1);
  return text;
}

double CsvRow::Number(const char* column) {
  const std::string_view text = Text(column);
  double value = std::numeric_limits<double>::quiet_NaN();
  if (!text.empty() && !ParseWhole(text, value)) {
    Fail(column, text, "a number");
  }
  return value;
}

std::int64_t CsvRow::Integer(const char* column, std::int64_t least) {
  return ParseInteger(column, Text(column), least);
}

int CsvRow::Int(const char* column, int least) {
  const std::string_view text = Text(column);
  const std::int64_t value = ParseInteger(column, text, least);
  if (value > std::numeric_limits<int>::max()) {
    Fail(column, text, "a smaller integer");
  }
  return static_cast<int>(value);
}

std::int64_t CsvRow::IntegerOr(const char* column, std::int64_t least,
                               std::int64_t none) {
  const std::string_view text = Text(column);
  return text.empty() ? none : ParseInteger(column, text, least);
}

void CsvRow::End() const {
  if (!has_ended_) {
    throw InputError(file_, line_, "the row has too many fields");
  }
}

void CsvRow::Fail(const char* column, std::string_view text,
                  const char* right) const {
  throw InputError(
      file_, line_,
      fmt::format("{} = {} must be {}", column, Quote(text), right));
}

std::int64_t CsvRow::ParseInteger(const char* column, std::string_view text,
                                  std::int64_t least) const {
  std::int64_t value = 0;
  if (!ParseWhole(text, value) || value < least) {
    Fail(column, text, fmt::format("an integer >= {}", least).c_str());
  }
  return value;
}

CsvReader::CsvReader(std::string path, std::string_view header)
    : path_(std::move(path)), file_(path_, std::ios::binary) {
  std::error_code ignored;
  if (!file_ || std::filesystem::is_directory(path_, ignored)) {
    throw InputError(path_, 0, "cannot be opened");
  }
  if (!NextIs(header) || FindEnd(header.size()) != header.size()) {
    throw InputError(path_, 1, fmt::format("must be \"{}\"", header));
  }
  Take(header.size() + 1);
}

std::optional<CsvRow> CsvReader::Next(std::string_view prefix) {
  if (!NextIs(prefix)) return std::nullopt;
  const std::size_t end = FindEnd(prefix.size());
  if (end == std::string::npos) return std::nullopt;
  const std::size_t start = begin_;
  const std::size_t line = line_;
  Take(end + 1);
  return CsvRow(std::string_view(buffer_).substr(start + prefix.size(),
                                                 end - prefix.size()),
                path_, line);
}

bool CsvReader::HasNext() { return FindEnd(0) != std::string::npos; }

bool CsvReader::NextIs(std::string_view prefix) {
  while (ahead().size() < prefix.size()) {
    if (!Fill()) return false;
  }
  return ahead().starts_with(prefix);
}

bool CsvReader::Fill() {
  buffer_.erase(0, std::exchange(begin_, 0));
  const std::size_t old = buffer_.size();
  buffer_.resize(old + kBlockBytes);
  file_.read(buffer_.data() + old, kBlockBytes);
  buffer_.resize(old + static_cast<std::size_t>(file_.gcount()));
  if (file_.bad()) throw InputError(path_, 0, "cannot be read");
  return buffer_.size() > old;
}

std::string_view CsvReader::ahead() const {
  return std::string_view(buffer_).substr(begin_);
}

// Of the line that begins here, its newline being at or behind `from`.
std::size_t CsvReader::FindEnd(std::size_t from) {
  while (true) {
    const std::size_t end = ahead().find('\n', from);
    if (end != std::string::npos) return end;
    from = std::max(from, ahead().size());
    if (from > kLongestLine) throw InputError(path_, line_, "is too long");
    if (!Fill()) return std::string::npos;
  }
}

void CsvReader::Take(std::size_t bytes) {
  line_ += static_cast<std::size_t>(
      std::ranges::count(ahead().substr(0, bytes), '\n'));
  begin_ += bytes;
  offset_ += bytes;
}

}  // namespace tortoise::internal
