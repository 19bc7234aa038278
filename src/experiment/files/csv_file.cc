// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/csv_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <utility>

#include "core/text.h"
#include "experiment/files/write.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

bool NeedsQuotes(std::string_view text) {
  return text.find_first_of(",\"\r\n") != std::string_view::npos;
}

}  // namespace

std::string CsvQuoted(std::string_view text) {
  if (!NeedsQuotes(text)) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

CsvFile::CsvFile(std::string path, std::string_view header)
    : path_(std::move(path)), fd_(CreateFile(path_, O_EXCL)) {
  Begin(header);
}

CsvFile::CsvFile(std::string path, std::string_view header, std::uint64_t kept)
    : path_(std::move(path)), fd_(CreateFile(path_, 0)), size_(kept) {
  if (::ftruncate(fd_, static_cast<off_t>(kept)) != 0) {
    const int error = errno;
    ::close(fd_);
    ThrowOutputError(path_, error);
  }
  ::lseek(fd_, 0, SEEK_END);
  if (kept == 0) Begin(header);
}

void CsvFile::Begin(std::string_view header) {
  buffer_.reserve(kFlushBytes + 1024);
  buffer_ = header;
  buffer_ += '\n';
  try {
    Flush();
  } catch (...) {
    ::close(fd_);
    throw;
  }
}

CsvFile::~CsvFile() {
  try {
    Flush();
  } catch (const OutputError&) {
    // Whoever destroys a table that was not flushed has given up on it.
  }
  ::close(fd_);
}

void CsvFile::Flush() {
  const Written written = WriteAll(fd_, buffer_);
  if (written.error == 0) {
    size_ += buffer_.size();
    buffer_.clear();
    return;
  }
  const std::size_t last =
      std::string_view(buffer_).substr(0, written.bytes).rfind('\n');
  const std::size_t whole = last == std::string::npos ? 0 : last + 1;
  // Should even cutting fail, the file ends in a line without its newline.
  if (::ftruncate(fd_, static_cast<off_t>(size_ + whole)) == 0) {
    ::lseek(fd_, 0, SEEK_END);
  }
  size_ += whole;
  buffer_.clear();
  ThrowOutputError(path_, written.error);
}

void CsvFile::CopyHead(int from, std::uint64_t bytes) {
  std::array<char, 1 << 16> block{};
  while (size_ < bytes) {
    const std::size_t want =
        std::min<std::uint64_t>(block.size(), bytes - size_);
    const ssize_t n =
        ::pread(from, block.data(), want, static_cast<off_t>(size_));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) ThrowOutputError(path_, n < 0 ? errno : EIO);
    const Written written =
        WriteAll(fd_, {block.data(), static_cast<std::size_t>(n)});
    if (written.error != 0) ThrowOutputError(path_, written.error);
    size_ += written.bytes;
  }
}

void CsvFile::Replace(std::uint64_t kept, const std::function<void()>& rows) {
  Flush();
  const std::string temporary = path_ + ".tmp";
  const int old_fd = std::exchange(fd_, CreateFile(temporary, O_TRUNC));
  const std::uint64_t old_size = std::exchange(size_, 0);
  try {
    CopyHead(old_fd, kept);
    rows();
    Flush();
    if (::rename(temporary.c_str(), path_.c_str()) != 0) {
      ThrowOutputError(path_, errno);
    }
  } catch (...) {
    ::close(std::exchange(fd_, old_fd));
    size_ = old_size;
    buffer_.clear();
    ::unlink(temporary.c_str());
    throw;
  }
  ::close(old_fd);
}

void CsvFile::Field(std::string_view text) {
  if (NeedsQuotes(text)) {
    buffer_ += CsvQuoted(text);
  } else {
    buffer_ += text;
  }
  buffer_ += ',';
}

void CsvFile::Field(double value) {
  if (!std::isnan(value)) buffer_ += ShortestDecimal(value);
  buffer_ += ',';
}

}  // namespace tortoise::internal
