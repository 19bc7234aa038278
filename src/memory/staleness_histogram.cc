// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/staleness_histogram.h"

#include <cstddef>

namespace tortoise {

std::uint64_t& StalenessHistogram::NewBin(std::int64_t staleness) {
  if (staleness >= kMostBins) return beyond_[staleness];
  const auto page = static_cast<std::size_t>(staleness / kBins);
  if (page >= pages_.size()) pages_.resize(page + 1);
  pages_[page].resize(kBins, 0);
  return pages_[page][static_cast<std::size_t>(staleness % kBins)];
}

template <typename Visit>
void StalenessHistogram::ForEach(Visit&& visit) const {
  std::int64_t staleness = 0;
  for (const Page& page : pages_) {
    for (std::size_t bin = 0; bin < page.size(); ++bin) {
      if (page[bin] == 0) continue;
      visit(staleness + static_cast<std::int64_t>(bin), page[bin]);
    }
    staleness += kBins;
  }
  for (const auto& [value, count] : beyond_) visit(value, count);
}

void StalenessHistogram::Merge(const StalenessHistogram& other) {
  other.ForEach([this](std::int64_t staleness, std::uint64_t count) {
    Count(staleness, count);
  });
}

double StalenessHistogram::Mean() const {
  double sum = 0;
  ForEach([&](std::int64_t staleness, std::uint64_t count) {
    sum += static_cast<double>(staleness) * static_cast<double>(count);
  });
  return sum / static_cast<double>(total_);  // 0 / 0 is NaN
}

std::int64_t StalenessHistogram::Max() const {
  std::int64_t max = -1;
  ForEach([&](std::int64_t staleness, std::uint64_t) { max = staleness; });
  return max;
}

std::int64_t StalenessHistogram::Quantile(double q) const {
  const double wanted = q * static_cast<double>(total_);
  std::uint64_t seen = 0;
  std::int64_t quantile = -1;
  ForEach([&](std::int64_t staleness, std::uint64_t count) {
    // Rounding may leave `wanted` above the total: then it is the largest.
    if (quantile < 0 || static_cast<double>(seen) < wanted) {
      quantile = staleness;
    }
    seen += count;
  });
  return quantile;
}

double StalenessHistogram::FreshFraction() const {
  return static_cast<double>(pages_[0][0]) / static_cast<double>(total_);
}

std::vector<std::pair<std::int64_t, std::uint64_t>> StalenessHistogram::Counts()
    const {
  std::size_t size = 0;
  ForEach([&](std::int64_t, std::uint64_t) { ++size; });
  std::vector<std::pair<std::int64_t, std::uint64_t>> counts;
  counts.reserve(size);
  ForEach([&](std::int64_t staleness, std::uint64_t count) {
    counts.emplace_back(staleness, count);
  });
  return counts;
}

}  // namespace tortoise
