// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/staleness_histogram.h"

#include <cstddef>

namespace tortoise {

void StalenessHistogram::AddPage(std::size_t page) {
  if (page >= pages_.size()) pages_.resize(page + 1);
  pages_[page].resize(kPageBins, 0);
}

template <typename Visit>
void StalenessHistogram::ForEach(Visit&& visit) const {
  std::int64_t staleness = 0;
  const auto visit_all = [&](const auto& bins) {
    for (std::size_t bin = 0; bin < bins.size(); ++bin) {
      if (bins[bin] == 0) continue;
      visit(staleness + static_cast<std::int64_t>(bin), bins[bin]);
    }
  };
  visit_all(first_);
  for (const Page& page : pages_) {
    visit_all(page);
    staleness += static_cast<std::int64_t>(kPageBins);
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
  return static_cast<double>(first_[0]) / static_cast<double>(total_);
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
