// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <fstream>
#include <optional>
#include <string>
#include <string_view>

namespace tortoise::internal {

/// The fields of one row, taken from left to right. Every function throws
/// InputError, with file, line and column, for what is not there or not of the
/// kind that is asked for.
class CsvRow {
 public:
  CsvRow(std::string_view fields, const std::string& file, std::size_t line)
      : rest_(fields), file_(file), line_(line) {}

  std::string_view Text(const char* column);
  double Number(const char* column);  // NaN if empty
  std::int64_t Integer(const char* column, std::int64_t least);
  int Int(const char* column, int least);
  /// `none` if the field is empty.
  std::int64_t IntegerOr(const char* column, std::int64_t least,
                         std::int64_t none);
  /// Requires that no field is left.
  void End() const;

  [[noreturn]] void Fail(const char* column, std::string_view text,
                         const char* right) const;

 private:
  std::int64_t ParseInteger(const char* column, std::string_view text,
                            std::int64_t least) const;

  std::string_view rest_;
  bool has_ended_ = false;
  const std::string& file_;
  std::size_t line_;
};

/// Reads a table that CsvFile wrote, row by row, in constant memory. A last
/// line without its newline is not a row (see CsvFile). Not thread-safe.
class CsvReader {
 public:
  /// Throws InputError if the file cannot be read or has another header.
  CsvReader(std::string path, std::string_view header);

  /// What follows `prefix` in the next row, if that row begins with it. Valid
  /// until the next call. Throws InputError if the file cannot be read.
  std::optional<CsvRow> Next(std::string_view prefix);

  /// Is another whole row left?
  [[nodiscard]] bool HasNext();
  /// Does the next row begin with `prefix`?
  [[nodiscard]] bool NextIs(std::string_view prefix);

  /// Bytes of the header and of the rows that were taken.
  [[nodiscard]] std::uint64_t offset() const { return offset_; }
  /// Line of the next row, from 1.
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  bool Fill();  // false at the end of the file
  [[nodiscard]] std::string_view ahead() const;
  std::size_t FindEnd(std::size_t from);
  void Take(std::size_t bytes);

  std::string path_;
  std::ifstream file_;
  std::string buffer_;
  std::size_t begin_ = 0;  // of what was not taken, in the buffer
  std::uint64_t offset_ = 0;
  std::size_t line_ = 1;
};

}  // namespace tortoise::internal
