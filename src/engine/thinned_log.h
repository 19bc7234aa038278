// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace tortoise::internal {

/// A log that keeps at most `capacity` rows of any number: every row at first,
/// then every second, every fourth, and so on, evenly over the whole run.
///
/// Memory for up to a million rows is set aside at once, and not touched before
/// it is used; appending allocates nothing until they are full. Not
/// thread-safe.
template <typename Row>
class ThinnedLog {
 public:
  explicit ThinnedLog(std::int64_t capacity) : capacity_(capacity) {
    constexpr std::int64_t kReserved = 1'000'000;
    rows_.reserve(static_cast<std::size_t>(std::min(capacity, kReserved)));
  }

  /// Could the next row be kept? If not, `Skip` says all there is to say of it.
  [[nodiscard]] bool WantsNext() const {
    return seen_ == next_kept_ && capacity_ > 0;
  }
  void Skip() { ++seen_; }

  /// Returns the row, or null if it was not kept.
  Row* Append(const Row& row) {
    const std::int64_t index = seen_++;
    if (index != next_kept_ || capacity_ == 0) return nullptr;
    if (size() == capacity_) {
      Thin();
      // The stride has doubled: does it still keep this row?
      if (index != next_kept_) return nullptr;
    }
    next_kept_ += stride_;
    rows_.push_back(row);
    return &rows_.back();
  }

  [[nodiscard]] std::int64_t seen() const { return seen_; }
  [[nodiscard]] std::int64_t size() const {
    return static_cast<std::int64_t>(rows_.size());
  }

  /// Appends to `out` the rows since `cursor` and moves it to the end; if the
  /// log was thinned since, all rows, and returns true.
  struct Cursor {
    std::int64_t next = 0;
    std::int64_t stride = 1;
  };
  bool Read(Cursor& cursor, std::vector<Row>& out) const {
    const bool thinned = cursor.stride != stride_;
    if (thinned) cursor = {0, stride_};
    out.insert(out.end(), rows_.begin() + cursor.next, rows_.end());
    cursor.next = size();
    return thinned;
  }

 private:
  void Thin() {
    for (std::size_t i = 0; 2 * i < rows_.size(); ++i) rows_[i] = rows_[2 * i];
    rows_.resize((rows_.size() + 1) / 2);
    stride_ *= 2;
    next_kept_ = size() * stride_;
  }

  std::int64_t capacity_;
  std::int64_t seen_ = 0;
  std::int64_t next_kept_ = 0;
  std::int64_t stride_ = 1;
  std::vector<Row> rows_;
};

}  // namespace tortoise::internal
