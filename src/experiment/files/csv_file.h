// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <concepts>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace tortoise::internal {

/// `text` as a field of a CSV file: in quotes where it must be.
[[nodiscard]] std::string CsvQuoted(std::string_view text);

/// A table that grows by whole rows, with every write checked. Rows are kept
/// in memory until `Flush` or until there are many. When the disk is full the
/// file is cut back to its last whole row before OutputError is thrown, so
/// what a reader finds is always a table; a process that is killed in the
/// middle of a write may leave a last line without its newline, which is not
/// part of the table. Not thread-safe.
class CsvFile {
 public:
  /// Creates the file, which must not exist, with its header line.
  CsvFile(std::string path, std::string_view header);
  /// Goes on with a file behind its first `kept` bytes, which are whole lines;
  /// what comes after them is dropped. 0 creates it, or begins it anew.
  CsvFile(std::string path, std::string_view header, std::uint64_t kept);
  ~CsvFile();  // flushes what it can
  CsvFile(const CsvFile&) = delete;
  CsvFile& operator=(const CsvFile&) = delete;

  /// Appends one row: numbers as the shortest decimals, NaN and nothing as
  /// empty fields, text quoted where it must be.
  template <typename... Fields>
  void Row(const Fields&... fields) {
    (Field(fields), ...);
    buffer_.back() = '\n';
    if (buffer_.size() >= kFlushBytes) Flush();
  }

  void Flush();

  /// Bytes so far, those in memory included.
  [[nodiscard]] std::uint64_t size() const { return size_ + buffer_.size(); }

  /// Puts the rows that `rows` appends in place of all from byte `kept` on, in
  /// a new file that takes the name of the old one when it is whole.
  void Replace(std::uint64_t kept, const std::function<void()>& rows);

 private:
  static constexpr std::size_t kFlushBytes = 1 << 16;

  void Begin(std::string_view header);
  void Field(std::string_view text);
  void Field(double value);
  void Field(const std::string& text) { Field(std::string_view(text)); }
  void Field(const char* text) { Field(std::string_view(text)); }
  void Field(std::integral auto value) {
    buffer_ += std::to_string(value);
    buffer_ += ',';
  }
  template <typename T>
  void Field(const std::optional<T>& value) {
    if (value) {
      Field(*value);
    } else {
      buffer_ += ',';
    }
  }
  void CopyHead(int from, std::uint64_t bytes);

  std::string path_;
  int fd_ = -1;
  std::uint64_t size_ = 0;  // bytes in the file
  std::string buffer_;      // whole rows that are not in the file yet
};

}  // namespace tortoise::internal
