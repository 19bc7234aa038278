// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/staleness_histogram.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <utility>
#include <vector>

namespace tortoise {
namespace {

using Counts = std::vector<std::pair<std::int64_t, std::uint64_t>>;
using Reference = std::map<std::int64_t, std::uint64_t>;

// Values within the first bins, those added later, around the ends of both, and
// far beyond.
rc::Gen<std::int64_t> AnyStaleness() {
  constexpr std::int64_t kEnd = StalenessHistogram::kBins;
  constexpr std::int64_t kMost = StalenessHistogram::kMostBins;
  return rc::gen::oneOf(rc::gen::inRange<std::int64_t>(0, 10),
                        rc::gen::inRange<std::int64_t>(kEnd - 3, kEnd + 3),
                        rc::gen::inRange<std::int64_t>(0, 10 * kEnd),
                        rc::gen::inRange<std::int64_t>(kMost - 3, kMost + 3),
                        rc::gen::inRange<std::int64_t>(
                            0, std::numeric_limits<std::int64_t>::max()));
}

rc::Gen<Counts> AnyCounts() {
  return rc::gen::container<Counts>(
      rc::gen::pair(AnyStaleness(), rc::gen::inRange<std::uint64_t>(0, 5)));
}

Reference ReferenceOf(const Counts& counts) {
  Reference reference;
  for (const auto& [staleness, times] : counts) {
    if (times > 0) reference[staleness] += times;
  }
  return reference;
}

StalenessHistogram HistogramOf(const Counts& counts) {
  StalenessHistogram histogram;
  for (const auto& [staleness, times] : counts) {
    histogram.Count(staleness, times);
  }
  return histogram;
}

TEST(StalenessHistogram, EmptyHasNoMoments) {
  const StalenessHistogram histogram;
  EXPECT_EQ(histogram.total(), 0u);
  EXPECT_TRUE(std::isnan(histogram.Mean()));
  EXPECT_TRUE(std::isnan(histogram.FreshFraction()));
  EXPECT_EQ(histogram.Max(), -1);
  EXPECT_EQ(histogram.Quantile(0.5), -1);
  EXPECT_TRUE(histogram.Counts().empty());
}

TEST(StalenessHistogram, SummarisesAKnownSample) {
  StalenessHistogram histogram;
  for (const std::int64_t s : {0, 0, 0, 1, 2, 2, 3, 5, 5, 10'000}) {
    histogram.Count(s);
  }
  EXPECT_EQ(histogram.total(), 10u);
  EXPECT_DOUBLE_EQ(histogram.Mean(), 1001.8);
  EXPECT_DOUBLE_EQ(histogram.FreshFraction(), 0.3);
  EXPECT_EQ(histogram.Max(), 10'000);
  EXPECT_EQ(histogram.Quantile(0.3), 0);
  EXPECT_EQ(histogram.Quantile(0.31), 1);
  EXPECT_EQ(histogram.Quantile(0.5), 2);
  EXPECT_EQ(histogram.Quantile(0.9), 5);
  EXPECT_EQ(histogram.Quantile(0.91), 10'000);
  EXPECT_EQ(histogram.Quantile(1.0), 10'000);
}

RC_GTEST_PROP(StalenessHistogram, CountsLikeAMap, ()) {
  const Counts counts = *AnyCounts();
  const Reference reference = ReferenceOf(counts);
  const StalenessHistogram histogram = HistogramOf(counts);
  RC_ASSERT(histogram.Counts() == Counts(reference.begin(), reference.end()));

  std::uint64_t total = 0;
  double weighted = 0;
  for (const auto& [staleness, times] : reference) {
    total += times;
    weighted += static_cast<double>(staleness) * static_cast<double>(times);
  }
  RC_ASSERT(histogram.total() == total);
  RC_ASSERT(histogram.Max() ==
            (reference.empty() ? -1 : reference.rbegin()->first));
  if (total > 0) {
    // Both sum in the same order.
    RC_ASSERT(histogram.Mean() == weighted / static_cast<double>(total));
  }
}

RC_GTEST_PROP(StalenessHistogram, QuantileFollowsItsDefinition, ()) {
  const Counts counts = *AnyCounts();
  const Reference reference = ReferenceOf(counts);
  RC_PRE(!reference.empty());
  const StalenessHistogram histogram = HistogramOf(counts);
  // Powers of two, so that q * total is exact.
  const double q = *rc::gen::inRange(1, 65) / 64.0;
  const std::int64_t quantile = histogram.Quantile(q);

  std::uint64_t below = 0;
  std::uint64_t at_or_below = 0;
  for (const auto& [staleness, times] : reference) {
    if (staleness < quantile) below += times;
    if (staleness <= quantile) at_or_below += times;
  }
  const double wanted = q * static_cast<double>(histogram.total());
  RC_ASSERT(reference.contains(quantile));
  RC_ASSERT(static_cast<double>(at_or_below) >= wanted);
  RC_ASSERT(static_cast<double>(below) < wanted);
}

RC_GTEST_PROP(StalenessHistogram, MergesToTheHistogramOfBoth, ()) {
  const Counts a = *AnyCounts();
  const Counts b = *AnyCounts();
  Counts both = a;
  both.insert(both.end(), b.begin(), b.end());

  StalenessHistogram merged = HistogramOf(a);
  merged.Merge(HistogramOf(b));
  const StalenessHistogram expected = HistogramOf(both);
  RC_ASSERT(merged.Counts() == expected.Counts());
  RC_ASSERT(merged.total() == expected.total());
}

}  // namespace
}  // namespace tortoise
