// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/staleness_histogram.h"

#include <cassert>
#include <cstddef>

namespace tortoise {

void StalenessHistogram::Count(std::int64_t staleness, std::uint64_t times) {
  assert(staleness >= 0);
  if (times == 0) return;
  total_ += times;
  if (staleness < kBins) {
    bins_[static_cast<std::size_t>(staleness)] += times;
  } else {
    beyond_[staleness] += times;
  }
}

void StalenessHistogram::Merge(const StalenessHistogram& other) {
  for (std::size_t s = 0; s < bins_.size(); ++s) bins_[s] += other.bins_[s];
  for (const auto& [staleness, count] : other.beyond_) {
    beyond_[staleness] += count;
  }
  total_ += other.total_;
}

double StalenessHistogram::Mean() const {
  double sum = 0;
  for (const auto& [staleness, count] : Counts()) {
    sum += static_cast<double>(staleness) * static_cast<double>(count);
  }
  return sum / static_cast<double>(total_);  // 0 / 0 is NaN
}

std::int64_t StalenessHistogram::Max() const {
  const auto counts = Counts();
  return counts.empty() ? -1 : counts.back().first;
}

std::int64_t StalenessHistogram::Quantile(double q) const {
  const double wanted = q * static_cast<double>(total_);
  std::uint64_t seen = 0;
  const auto counts = Counts();
  for (const auto& [staleness, count] : counts) {
    seen += count;
    if (static_cast<double>(seen) >= wanted) return staleness;
  }
  return counts.empty() ? -1 : counts.back().first;
}

double StalenessHistogram::FreshFraction() const {
  return static_cast<double>(bins_[0]) / static_cast<double>(total_);
}

std::vector<std::pair<std::int64_t, std::uint64_t>> StalenessHistogram::Counts()
    const {
  std::vector<std::pair<std::int64_t, std::uint64_t>> counts;
  for (std::size_t s = 0; s < bins_.size(); ++s) {
    if (bins_[s] == 0) continue;
    counts.emplace_back(static_cast<std::int64_t>(s), bins_[s]);
  }
  counts.insert(counts.end(), beyond_.begin(), beyond_.end());
  return counts;
}

}  // namespace tortoise
