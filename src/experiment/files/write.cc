// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/write.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "tortoise/core/error.h"

namespace tortoise::internal {

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

int CreateFile(const std::string& path, int flags) {
  const int fd =
      ::open(path.c_str(), O_CREAT | O_CLOEXEC | O_RDWR | flags, 0666);
  if (fd < 0) ThrowOutputError(path, errno);
  return fd;
}

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

}  // namespace tortoise::internal
