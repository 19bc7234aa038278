// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <memory>
#include <vector>

namespace tortoise::internal {

/// A log that keeps at most `capacity` rows of any number: every row at first,
/// then every second, every fourth, and so on, evenly over the whole run.
///
/// Rows lie in chunks that are never moved, so a row is allocated once in
/// kChunk appends and copied only when the log is thinned. Not thread-safe.
template <typename Row>
class ThinnedLog {
 public:
  explicit ThinnedLog(std::int64_t capacity) : capacity_(capacity) {}

  void Append(const Row& row) {
    const bool keep = seen_ % stride_ == 0 && capacity_ > 0;
    ++seen_;
    if (!keep) return;
    if (size_ == capacity_) {
      Thin();
      // The stride has doubled: does it still keep this row?
      if ((seen_ - 1) % stride_ != 0) return;
    }
    if (size_ == static_cast<std::int64_t>(chunks_.size()) * kChunk) {
      chunks_.push_back(std::make_unique<Row[]>(kChunk));
    }
    At(size_++) = row;
  }

  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] std::int64_t size() const { return size_; }

  /// Appends to `out` the rows since `cursor` and moves it to the end; if the
  /// log was thinned since, all rows, and returns true.
  struct Cursor {
    std::int64_t next = 0;
    std::int64_t stride = 1;
  };
  bool Read(Cursor& cursor, std::vector<Row>& out) const {
    const bool thinned = cursor.stride != stride_;
    if (thinned) cursor = {0, stride_};
    for (; cursor.next < size_; ++cursor.next) out.push_back(At(cursor.next));
    return thinned;
  }

 private:
  static constexpr std::int64_t kChunk = 1 << 14;

  Row& At(std::int64_t i) const {
    return chunks_[static_cast<std::size_t>(i / kChunk)]
                  [static_cast<std::size_t>(i % kChunk)];
  }
  void Thin() {
    for (std::int64_t i = 0; 2 * i < size_; ++i) At(i) = At(2 * i);
    size_ = (size_ + 1) / 2;
    stride_ *= 2;
  }

  std::int64_t capacity_;
  std::int64_t seen_ = 0;
  std::int64_t size_ = 0;
  std::int64_t stride_ = 1;
  std::vector<std::unique_ptr<Row[]>> chunks_;
};

}  // namespace tortoise::internal
