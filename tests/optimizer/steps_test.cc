// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/optimizer/steps.h"

#include <cmath>
#include <cstddef>
#include <limits>
#include <random>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

// Lengths around the widths of vectors, and a long one.
constexpr std::size_t kLengths[] = {0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 1000};

template <typename T>
std::vector<T> Numbers(std::size_t size, unsigned seed) {
  std::mt19937 bits(seed);
  std::vector<T> numbers(size);
  for (T& each : numbers) {
    each = static_cast<T>(static_cast<double>(bits()) / 0x1p30 - 2.0);
  }
  return numbers;
}

template <typename T>
class Rules : public testing::Test {
 protected:
  using Span = std::span<const T>;
};
using Precisions = testing::Types<float, double>;
TYPED_TEST_SUITE(Rules, Precisions);

// Every rule rounds each coordinate as the plain formula does, so that equal
// means equal.

TYPED_TEST(Rules, AddScaledIsItsFormula) {
  using T = TypeParam;
  for (const std::size_t n : kLengths) {
    const std::vector<T> x = Numbers<T>(n, 1);
    std::vector<T> w = Numbers<T>(n, 2);
    std::vector<T> expected = w;
    for (std::size_t k = 0; k < n; ++k) {
      const T product = T(-0.3) * x[k];
      expected[k] = expected[k] + product;
    }
    AddScaled<T>(w, x, T(-0.3));
    EXPECT_EQ(w, expected);
  }
}

TYPED_TEST(Rules, AccumulateIsItsFormula) {
  using T = TypeParam;
  for (const std::size_t n : kLengths) {
    const std::vector<T> x = Numbers<T>(n, 3);
    std::vector<T> total = Numbers<T>(n, 4);
    std::vector<T> expected = total;
    for (std::size_t k = 0; k < n; ++k) expected[k] = expected[k] + x[k];
    Accumulate<T>(total, x);
    EXPECT_EQ(total, expected);
  }
}

TYPED_TEST(Rules, ServerStepLeavesTheOldVersionAlone) {
  using T = TypeParam;
  for (const std::size_t n : kLengths) {
    const std::vector<T> before = Numbers<T>(n, 5);
    const std::vector<T> sum = Numbers<T>(n, 6);
    std::vector<T> after(n, std::numeric_limits<T>::quiet_NaN());
    std::vector<T> expected(n);
    for (std::size_t k = 0; k < n; ++k) {
      const T product = T(-0.05) * sum[k];
      expected[k] = before[k] + product;
    }
    ServerStep<T>(before, sum, T(-0.05), after);
    EXPECT_EQ(after, expected);
    EXPECT_EQ(before, Numbers<T>(n, 5));
  }
}

TYPED_TEST(Rules, ServerStepEqualsTheWorkersStep) {
  using T = TypeParam;
  const std::vector<T> x = Numbers<T>(37, 7);
  std::vector<T> w = Numbers<T>(37, 8);
  std::vector<T> after(37);
  ServerStep<T>(w, x, T(-0.1), after);
  AddScaled<T>(w, x, T(-0.1));
  EXPECT_EQ(w, after);
  ServerStep<T>(w, x, T(-0.1), w);  // in place
  AddScaled<T>(after, x, T(-0.1));
  EXPECT_EQ(w, after);
}

TYPED_TEST(Rules, ASharedSpanIsAllowed) {
  std::vector<TypeParam> w = {1, -2, 4};
  AddScaled<TypeParam>(w, w, TypeParam(0.5));
  EXPECT_EQ(w, (std::vector<TypeParam>{1.5, -3, 6}));
}

TYPED_TEST(Rules, IsFiniteFindsOneBadElementAnywhere) {
  using T = TypeParam;
  using Limits = std::numeric_limits<T>;
  for (const std::size_t n : kLengths) {
    std::vector<T> x = Numbers<T>(n, 9);
    EXPECT_TRUE(IsFinite<T>(x));
    if (n > 100) continue;
    for (T& each : x) {
      const T kept = each;
      for (const T bad :
           {Limits::infinity(), -Limits::infinity(), Limits::quiet_NaN()}) {
        each = bad;
        EXPECT_FALSE(IsFinite<T>(x));
      }
      for (const T good :
           {Limits::max(), Limits::lowest(), Limits::denorm_min(), T(-0.0)}) {
        each = good;
        EXPECT_TRUE(IsFinite<T>(x));
      }
      each = kept;
    }
  }
}

TYPED_TEST(Rules, IsFiniteOfHugeNumbersDoesNotOverflow) {
  using T = TypeParam;
  EXPECT_TRUE(IsFinite<T>(std::vector<T>(100, std::numeric_limits<T>::max())));
  // Infinities of both signs do not cancel.
  std::vector<T> x(16, T(0));
  x[0] = std::numeric_limits<T>::infinity();
  x[8] = -x[0];
  EXPECT_FALSE(IsFinite<T>(x));
}

}  // namespace
}  // namespace tortoise
