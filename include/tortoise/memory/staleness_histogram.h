// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tortoise {

/// Counts of staleness 0, 1, 2, ... Exact at any size. One per worker, merged
/// at the end; not thread-safe. Counting costs one increment of a bin. The
/// first kBins bins are preallocated, further ones up to kMostBins are added
/// when they are needed, kBins at a time; values beyond go into a map.
class StalenessHistogram {
 public:
  static constexpr std::int64_t kBins = 4096;
  static constexpr std::int64_t kMostBins = std::int64_t{1} << 26;

  StalenessHistogram() : pages_(1, Page(kBins, 0)) {}

  /// Requires staleness >= 0.
  void Count(std::int64_t staleness, std::uint64_t times = 1) {
    assert(staleness >= 0);
    if (times == 0) return;
    Bin(staleness) += times;
    total_ += times;
  }
  void Merge(const StalenessHistogram& other);

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] double Mean() const;       // NaN if empty
  [[nodiscard]] std::int64_t Max() const;  // -1 if empty
  /// The smallest s with at least q * total() counts at or below it, for q in
  /// (0, 1]; -1 if empty.
  [[nodiscard]] std::int64_t Quantile(double q) const;
  [[nodiscard]] double FreshFraction() const;  // NaN if empty

  /// (staleness, count) for every count > 0, in increasing order.
  [[nodiscard]] std::vector<std::pair<std::int64_t, std::uint64_t>> Counts()
      const;

 private:
  using Page = std::vector<std::uint64_t>;  // of kBins bins, or empty

  std::uint64_t& Bin(std::int64_t staleness) {
    const auto page = static_cast<std::size_t>(staleness / kBins);
    if (page < pages_.size() && !pages_[page].empty()) {
      return pages_[page][static_cast<std::size_t>(staleness % kBins)];
    }
    return NewBin(staleness);
  }
  std::uint64_t& NewBin(std::int64_t staleness);
  // visit(staleness, count) for every count > 0, in increasing order.
  template <typename Visit>
  void ForEach(Visit&& visit) const;

  std::vector<Page> pages_;
  std::map<std::int64_t, std::uint64_t> beyond_;
  std::uint64_t total_ = 0;
};

}  // namespace tortoise
