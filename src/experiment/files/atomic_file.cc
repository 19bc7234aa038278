// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/atomic_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

#include "experiment/files/write.h"

namespace tortoise::internal {

AtomicFile::AtomicFile(std::string path)
    : path_(std::move(path)),
      temporary_(path_ + ".tmp"),
      fd_(CreateFile(temporary_, O_TRUNC)) {}

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
