// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <string_view>

namespace tortoise::internal {

/// A file that appears under its name only when it is whole: written beside it
/// and renamed by `Commit`. Removed if it is not committed. Survives a kill of
/// the process at any moment; only `Sync` makes it survive a loss of power.
class AtomicFile {
 public:
  explicit AtomicFile(std::string path);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void Append(std::string_view text);
  void Commit();

 private:
  void Flush();

  std::string path_;
  std::string temporary_;
  int fd_ = -1;
  std::string buffer_;
};

/// The same for a text at hand.
void WriteFile(const std::string& path, std::string_view text);

}  // namespace tortoise::internal
