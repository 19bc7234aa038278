// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/objective/stock.h"

#include <cmath>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "objective/fixtures.h"

namespace tortoise::test {
namespace {

using testing::HasSubstr;

Data Labelled(const std::vector<double>& labels, std::size_t columns = 2) {
  return std::make_shared<const Dataset>(Dataset::Dense(
      AlignedVector<float>(labels.size() * columns, 1.0f), labels, columns));
}

// A sparse set whose rows all have one entry, in the last column.
Data SparseLabelled(const std::vector<double>& labels, std::size_t columns) {
  std::vector<std::uint64_t> offsets(labels.size() + 1);
  std::iota(offsets.begin(), offsets.end(), std::uint64_t{0});
  const auto last = static_cast<std::uint32_t>(columns - 1);
  return std::make_shared<const Dataset>(Dataset::Sparse(
      offsets, std::vector<std::uint32_t>(labels.size(), last),
      std::vector<float>(labels.size(), 1.0f), labels, columns));
}

template <typename Make>
std::string RefusalOf(Make make) {
  try {
    (void)make();
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}
std::string Refusal(const std::string& name, const Data& data,
                    const StockOptions& options, const Data& train) {
  return RefusalOf(
      [&] { return MakeStockObjective<float>(name, data, options, *train); });
}
std::string Refusal(const std::string& name, const Data& data,
                    const StockOptions& options = {}) {
  return RefusalOf(
      [&] { return MakeStockObjective<float>(name, data, options); });
}

// The loss of a linear model with one weight of 1 in a column of ones says
// which y a label became.
double LossOfMarginOne(const std::string& name, const Data& data,
                       const Data& train, Sample row) {
  const auto f = MakeStockObjective<double>(name, data, {}, *train);
  return f->Loss(Const(AlignedVector<double>{1.0}), Batch(&row, 1));
}

// --- Names and options -------------------------------------------------------

TEST(Stock, MakesEveryNameItLists) {
  const Data data = Labelled({0, 1, 1, 0});
  for (const std::string& name : StockObjectives()) {
    EXPECT_EQ(Refusal(name, data), "accepted") << name;
    const auto f = MakeStockObjective<double>(name, data, {}, *data);
    EXPECT_EQ(f->num_samples(), 4u) << name;
  }
}

TEST(Stock, RefusesUnknownNames) {
  const Data data = Labelled({0, 1});
  EXPECT_EQ(Refusal("logistik", data),
            "objective \"logistik\" is unknown; did you mean logistic?");
  EXPECT_EQ(Refusal("", data),
            "objective \"\" is unknown; it must be one of least-squares, "
            "logistic, hinge, squared-hinge, softmax, mlp");
}

TEST(Stock, RefusesBadOptions) {
  const Data data = Labelled({0, 1});
  EXPECT_EQ(Refusal("logistic", data, {.l2 = -0.5}),
            "l2 = -0.5 must be a finite number >= 0");
  EXPECT_EQ(Refusal("logistic", data, {.l2 = NAN}),
            "l2 = nan must be a finite number >= 0");
  EXPECT_EQ(Refusal("mlp", data, {.hidden = {3, 0}}),
            "hidden = 0 must be >= 1 in every layer");
  EXPECT_THAT(Refusal("mlp", data,
                      {.hidden = {std::size_t{1} << 40, std::size_t{1} << 40}}),
              HasSubstr("2^40 parameters"));
  EXPECT_EQ(Refusal("logistic", nullptr, {}, data),
            "data = null must be a data set");
  EXPECT_EQ(Refusal("logistic", nullptr), "data = null must be a data set");
}

// --- Labels ------------------------------------------------------------------

TEST(StockLabels, TheSmallerOfTwoIsMinusOne) {
  const double right = std::log1p(std::exp(-1.0));
  const double wrong = std::log1p(std::exp(1.0));
  for (const auto& [low, high] :
       {std::pair{-1.0, 1.0}, std::pair{0.0, 1.0}, std::pair{1.0, 2.0},
        std::pair{3.0, 7.0}, std::pair{-3.0, 2.0}}) {
    const Data data = Labelled({high, low, low}, 1);
    EXPECT_NEAR(LossOfMarginOne("logistic", data, data, 0), right, 1e-15);
    EXPECT_NEAR(LossOfMarginOne("logistic", data, data, 1), wrong, 1e-15);
    EXPECT_NEAR(LossOfMarginOne("logistic", data, data, 2), wrong, 1e-15);
  }
}

TEST(StockLabels, LeastSquaresTakesAnyNumber) {
  const Data data = Labelled({0.5, 2.0, 7.25}, 1);
  EXPECT_DOUBLE_EQ(LossOfMarginOne("least-squares", data, data, 0), 0.125);
  EXPECT_DOUBLE_EQ(LossOfMarginOne("least-squares", data, data, 1), 0.5);
}

TEST(StockLabels, ScalarClassifiersNeedExactlyTwo) {
  EXPECT_EQ(Refusal("logistic", Labelled({4, 4})),
            "logistic needs exactly two distinct labels, but the training "
            "data have only 4");
  EXPECT_EQ(Refusal("hinge", Labelled({1, 2, 3})),
            "hinge needs exactly two distinct labels, but the training data "
            "have at least three: 1, 2 and 3 (softmax and mlp take classes, "
            "least-squares any number)");
  EXPECT_THAT(Refusal("squared-hinge", Labelled({0.5, 1.5, 2.5, 3.5})),
              HasSubstr("at least three: 0.5, 1.5 and 2.5"));
  EXPECT_THAT(Refusal("logistic", Labelled({0.5, -1})),
              HasSubstr("needs two classes, but the labels are real"));
}

TEST(StockLabels, ClassifiersOfClassesNeedIntegers) {
  for (const std::string name : {"softmax", "mlp"}) {
    EXPECT_EQ(Refusal(name, Labelled({-1, 1})), "accepted");
    EXPECT_EQ(Refusal(name, Labelled({5, 5})),
              name +
                  " needs at least two distinct labels, but the training "
                  "data have only 5");
    EXPECT_EQ(Refusal(name, Labelled({0.5, 1})),
              name +
                  " needs classes as labels (at most 1,000 distinct "
                  "integers), but those of the training data are real "
                  "numbers, the first 0.5 (least-squares takes any "
                  "number)");
  }
}

// --- Test sets ---------------------------------------------------------------

TEST(StockTestSet, TakesTheMeaningOfLabelsFromTheTrainingData) {
  const Data train = Labelled({3, 7, 3}, 1);
  const Data test = Labelled({7}, 1);  // alone it would be the smaller label
  EXPECT_NEAR(LossOfMarginOne("logistic", test, train, 0),
              std::log1p(std::exp(-1.0)), 1e-15);
  const auto f = MakeStockObjective<float>("softmax", Labelled({3}, 1), {},
                                           *Labelled({9, 3, 5}, 1));
  EXPECT_EQ(f->num_parameters(), 6u);
  EXPECT_EQ(f->num_samples(), 1u);
  // The weights of class 0, label 3, are the largest.
  const AlignedVector<float> w = {2.0f, 1.0f, 0.0f, 0.0f, 0.0f, 0.0f};
  EXPECT_EQ(f->CountCorrect(Const(w), AllSamples(1)), 1u);
}

TEST(StockTestSet, RefusesLabelsUnknownToTheTrainingData) {
  EXPECT_EQ(Refusal("logistic", Labelled({0, 2}), {}, Labelled({0, 1})),
            "logistic: label 2 of row 1 does not occur in the training data, "
            "whose labels are 0 and 1");
  EXPECT_EQ(Refusal("softmax", Labelled({11}), {},
                    Labelled({0, 1, 2, 3, 4, 5, 6, 7, 8, 9})),
            "softmax: label 11 of row 0 does not occur in the training data, "
            "whose labels are 0, 1, 2, ... and 9");
}

TEST(StockTestSet, TakesTheWidthOfTheTrainingData) {
  const Data train = SparseLabelled({0, 1}, 5);
  for (const std::string name : {"logistic", "softmax"}) {
    EXPECT_EQ(Refusal(name, SparseLabelled({0}, 6), {}, train),
              "the test data have 6 columns; at most 5 are needed, as in the "
              "training data");
    EXPECT_EQ(Refusal(name, Labelled({0}, 4), {}, Labelled({0, 1}, 5)),
              "the test data have 4 columns; exactly 5 are needed, as in the "
              "training data");
    const Data narrow = SparseLabelled({0}, 3);
    const auto f =
        MakeStockObjective<double>(name, narrow, {.l2 = 0.1}, *train);
    const auto same = MakeStockObjective<double>(name, train, {}, *train);
    EXPECT_EQ(f->num_parameters(), same->num_parameters());
    const AlignedVector<double> w(f->num_parameters(), 1.0);
    EXPECT_TRUE(std::isfinite(GradientOf(*f, w, AllSamples(1)).loss));
  }
}

TEST(StockTestSet, EmptyDataAreRefused) {
  const Data empty = Labelled({});
  EXPECT_EQ(Refusal("least-squares", empty),
            "the data set has no rows; it needs one");
}

}  // namespace
}  // namespace tortoise::test
