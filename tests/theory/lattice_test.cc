// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/lattice.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

double Exponential(double x) { return std::exp(-x); }

// Pr(S > x) of n exponentials: sum over k < n of e^-x x^k / k!.
double Erlang(int n, double x) {
  double term = std::exp(-x);
  double sum = 0.0;
  for (int k = 0; k < n; ++k) {
    sum += term;
    term *= x / (k + 1);
  }
  return sum;
}

// The law of Levy has no mean, and n of them are one that is n^2 times as long.
double Levy(double scale, double x) {
  return x > 0.0 ? std::erf(std::sqrt(scale / (2.0 * x))) : 1.0;
}

// --- One lattice -------------------------------------------------------------

// Survival is exact in the middles of cells, and their sum is the mean. Cells
// reach to 40, beyond which lies e^-40.
TEST(Lattice, KeepsTheMean) {
  constexpr double kWidth = 0.25;
  constexpr std::size_t kCells = 160;
  for (const int draws : {1, 2, 3}) {
    const Lattice sum = Lattice(Exponential, kWidth, kCells).Sum(draws);
    double mean = 0.0;
    for (std::size_t i = 0; i + 4 < kCells; ++i) {
      mean += kWidth * sum.Survival((static_cast<double>(i) + 0.5) * kWidth);
    }
    EXPECT_NEAR(mean, draws, 1e-12) << draws;
  }
}

// Splitting a time between two multiples adds at most width^2 / 4 to its
// variance, and so at most n width^2 / 8 of the second derivative of the
// survival, which is at most the survival itself where x >= n.
TEST(Lattice, SumOfExponentialsIsErlangFarIntoTheTail) {
  constexpr double kWidth = 0.02;
  for (const int draws : {1, 2, 5, 13}) {
    const Lattice sum = Lattice(Exponential, kWidth, 2'500).Sum(draws);
    for (double x = draws; x < 45; x += 0.7) {
      EXPECT_NEAR(sum.Survival(x) / Erlang(draws, x), 1.0,
                  draws * kWidth * kWidth / 8)
          << draws << " draws, x = " << x;
    }
  }
}

TEST(Lattice, SurvivalFallsFromOneAndNeverRises) {
  const Lattice sum = Lattice(Exponential, 0.3, 64).Sum(3);
  EXPECT_EQ(sum.Survival(0.0), 1.0);
  double before = 1.0;
  for (double x = 0.0; x < sum.reach(); x += 0.01) {
    const double here = sum.Survival(x);
    ASSERT_LE(here, before) << x;
    ASSERT_GE(here, 0.0) << x;
    before = here;
  }
}

// --- Lattices of growing width -----------------------------------------------

// Eight orders of magnitude beyond the finest lattice: each is as fine, in
// cells, as its reach asks for, so the error is the same everywhere.
TEST(LatticeSum, FollowsAHeavyTail) {
  constexpr int kDraws = 4;
  const LatticeSum sum([](double x) { return Levy(1.0, x); }, kDraws, 200.0,
                       4'096, 1e-12);
  for (double x = 4.0; x < 1e10; x *= 1.7) {
    EXPECT_NEAR(sum.Survival(x) / Levy(kDraws * kDraws, x), 1.0, 1e-3) << x;
  }
}

TEST(LatticeSum, BeyondAllLatticesOneDrawIsTheWholeSum) {
  const auto law = [](double x) { return std::min(1.0, std::pow(x, -2.0)); };
  const LatticeSum sum(law, 3, 100.0, 256, 1e-6);
  EXPECT_NEAR(sum.Survival(1e60), 3e-120, 1e-132);
}

}  // namespace
}  // namespace tortoise::internal
