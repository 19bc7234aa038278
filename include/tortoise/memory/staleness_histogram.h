// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "tortoise/core/large_vector.h"

namespace tortoise {

/// Counts of staleness 0, 1, 2, ... Exact at any size. One per worker, merged
/// at the end; not thread-safe. Counting costs one increment of a bin. The
/// first kBins bins are preallocated, further ones up to kMostBins are added
/// when they are needed, many at a time; values beyond go into a map.
class StalenessHistogram {
 public:
  static constexpr std::int64_t kBins = 4096;
  static constexpr std::int64_t kMostBins = std::int64_t{1} << 26;

  StalenessHistogram() : first_(kBins, 0) {}

  /// Requires staleness >= 0.
  void Count(std::int64_t staleness, std::uint64_t times = 1) {
    assert(staleness >= 0);
    if (times == 0) return;
    if (staleness < kBins) [[likely]] {
      first_[static_cast<std::size_t>(staleness)] += times;
    } else {
      Bin(staleness) += times;
    }
    total_ += times;
  }
  /// A hint that about `staleness` is counted soon.
  void Prefetch(std::int64_t staleness) const;
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
  static constexpr std::size_t kPageBins = std::size_t{1} << 18;
  using Page = internal::LargeVector<std::uint64_t>;  // or empty

  // Of kBins or more.
  std::uint64_t& Bin(std::int64_t staleness);
  void AddPage(std::size_t page);
  // visit(staleness, count) for every count > 0, in increasing order.
  template <typename Visit>
  void ForEach(Visit&& visit) const;

  std::vector<std::uint64_t> first_;
  std::vector<Page> pages_;  // kPageBins each, for kBins and more
  std::map<std::int64_t, std::uint64_t> beyond_;
  std::uint64_t total_ = 0;
};

inline std::uint64_t& StalenessHistogram::Bin(std::int64_t staleness) {
  if (staleness >= kMostBins) return beyond_[staleness];
  const auto value = static_cast<std::size_t>(staleness);
  const std::size_t page = value / kPageBins;
  if (page >= pages_.size() || pages_[page].empty()) AddPage(page);
  return pages_[page][value % kPageBins];
}

inline void StalenessHistogram::Prefetch(std::int64_t staleness) const {
  const auto value = static_cast<std::size_t>(staleness);
  const std::size_t page = value / kPageBins;
  if (page >= pages_.size() || pages_[page].empty()) return;
  __builtin_prefetch(&pages_[page][value % kPageBins], 1);
}

}  // namespace tortoise
