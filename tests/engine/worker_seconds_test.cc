// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/worker_seconds.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

// Times from a nanosecond to some hours.
std::vector<double> DrawTimes() {
  auto marks = *rc::gen::nonEmpty(
      rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 44 * 1000)));
  std::vector<double> times;
  for (const int mark : marks) times.push_back(1e-9 * std::exp2(mark / 1000.0));
  return times;
}

// The smallest time with at least q of all at or below it.
double Quantile(std::vector<double> times, double q) {
  std::sort(times.begin(), times.end());
  const double wanted = std::ceil(q * static_cast<double>(times.size()));
  return times[static_cast<std::size_t>(std::max(wanted, 1.0)) - 1];
}

// The middle of a bin as wide as 2^(1/8) is off by 2^(1/16) at most, which is
// 4.5 %; the slack is for times that rounding puts on the edge of a bin.
RC_GTEST_PROP(TimeHistogram, QuantilesAreWithinHalfABin, ()) {
  const std::vector<double> times = DrawTimes();
  const double q = *rc::gen::inRange(0, 65) / 64.0;
  TimeHistogram histogram;
  for (const double time : times) histogram.Count(time);
  const double ratio = *histogram.Quantile(q) / Quantile(times, q);
  RC_ASSERT(std::abs(std::log2(ratio)) <= 1.0 / 16.0 + 1e-9);
}

RC_GTEST_PROP(TimeHistogram, MergedEqualsCountedTogether, ()) {
  const std::vector<double> one = DrawTimes();
  const std::vector<double> other = DrawTimes();
  TimeHistogram merged;
  TimeHistogram second;
  TimeHistogram all;
  for (const double time : one) merged.Count(time), all.Count(time);
  for (const double time : other) second.Count(time), all.Count(time);
  merged.Merge(second);
  for (const double q : {0.1, 0.5, 0.99}) {
    RC_ASSERT(merged.Quantile(q) == all.Quantile(q));
  }
}

TEST(TimeHistogram, TakesWhatIsTooSmallOrTooLarge) {
  TimeHistogram histogram;
  EXPECT_FALSE(histogram.Quantile(0.5).has_value());
  histogram.Count(0.0);
  histogram.Count(-1.0);
  EXPECT_LT(*histogram.Quantile(1.0), 1.1e-9);
  histogram.Count(1e300);
  EXPECT_GT(*histogram.Quantile(1.0), 2e5);
}

TEST(WorkerSeconds, MergesEveryMember) {
  WorkerSeconds one{.computing = 1,
                    .straggling = 2,
                    .waiting = 3,
                    .communicating = 4,
                    .cancelled = 5,
                    .processor_seconds = 6,
                    .gradients_computed = 7,
                    .gradients_pushed = 8,
                    .overshoot = {}};
  WorkerSeconds other = one;
  other.overshoot.Count(1e-3);
  one.Merge(other);
  EXPECT_EQ(one.computing, 2);
  EXPECT_EQ(one.straggling, 4);
  EXPECT_EQ(one.waiting, 6);
  EXPECT_EQ(one.communicating, 8);
  EXPECT_EQ(one.cancelled, 10);
  EXPECT_EQ(one.processor_seconds, 12);
  EXPECT_EQ(one.gradients_computed, 14);
  EXPECT_EQ(one.gradients_pushed, 16);
  EXPECT_TRUE(one.overshoot.Quantile(0.5).has_value());
}

}  // namespace
}  // namespace tortoise::internal
