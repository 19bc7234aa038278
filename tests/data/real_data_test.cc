// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <algorithm>
#include <filesystem>
#include <map>
#include <string>

#include "data/data_testing.h"
#include "gtest/gtest.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

// Published data sets, where this machine has them: shapes and counts as
// their publishers give them.
class RealData : public testing::Test {
 protected:
  void SetUp() override {
    if (!std::filesystem::is_directory(Path(""))) {
      GTEST_SKIP() << "skipped: no real data sets in " << Path("");
    }
  }
  static std::string Path(const std::string& name) {
    return std::string(TORTOISE_SHARED_DIR) + "/data/" + name;
  }
  static Dataset Read(const std::string& name,
                      const ReadOptions& options = {}) {
    return ReadDataset(Path(name), options);
  }
};

void ExpectShape(const Dataset& data, std::size_t rows, std::size_t columns,
                 LabelKind kind) {
  EXPECT_EQ(data.num_rows(), rows);
  EXPECT_EQ(data.num_columns(), columns);
  EXPECT_EQ(data.label_kind(), kind) << ToString(data.label_kind());
}

std::map<double, int> LabelCounts(const Dataset& data) {
  std::map<double, int> counts;
  for (const double label : data.labels()) ++counts[label];
  return counts;
}

using Counts = std::map<double, int>;

TEST_F(RealData, Mnist) {
  const Dataset test = Read("mnist/t10k-images-idx3-ubyte.gz");
  ExpectShape(test, 10'000, 784, LabelKind::kClasses);
  EXPECT_EQ(LabelCounts(test), (Counts{{0, 980},
                                       {1, 1135},
                                       {2, 1032},
                                       {3, 1010},
                                       {4, 982},
                                       {5, 892},
                                       {6, 958},
                                       {7, 1028},
                                       {8, 974},
                                       {9, 1009}}));
  const Dataset train =
      Read("mnist/train-images-idx3-ubyte.gz", {.num_columns = 784});
  ExpectShape(train, 60'000, 784, LabelKind::kClasses);
  EXPECT_EQ(LabelCounts(train), (Counts{{0, 5923},
                                        {1, 6742},
                                        {2, 5958},
                                        {3, 6131},
                                        {4, 5842},
                                        {5, 5421},
                                        {6, 5918},
                                        {7, 6265},
                                        {8, 5851},
                                        {9, 5949}}));
}

TEST_F(RealData, A9a) {
  const Dataset train = Read("a9a/a9a.gz");
  ExpectShape(train, 32'561, 123, LabelKind::kMinusOnePlusOne);
  EXPECT_EQ(train.num_nonzeros(), 451'592u);
  EXPECT_EQ(LabelCounts(train), (Counts{{-1, 24'720}, {1, 7'841}}));
  const Dataset test = Read("a9a/a9a.t.gz");
  ExpectShape(test, 16'281, 122, LabelKind::kMinusOnePlusOne);
  EXPECT_EQ(LabelCounts(test), (Counts{{-1, 12'435}, {1, 3'846}}));
  EXPECT_EQ(Read("a9a/a9a.t.gz", {.num_columns = 123}).num_columns(), 123u);
}

TEST_F(RealData, W8aWithRowsWithoutFeatures) {
  const Dataset data = Read("w8a/w8a.gz");
  ExpectShape(data, 49'749, 300, LabelKind::kMinusOnePlusOne);
  EXPECT_EQ(data.num_nonzeros(), 579'586u);
  EXPECT_EQ(LabelCounts(data), (Counts{{-1, 48'270}, {1, 1'479}}));
  int empty = 0;
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    empty += data.Row(row).index.empty() ? 1 : 0;
  }
  EXPECT_EQ(empty, 4'203);
}

TEST_F(RealData, Agaricus) {
  const Dataset train = Read("agaricus/agaricus.txt.train.gz");
  ExpectShape(train, 6'513, 126, LabelKind::kZeroOne);
  EXPECT_EQ(LabelCounts(train), (Counts{{0, 3'373}, {1, 3'140}}));
  const Dataset test = Read("agaricus/agaricus.txt.test.gz");
  ExpectShape(test, 1'611, 126, LabelKind::kZeroOne);
  EXPECT_EQ(LabelCounts(test), (Counts{{0, 835}, {1, 776}}));
  const Dataset derived = Read("agaricus/mushrooms-derived.svm.gz");
  ExpectShape(derived, 8'124, 112, LabelKind::kOneTwo);
  EXPECT_EQ(LabelCounts(derived), (Counts{{1, 4'208}, {2, 3'916}}));
}

TEST_F(RealData, Rcv1Small) {
  const Dataset data = Read("rcv1_small/rcv1_small_train.svm.gz");
  ExpectShape(data, 1'000, 47'117, LabelKind::kMinusOnePlusOne);
  EXPECT_EQ(LabelCounts(data), (Counts{{-1, 541}, {1, 459}}));
  ExpectShape(
      Read("rcv1_small/rcv1_small_test.svm.gz", {.num_columns = 47'117}), 500,
      47'117, LabelKind::kMinusOnePlusOne);
}

TEST_F(RealData, HeartScale) {
  const Dataset data = Read("heart_scale");
  ExpectShape(data, 270, 13, LabelKind::kMinusOnePlusOne);
  EXPECT_EQ(LabelCounts(data), (Counts{{-1, 150}, {1, 120}}));
}

TEST_F(RealData, Housing) {
  ExpectShape(Read("regression/housing_scale.gz"), 506, 13, LabelKind::kReal);
}

TEST_F(RealData, CaliforniaHousing) {
  const std::string name = "regression/cal_housing.csv.gz";
  const Dataset data = Read(name);
  ExpectShape(data, 20'640, 8, LabelKind::kReal);
  EXPECT_EQ(data.labels()[0], 452'600.0);
  EXPECT_EQ(data.DenseRow(0)[0], -122.23f);
  EXPECT_EQ(data.DenseRow(0)[7], 8.3252f);
  const Dataset income = Read(name, {.target = "medianIncome"});
  EXPECT_EQ(income.labels()[0], 8.3252);
  EXPECT_EQ(income.DenseRow(0)[7], 452'600.0f);
}

}  // namespace
}  // namespace tortoise
