// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>

namespace tortoise::internal {

/// Keeps other processes that ask for it out of a folder, until it is destroyed
/// or the process ends.
class FolderLock {
 public:
  /// Throws InputError if another process has it. Where the file system knows
  /// no locks, nothing is locked.
  explicit FolderLock(const std::string& path);
  ~FolderLock();
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_ = -1;
};

}  // namespace tortoise::internal
