// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/evaluator.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <span>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/data/generate.h"
#include "tortoise/objective/stock.h"

namespace tortoise::internal {
namespace {

template <typename T>
std::vector<T> SomeParameters(std::size_t count) {
  std::vector<T> w(count);
  for (std::size_t j = 0; j < count; ++j) {
    w[j] = static_cast<T>(std::sin(static_cast<double>(j)));
  }
  return w;
}

std::shared_ptr<const Dataset> Classification(std::size_t rows) {
  return std::make_shared<const Dataset>(GenerateSparseClassification(
      {.rows = rows, .columns = 50, .nonzeros = 8}));
}

// Sums over blocks of 1,024 rows, one after the other.
template <typename T>
double SlowLoss(AnyObjective<T>& objective, std::span<const T> w) {
  constexpr std::size_t kRows = 1024;
  const std::size_t n = objective.num_samples();
  double sum = 0.0;
  for (std::size_t begin = 0; begin < n; begin += kRows) {
    std::vector<Sample> rows(std::min(kRows, n - begin));
    std::iota(rows.begin(), rows.end(), begin);
    sum += objective.Loss(w, rows) * static_cast<double>(rows.size());
  }
  return sum / static_cast<double>(n);
}

template <typename T>
class EvaluatorOf : public ::testing::Test {};
using Numbers = ::testing::Types<float, double>;
TYPED_TEST_SUITE(EvaluatorOf, Numbers);

// Whatever the number of threads that shared the blocks: the bits are those of
// the serial sum, again and again.
TYPED_TEST(EvaluatorOf, GivesTheBitsOfTheSerialSumOverBlocks) {
  for (const std::size_t rows : {1000u, 1024u, 1025u, 20'000u}) {
    const auto data = Classification(rows);
    const auto objective =
        MakeStockObjective<TypeParam>("logistic", data, {.l2 = 1e-3}, *data);
    const auto w = SomeParameters<TypeParam>(objective->num_parameters());
    const double slow = SlowLoss<TypeParam>(*objective, w);
    Evaluator<TypeParam> evaluator(*objective);
    for (int again = 0; again < 5; ++again) {
      EXPECT_EQ(evaluator.Evaluate(w, again % 2 == 0).loss, slow);
    }
  }
}

TEST(Evaluator, CountsTheShareClassifiedRightly) {
  const auto data = Classification(5000);
  const auto objective =
      MakeStockObjective<double>("logistic", data, {}, *data);
  const auto w = SomeParameters<double>(objective->num_parameters());
  int correct = 0;
  for (std::size_t r = 0; r < data->num_rows(); ++r) {
    double margin = 0.0;
    const SparseRow row = data->Row(r);
    for (std::size_t k = 0; k < row.index.size(); ++k) {
      margin += double{row.value[k]} * w[row.index[k]];
    }
    correct += (margin > 0.0) == (data->labels()[r] > 0.0);
  }
  Evaluator<double> evaluator(*objective);
  EXPECT_EQ(evaluator.Evaluate(w, true).accuracy, correct / 5000.0);
  EXPECT_FALSE(evaluator.Evaluate(w, false).accuracy.has_value());
}

TEST(Evaluator, HasNoAccuracyForARegression) {
  const auto data = std::make_shared<const Dataset>(
      GenerateRegression({.rows = 3000, .columns = 3}));
  const auto objective =
      MakeStockObjective<double>("least-squares", data, {}, *data);
  Evaluator<double> evaluator(*objective);
  EXPECT_FALSE(
      evaluator.Evaluate(SomeParameters<double>(3), true).accuracy.has_value());
}

// 1/2 sum of lambda_k (0 - 1)^2 with lambda = 1 and 0.25.
TEST(Evaluator, AsksAnUnlimitedPopulationForTheExactLoss) {
  const auto objective =
      MakeQuadratic<double>({.parameters = 2, .L = 1.0, .c = 0.25});
  Evaluator<double> evaluator(*objective);
  EXPECT_DOUBLE_EQ(evaluator.Evaluate(std::vector<double>(2), true).loss,
                   0.625);
}

// An objective that fails in some block.
class Failing {
 public:
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 10'000; }
  double Loss(std::span<const double>, Batch batch) {
    if (batch.front() > 5000) throw std::runtime_error("no such block");
    return 0.0;
  }
  double Gradient(std::span<const double>, Batch, std::span<double>) {
    return 0.0;
  }
};

TEST(Evaluator, PassesExceptionsOn) {
  const auto objective = Erase<double>(Failing());
  Evaluator<double> evaluator(*objective);
  EXPECT_THROW((void)evaluator.Evaluate(std::vector<double>(1), false),
               std::runtime_error);
}

}  // namespace
}  // namespace tortoise::internal
