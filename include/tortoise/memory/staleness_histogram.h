// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

namespace tortoise {

/// Counts of staleness 0, 1, 2, ... Exact at any size. One per worker, merged
/// at the end; not thread-safe. Small values cost one increment of a
/// preallocated bin; those from kBins on are rare and go into a map.
class StalenessHistogram {
 public:
  static constexpr std::int64_t kBins = 4096;

  StalenessHistogram() : bins_(kBins, 0) {}

  /// Requires staleness >= 0.
  void Count(std::int64_t staleness, std::uint64_t times = 1);
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
  std::vector<std::uint64_t> bins_;
  std::map<std::int64_t, std::uint64_t> beyond_;
  std::uint64_t total_ = 0;
};

}  // namespace tortoise
