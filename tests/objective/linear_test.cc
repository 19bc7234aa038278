// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <array>
#include <cmath>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "objective/fixtures.h"
#include "tortoise/objective/stock.h"

namespace tortoise::test {
namespace {

constexpr std::size_t kRows = 23;
constexpr std::size_t kColumns = 37;  // two vectors of sixteen, and a rest

const std::array<Sample, 9> kBatch = {5, 0, 22, 7, 5, 13, 1, 18, 2};

// --- Every loss, with and without L2 and intercept ---------------------------

struct Case {
  std::string name;
  double l2;
  bool intercept;
};

class Linear
    : public testing::TestWithParam<std::tuple<std::string, double, bool>> {
 protected:
  Linear() {
    std::tie(c_.name, c_.l2, c_.intercept) = GetParam();
    const std::vector<double> labels = c_.name == "least-squares"
                                           ? std::vector{0.5, -1.25, 3.0}
                                           : std::vector{0.0, 1.0};
    twins_ = MakeTwins(kRows, kColumns, labels);
  }

  template <typename T>
  std::unique_ptr<AnyObjective<T>> Make(const Data& data) const {
    return MakeStockObjective<T>(
        c_.name, data, {.l2 = c_.l2, .intercept = c_.intercept}, *data);
  }

  // The definitions of the header, word by word.
  [[nodiscard]] double SlowLoss(const AlignedVector<double>& w,
                                Batch batch) const {
    double total = 0.0;
    for (const Sample i : batch) {
      const auto x = twins_.dense->DenseRow(i);
      double m = c_.intercept ? w[kColumns] : 0.0;
      for (std::size_t j = 0; j < kColumns; ++j) {
        m += static_cast<double>(x[j]) * w[j];
      }
      const double label = twins_.dense->labels()[i];
      const double y = c_.name == "least-squares" ? label : 2.0 * label - 1.0;
      const double gap = std::max(0.0, 1.0 - y * m);
      if (c_.name == "least-squares") total += (m - y) * (m - y) / 2.0;
      if (c_.name == "logistic") total += std::log(1.0 + std::exp(-y * m));
      if (c_.name == "hinge") total += gap;
      if (c_.name == "squared-hinge") total += gap * gap;
    }
    double squares = 0.0;
    for (std::size_t j = 0; j < kColumns; ++j) squares += w[j] * w[j];
    return total / static_cast<double>(batch.size()) + c_.l2 / 2.0 * squares;
  }

  Case c_;
  Twins twins_;
};

INSTANTIATE_TEST_SUITE_P(All, Linear,
                         testing::Combine(testing::Values("least-squares",
                                                          "logistic", "hinge",
                                                          "squared-hinge"),
                                          testing::Values(0.0, 0.3),
                                          testing::Bool()));

TEST_P(Linear, LossIsItsDefinition) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<double>(data);
    ASSERT_EQ(f->num_parameters(), kColumns + (c_.intercept ? 1 : 0));
    ASSERT_EQ(f->num_samples(), kRows);
    const auto w = RandomParameters<double>(f->num_parameters(), 1);
    const double expected = SlowLoss(w, kBatch);
    // Sums of about 50 terms in another order: 50 eps.
    EXPECT_NEAR(f->Loss(Const(w), kBatch), expected, 1e-14 * (1.0 + expected));
    EXPECT_EQ(GradientOf(*f, w, kBatch).loss, f->Loss(Const(w), kBatch));
  }
}

TEST_P(Linear, GradientAgreesWithFiniteDifferences) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<double>(data);
    const auto w = RandomParameters<double>(f->num_parameters(), 2);
    EXPECT_LT(RelativeDistance(GradientOf(*f, w, kBatch).gradient,
                               FiniteDifferences(*f, w, kBatch)),
              kFiniteDifferenceTolerance);
  }
}

// Each float product and each addition errs by at most 2^-24 of it; about 40
// of them follow each other, on numbers up to about 10.
TEST_P(Linear, FloatAgreesWithDouble) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<float>(data);
    const auto g = Make<double>(data);
    const std::size_t d = f->num_parameters();
    const auto single = GradientOf(*f, RandomParameters<float>(d, 3), kBatch);
    const auto twice = GradientOf(*g, RandomParameters<double>(d, 3), kBatch);
    EXPECT_NEAR(single.loss, twice.loss, 1e-5 * (1.0 + twice.loss));
    EXPECT_LT(RelativeDistance(single.gradient, twice.gradient), 1e-5);
  }
}

TEST_P(Linear, SparseAndDenseRowsAgree) {
  const auto sparse = Make<double>(twins_.sparse);
  const auto dense = Make<double>(twins_.dense);
  EXPECT_TRUE(sparse->is_sparse());
  EXPECT_FALSE(dense->is_sparse());
  const auto w = RandomParameters<double>(sparse->num_parameters(), 4);
  EXPECT_LT(RelativeDistance(GradientOf(*sparse, w, kBatch).gradient,
                             GradientOf(*dense, w, kBatch).gradient),
            1e-14);
  EXPECT_EQ(sparse->CountCorrect(Const(w), kBatch),
            dense->CountCorrect(Const(w), kBatch));
}

// Without L2 both gradients are sums of the same numbers in the same order.
TEST_P(Linear, SparseGradientEqualsTheDenseOneWithoutL2) {
  if (c_.l2 > 0.0) return;
  const auto f = Make<float>(twins_.sparse);
  const auto w = RandomParameters<float>(f->num_parameters(), 5);
  const auto dense = GradientOf(*f, w, kBatch);
  const auto sparse = SparseGradientOf(*f, w, kBatch);
  EXPECT_EQ(sparse.loss, dense.loss);
  EXPECT_EQ(sparse.gradient, dense.gradient);
}

// The mean over single samples is the expectation over a uniform one.
TEST_P(Linear, SparseGradientIsUnbiased) {
  const auto f = Make<double>(twins_.sparse);
  const auto w = RandomParameters<double>(f->num_parameters(), 6);
  const auto all = AllSamples(kRows);
  const auto dense = GradientOf(*f, w, all);
  LossGradient<double> mean = {0.0, AlignedVector<double>(w.size(), 0.0)};
  for (const Sample& i : all) {
    const auto one = SparseGradientOf(*f, w, Batch(&i, 1));
    mean.loss += one.loss / kRows;
    for (std::size_t j = 0; j < w.size(); ++j) {
      mean.gradient[j] += one.gradient[j] / kRows;
    }
  }
  EXPECT_NEAR(mean.loss, dense.loss, 1e-13 * (1.0 + dense.loss));
  EXPECT_LT(RelativeDistance(mean.gradient, dense.gradient), 1e-13);
  // A batch is the mean of its samples.
  const auto whole = SparseGradientOf(*f, w, all);
  EXPECT_NEAR(whole.loss, dense.loss, 1e-13 * (1.0 + dense.loss));
  EXPECT_LT(RelativeDistance(whole.gradient, dense.gradient), 1e-13);
}

TEST_P(Linear, SparseGradientTouchesOnlyTheRow) {
  const auto f = Make<double>(twins_.sparse);
  auto w = RandomParameters<double>(f->num_parameters(), 7);
  SparseView<double> view{std::span<double>(w)};
  const Sample i = 3;
  f->SparseGradient(view, Batch(&i, 1));
  const auto index = twins_.sparse->Row(i).index;
  for (const auto& entry : view.entries()) {
    EXPECT_TRUE(std::ranges::binary_search(index, entry.index) ||
                (c_.intercept && entry.index == kColumns));
  }
}

// The columns of `data` and some more without any entry.
Data Widened(const Dataset& data, std::size_t absent) {
  std::vector<std::uint64_t> offsets = {0};
  std::vector<std::uint32_t> index;
  std::vector<float> value;
  for (std::size_t i = 0; i < data.num_rows(); ++i) {
    const SparseRow row = data.Row(i);
    index.insert(index.end(), row.index.begin(), row.index.end());
    value.insert(value.end(), row.value.begin(), row.value.end());
    offsets.push_back(index.size());
  }
  const auto labels = data.labels();
  return std::make_shared<const Dataset>(
      Dataset::Sparse(offsets, index, value, {labels.begin(), labels.end()},
                      data.num_columns() + absent));
}

// What is minimised is what is reported, whatever the parameters start from.
TEST_P(Linear, SparseGradientShrinksColumnsWithoutEntriesToo) {
  for (const std::size_t absent :
       {std::size_t{1}, std::size_t{5}, kRows, 3 * kRows + 2}) {
    SCOPED_TRACE(absent);
    const auto f = Make<double>(Widened(*twins_.sparse, absent));
    const auto w = RandomParameters<double>(f->num_parameters(), 9);
    const auto all = AllSamples(kRows);
    const auto dense = GradientOf(*f, w, all);
    const auto whole = SparseGradientOf(*f, w, all);
    EXPECT_NEAR(whole.loss, dense.loss, 1e-13 * (1.0 + dense.loss));
    EXPECT_LT(RelativeDistance(whole.gradient, dense.gradient), 1e-13);
  }
}

TEST_P(Linear, SparseGradientLeavesWeightsOfZeroAlone) {
  const auto f = Make<double>(Widened(*twins_.sparse, 5));
  AlignedVector<double> w(f->num_parameters(), 0.0);
  SparseView<double> view{std::span<double>(w)};
  f->SparseGradient(view, AllSamples(kRows));
  for (const auto& entry : view.entries()) {
    EXPECT_TRUE(entry.index < kColumns || entry.index == kColumns + 5);
  }
}

TEST_P(Linear, StartsAtZero) {
  const auto f = Make<float>(twins_.dense);
  AlignedVector<float> w(f->num_parameters(), 1.0f);
  f->Initialize(w, RandomStream(1, 0, Purpose::kInitial));
  EXPECT_EQ(w, AlignedVector<float>(w.size(), 0.0f));
}

TEST_P(Linear, NaNParametersGiveANaNLoss) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<float>(data);
    const AlignedVector<float> w(f->num_parameters(), NAN);
    const Sample i = 3;
    EXPECT_TRUE(std::isnan(f->Loss(Const(w), Batch(&i, 1))));
  }
}

// --- Closed forms ------------------------------------------------------------

Data OneColumn(const std::vector<float>& x, const std::vector<double>& y) {
  return std::make_shared<const Dataset>(
      Dataset::Dense(AlignedVector<float>(x.begin(), x.end()), y, 1));
}

TEST(LinearClosedForm, LogisticAtZeroIsLogTwo) {
  const auto data = MakeTwins(8, 3, {1.0, 2.0}).sparse;
  const auto f =
      MakeStockObjective<double>("logistic", data, {.l2 = 1.0}, *data);
  const AlignedVector<double> w(3, 0.0);
  EXPECT_DOUBLE_EQ(f->Loss(Const(w), AllSamples(8)), std::log(2.0));
}

// Normal equations of y = a x + b on (0, 1), (1, 2), (2, 4): a = 3/2, b = 5/6.
TEST(LinearClosedForm, LeastSquaresIsFlatAtTheNormalEquations) {
  const auto data = OneColumn({0.0f, 1.0f, 2.0f}, {1.0, 2.0, 4.0});
  const auto f = MakeStockObjective<double>("least-squares", data,
                                            {.intercept = true}, *data);
  const AlignedVector<double> w = {1.5, 5.0 / 6.0};
  const auto at = GradientOf(*f, w, AllSamples(3));
  EXPECT_NEAR(at.gradient[0], 0.0, 1e-15);
  EXPECT_NEAR(at.gradient[1], 0.0, 1e-15);
  // Residuals -1/6, 1/3, -1/6: squares add up to 1/6, over 2 x 3.
  EXPECT_NEAR(at.loss, 1.0 / 36.0, 1e-16);
}

TEST(LinearClosedForm, LogisticIsStableAtLargeMargins) {
  const auto data = OneColumn({1000.0f, 1000.0f}, {-1.0, 1.0});
  const auto f = MakeStockObjective<double>("logistic", data, {}, *data);
  const AlignedVector<double> w = {1.0};
  const std::array<Sample, 1> wrong = {0};
  const std::array<Sample, 1> right = {1};
  EXPECT_EQ(GradientOf(*f, w, wrong).loss, 1000.0);
  EXPECT_EQ(GradientOf(*f, w, wrong).gradient[0], 1000.0);
  EXPECT_EQ(GradientOf(*f, w, right).loss, 0.0);
  EXPECT_EQ(GradientOf(*f, w, right).gradient[0], 0.0);
  // log(1 + exp(-40)) is exp(-40) to 17 digits, but 1 + exp(-40) is 1.
  const AlignedVector<double> near = {0.04};
  EXPECT_NEAR(f->Loss(Const(near), right) / std::exp(-40.0), 1.0, 1e-12);
}

TEST(LinearClosedForm, HingesHaveTheirKinksAtMarginOne) {
  const auto data = OneColumn({1.0f, 1.0f}, {-1.0, 1.0});
  const std::array<Sample, 1> positive = {1};
  for (const std::string name : {"hinge", "squared-hinge"}) {
    const auto f = MakeStockObjective<double>(name, data, {}, *data);
    EXPECT_EQ(GradientOf(*f, {1.0}, positive).loss, 0.0);
    EXPECT_EQ(GradientOf(*f, {1.0}, positive).gradient[0], 0.0);
    EXPECT_EQ(GradientOf(*f, {-2.0}, positive).loss,
              name == "hinge" ? 3.0 : 9.0);
    EXPECT_EQ(GradientOf(*f, {-2.0}, positive).gradient[0],
              name == "hinge" ? -1.0 : -6.0);
  }
}

TEST(LinearClosedForm, CountsHits) {
  const auto data = OneColumn({1.0f, -2.0f, 3.0f, 0.0f}, {5, 2, 2, 2});
  const AlignedVector<float> w = {1.0f};
  // The signs are right in rows 0 and 1, wrong in 2; 0 counts as the smaller.
  for (const std::string name : {"logistic", "hinge", "squared-hinge"}) {
    const auto f = MakeStockObjective<float>(name, data, {}, *data);
    EXPECT_EQ(f->CountCorrect(Const(w), AllSamples(4)), 3u);
  }
  const auto f = MakeStockObjective<float>("least-squares", data, {}, *data);
  EXPECT_EQ(f->CountCorrect(Const(w), AllSamples(4)), std::nullopt);
}

// --- Copies ------------------------------------------------------------------

TEST(LinearClone, SharesNothingThatChanges) {
  const auto data = MakeTwins(20, 5, {-1.0, 1.0}).sparse;
  auto f = MakeStockObjective<double>("logistic", data, {.l2 = 0.1}, *data);
  const auto w = RandomParameters<double>(5, 8);
  const auto before = GradientOf(*f, w, AllSamples(20));
  const auto copy = f->Clone();
  f.reset();
  const auto after = GradientOf(*copy, w, AllSamples(20));
  EXPECT_EQ(after.loss, before.loss);
  EXPECT_EQ(after.gradient, before.gradient);
}

}  // namespace
}  // namespace tortoise::test
