// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/event_tail.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

// By going through all 2^n outcomes.
double ByEnumeration(const std::vector<double>& probabilities,
                     std::int64_t least) {
  double tail = 0.0;
  for (std::uint32_t outcome = 0; outcome >> probabilities.size() == 0;
       ++outcome) {
    double product = 1.0;
    std::int64_t happened = 0;
    for (std::size_t i = 0; i < probabilities.size(); ++i) {
      const bool happens = (outcome >> i & 1) != 0;
      product *= happens ? probabilities[i] : 1.0 - probabilities[i];
      happened += happens;
    }
    if (happened >= least) tail += product;
  }
  return tail;
}

RC_GTEST_PROP(EventTail, AgreesWithEnumeration, ()) {
  const auto sizes = *rc::gen::resize(
      4, rc::gen::nonEmpty(
             rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 4))));
  std::vector<EventGroup> groups;
  std::vector<double> each;
  for (const int size : sizes) {
    const double p = *rc::gen::inRange(0, 101) / 100.0;
    groups.push_back({size, p});
    for (int i = 0; i < size; ++i) each.push_back(p);
  }
  const auto n = static_cast<std::int64_t>(each.size());
  for (std::int64_t least = 0; least <= n + 1; ++least) {
    const double expected = ByEnumeration(each, least);
    RC_ASSERT(std::abs(TailProbability(groups, least) - expected) <= 1e-13);
  }
}

TEST(EventTail, KeepsItsRelativePrecisionFarOut) {
  // All of ten, in two groups: the product, 1e-150.
  const std::vector<EventGroup> all = {{5, 1e-10}, {5, 1e-20}};
  EXPECT_NEAR(TailProbability(all, 10) / 1e-150, 1.0, 1e-12);
  // One of ten: nearly the sum.
  EXPECT_NEAR(TailProbability(all, 1) / 5e-10, 1.0, 1e-9);
}

TEST(EventTail, OfManyGroupsIsThatOfOneIfTheyAreAlike) {
  const std::vector<EventGroup> one = {{1000, 0.6}};
  const std::vector<EventGroup> many = {{1, 0.6}, {399, 0.6}, {600, 0.6}};
  for (const std::int64_t least : {1, 400, 560, 600, 640, 700, 900, 1000}) {
    const double expected = TailProbability(one, least);
    EXPECT_NEAR(TailProbability(many, least) / expected, 1.0, 1e-9) << least;
  }
}

}  // namespace
}  // namespace tortoise::internal
