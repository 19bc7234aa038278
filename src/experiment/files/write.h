// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace tortoise::internal {

/// Throws OutputError: "PATH: cannot be written: No space left on device".
[[noreturn]] void ThrowOutputError(const std::string& path, int error);

/// Waits until a file, or the names in a folder, are on the disk. Throws
/// OutputError.
void Sync(const std::string& path);

/// Opens `path` for reading and writing, with O_CREAT and `flags`. Throws
/// OutputError.
[[nodiscard]] int CreateFile(const std::string& path, int flags);

struct Written {
  std::size_t bytes = 0;
  int error = 0;  // errno, 0 if everything was written
};

/// Writes all of `text` if it can.
[[nodiscard]] Written WriteAll(int fd, std::string_view text);

}  // namespace tortoise::internal
