// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/models.h"

#include <limits>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

using Vector = std::vector<double>;

constexpr Pace kTwo = {.quorum = 2, .step = 0.5};

class ServerModelTest : public ::testing::Test {
 protected:
  // `x` must outlive the update.
  void Add(const Vector& x, double weight = 1.0, const Pace& pace = kTwo,
           int local_steps = 1) {
    model.Add({.release = {.pace = {.local_steps = local_steps}},
               .contribution = {.vector = x}},
              weight, pace);
  }
  [[nodiscard]] Vector parameters() const {
    const auto& w = model.Reported()->parameters;
    return {w.begin(), w.end()};
  }

  const Vector initial = {8.0, -4.0};
  ServerModel<double> model{initial, 0};
};

TEST_F(ServerModelTest, GoesAgainstTheMeanOfGradients) {
  const Vector a = {2.0, 0.0};
  const Vector b = {6.0, 4.0};
  Add(a);
  Add(b);
  ASSERT_TRUE(model.Update(kTwo));
  EXPECT_EQ(parameters(), (Vector{6.0, -5.0}));
  EXPECT_EQ(model.Reported()->version, 1);
}

TEST_F(ServerModelTest, AddsTheMeanOfChanges) {
  const Vector a = {2.0, 0.0};
  const Vector b = {6.0, 4.0};
  Add(a, 1.0, kTwo, 3);
  Add(b, 1.0, kTwo, 7);
  ASSERT_TRUE(model.Update(kTwo));
  EXPECT_EQ(parameters(), (Vector{12.0, -2.0}));
}

TEST_F(ServerModelTest, WeighsContributions) {
  const Vector a = {2.0, 0.0};
  const Vector b = {6.0, 4.0};
  Add(a, 0.5);
  Add(b, 1.5);
  ASSERT_TRUE(model.Update(kTwo));
  // (0.5 / 2) (0.5 a + 1.5 b)
  EXPECT_EQ(parameters(), (Vector{8.0 - 2.5, -4.0 - 1.5}));
}

TEST_F(ServerModelTest, CountsGradientsBesideChanges) {
  const Vector gradient = {2.0, 4.0};
  const Vector change = {3.0, -1.0};
  Add(gradient, 1.0, kTwo, 1);
  Add(change, 1.0, kTwo, 2);
  ASSERT_TRUE(model.Update(kTwo));
  EXPECT_EQ(parameters(), (Vector{8.0 + 1.0, -4.0 - 1.5}));
}

TEST_F(ServerModelTest, StaysWhereNothingHasWeight) {
  const Vector x = {std::numeric_limits<double>::infinity(), 1.0};
  Add(x, 0.0);
  Add(x, 0.0);
  ASSERT_TRUE(model.Update(kTwo));
  EXPECT_EQ(parameters(), initial);
  EXPECT_EQ(model.Reported()->version, 1);
}

TEST_F(ServerModelTest, UsesALoneContributionWhereItLies) {
  const Pace one = {.quorum = 1, .step = 1.0};
  Vector x = {1.0, 1.0};
  Add(x, 1.0, one);
  x = {2.0, 2.0};  // nobody has copied it
  ASSERT_TRUE(model.Update(one));
  EXPECT_EQ(parameters(), (Vector{6.0, -6.0}));
}

TEST_F(ServerModelTest, RefusesInfinityAndForgetsIt) {
  const Pace one = {.quorum = 1, .step = 1.0};
  const Vector bad = {std::numeric_limits<double>::infinity(), 0.0};
  Add(bad, 1.0, one);
  EXPECT_FALSE(model.Update(one));
  EXPECT_EQ(parameters(), initial);
  const Vector good = {1.0, 0.0};
  Add(good, 1.0, one);
  EXPECT_TRUE(model.Update(one));
  EXPECT_EQ(parameters(), (Vector{7.0, -4.0}));
}

TEST_F(ServerModelTest, LeavesOldVersionsToWhoReadsThem) {
  const ModelRef<double> read = model.ReadBy(0);
  const Vector x = {1.0, 1.0};
  Add(x);
  Add(x);
  ASSERT_TRUE(model.Update(kTwo));
  EXPECT_EQ(read->version, 0);
  EXPECT_EQ(read->parameters[0], 8.0);
}

}  // namespace
}  // namespace tortoise::internal
