// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "output_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <system_error>
#include <utility>

#include "tortoise/core/error.h"
#include "tortoise/core/text.h"

namespace tortoise::internal {
namespace {

struct Written {
  std::size_t bytes = 0;
  int error = 0;  // errno, 0 if everything was written
};

Written WriteAll(int fd, std::string_view text) {
  std::size_t done = 0;
  while (done < text.size()) {
    const ssize_t n = ::write(fd, text.data() + done, text.size() - done);
    if (n > 0) {
      done += static_cast<std::size_t>(n);
    } else if (n == 0) {
      return {done, ENOSPC};
    } else if (errno != EINTR) {
      return {done, errno};
    }
  }
  return {done, 0};
}

int Create(const std::string& path, int flags) {
  const int fd =
      ::open(path.c_str(), O_CREAT | O_CLOEXEC | O_RDWR | flags, 0666);
  if (fd < 0) ThrowOutputError(path, errno);
  return fd;
}

bool NeedsQuotes(std::string_view text) {
  return text.find_first_of(",\"\r\n") != std::string_view::npos;
}

}  // namespace

void ThrowOutputError(const std::string& path, int error) {
  throw OutputError(fmt::format("{}: cannot be written: {}", path,
                                std::generic_category().message(error)));
}

void Sync(const std::string& path) {
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) ThrowOutputError(path, errno);
  // EINVAL: a file system that has nothing to wait for.
  const int error = ::fsync(fd) == 0 || errno == EINVAL ? 0 : errno;
  ::close(fd);
  if (error != 0) ThrowOutputError(path, error);
}

FolderLock::FolderLock(const std::string& path)
    : fd_(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
  if (fd_ < 0 || ::flock(fd_, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK) {
    return;
  }
  ::close(fd_);
  throw InputError(path, 0, "another process is writing into it");
}

FolderLock::~FolderLock() {
  if (fd_ >= 0) ::close(fd_);
}

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
    : path_(std::move(path)), fd_(Create(path_, O_EXCL)) {
  Begin(header);
}

CsvFile::CsvFile(std::string path, std::string_view header, std::uint64_t kept)
    : path_(std::move(path)), fd_(Create(path_, 0)), size_(kept) {
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
  const int old_fd = std::exchange(fd_, Create(temporary, O_TRUNC));
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

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)),
      temporary_(path_ + ".tmp"),
      fd_(Create(temporary_, O_TRUNC)) {}

AtomicFile::~AtomicFile() {
  if (fd_ < 0) return;
  ::close(fd_);
  ::unlink(temporary_.c_str());
}

void AtomicFile::Append(std::string_view text) {
  buffer_ += text;
  if (buffer_.size() >= (1 << 16)) Flush();
}

void AtomicFile::Flush() {
  const Written written = WriteAll(fd_, buffer_);
  buffer_.clear();
  if (written.error != 0) ThrowOutputError(path_, written.error);
}

void AtomicFile::Commit() {
  Flush();
  if (::rename(temporary_.c_str(), path_.c_str()) != 0) {
    ThrowOutputError(path_, errno);
  }
  ::close(std::exchange(fd_, -1));
}

void WriteFile(const std::string& path, std::string_view text) {
  AtomicFile file(path);
  file.Append(text);
  file.Commit();
}

}  // namespace tortoise::internal
