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

  /// Returns the row that was kept, or null.
  Row* Append(const Row& row) {
    const bool keep = IsOnStride(seen_) && capacity_ > 0;
    ++seen_;
    if (!keep) return nullptr;
    if (size() == capacity_) {
      Thin();
      // The stride has doubled: does it still keep this row?
      if (!IsOnStride(seen_ - 1)) return nullptr;
    }
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
  // A remainder without the division: the stride is a power of 2.
  [[nodiscard]] bool IsOnStride(std::int64_t index) const {
    return (index & (stride_ - 1)) == 0;
  }

  void Thin() {
    for (std::size_t i = 0; 2 * i < rows_.size(); ++i) rows_[i] = rows_[2 * i];
    rows_.resize((rows_.size() + 1) / 2);
    stride_ *= 2;
  }

  std::int64_t capacity_;
  std::int64_t seen_ = 0;
  std::int64_t stride_ = 1;
  std::vector<Row> rows_;
};

}  // namespace tortoise::internal
