// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/dataset.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Dataset WithLabels(const std::vector<double>& labels) {
  return Dataset::Dense(AlignedVector<float>(labels.size()), labels, 1);
}

// --- Rows --------------------------------------------------------------------

TEST(Dataset, ShowsSparseRowsAndKeepsEmptyOnes) {
  const Dataset data = Dataset::Sparse({0, 2, 2, 3}, {1, 4, 0},
                                       {0.5f, 2.0f, 3.0f}, {1, -1, 1}, 6);
  EXPECT_TRUE(data.is_sparse());
  EXPECT_EQ(data.num_rows(), 3u);
  EXPECT_EQ(data.num_columns(), 6u);
  EXPECT_EQ(data.num_nonzeros(), 3u);
  EXPECT_THAT(data.Row(0).index, ElementsAre(1u, 4u));
  EXPECT_THAT(data.Row(0).value, ElementsAre(0.5f, 2.0f));
  EXPECT_THAT(data.Row(1).index, IsEmpty());
  EXPECT_THAT(data.Row(2).index, ElementsAre(0u));
  EXPECT_THAT(data.labels(), ElementsAre(1.0, -1.0, 1.0));
}

TEST(Dataset, ShowsDenseRows) {
  const Dataset data = Dataset::Dense({1, 2, 3, 4, 5, 6}, {0.5, 1.5}, 3);
  EXPECT_FALSE(data.is_sparse());
  EXPECT_EQ(data.num_rows(), 2u);
  EXPECT_EQ(data.num_columns(), 3u);
  EXPECT_EQ(data.num_nonzeros(), 6u);
  EXPECT_THAT(data.DenseRow(1), ElementsAre(4.0f, 5.0f, 6.0f));
}

// --- Memory ------------------------------------------------------------------

struct Mapped {
  std::vector<std::uint64_t> offsets = {0, 1, 3};
  std::vector<std::uint32_t> index = {2, 0, 1};
  std::vector<float> value = {1, 2, 3};
  std::vector<double> labels = {0, 1};
};

TEST(Dataset, ReadsTheMemoryOfAnOwnerInPlace) {
  auto file = std::make_shared<const Mapped>();
  const Dataset sparse = Dataset::Sparse(
      {file->offsets, file->index, file->value, file->labels}, 3, file);
  EXPECT_EQ(sparse.Row(1).index.data(), &file->index[1]);
  EXPECT_EQ(sparse.Row(1).value.data(), &file->value[1]);
  EXPECT_EQ(sparse.labels().data(), file->labels.data());
  EXPECT_EQ(sparse.label_kind(), LabelKind::kZeroOne);

  const Dataset dense =
      Dataset::Dense(std::span(file->value).first(2), file->labels, 1, file);
  EXPECT_EQ(dense.DenseRow(1).data(), &file->value[1]);
}

TEST(Dataset, KeepsItsOwnerAsLongAsTheLastCopy) {
  auto file = std::make_shared<const Mapped>();
  const std::weak_ptr<const Mapped> alive = file;
  {
    const SparseArrays arrays = {file->offsets, file->index, file->value,
                                 file->labels};
    auto first =
        std::make_unique<Dataset>(Dataset::Sparse(arrays, 3, std::move(file)));
    const Dataset copy = *first;
    EXPECT_EQ(copy.Row(0).value.data(), first->Row(0).value.data());
    first.reset();
    EXPECT_FALSE(alive.expired());
    EXPECT_THAT(copy.Row(1).value, ElementsAre(2.0f, 3.0f));
  }
  EXPECT_TRUE(alive.expired());
}

TEST(Dataset, ChecksTheMemoryOfAnOwnerToo) {
  const Mapped file;
  EXPECT_THROW(
      (void)Dataset::Sparse({file.offsets, file.index, file.value, file.labels},
                            2, nullptr),
      std::invalid_argument);
  EXPECT_THROW((void)Dataset::Dense(std::span<const float>(file.value),
                                    file.labels, 2, nullptr),
               std::invalid_argument);
}

TEST(Dataset, TakesTheLargestIndexOf32Bits) {
  const std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  const std::size_t columns = std::size_t{1} << 32;
  const Dataset data = Dataset::Sparse({0, 1}, {last}, {1.0f}, {1}, columns);
  EXPECT_EQ(data.Row(0).index.front(), last);
}

TEST(Dataset, CanBeEmpty) {
  EXPECT_EQ(Dataset::Sparse({0}, {}, {}, {}, 0).num_rows(), 0u);
  EXPECT_EQ(WithLabels({}).num_rows(), 0u);
  EXPECT_EQ(WithLabels({}).label_kind(), LabelKind::kReal);
}

// --- Labels ------------------------------------------------------------------

TEST(Dataset, RecognisesTheConventionsOfTwoClasses) {
  const Dataset signs = WithLabels({1, -1, -1});
  EXPECT_EQ(signs.label_kind(), LabelKind::kMinusOnePlusOne);
  EXPECT_THAT(signs.classes(), ElementsAre(-1.0, 1.0));
  EXPECT_EQ(WithLabels({1, 0}).label_kind(), LabelKind::kZeroOne);
  EXPECT_EQ(WithLabels({-0.0, 1, 0}).label_kind(), LabelKind::kZeroOne);
  EXPECT_EQ(WithLabels({2, 1, 2}).label_kind(), LabelKind::kOneTwo);
}

TEST(Dataset, TakesOtherIntegersAsClasses) {
  const Dataset data = WithLabels({7, 3, 3, 1, 7});
  EXPECT_EQ(data.label_kind(), LabelKind::kClasses);
  EXPECT_THAT(data.classes(), ElementsAre(1.0, 3.0, 7.0));
  EXPECT_EQ(WithLabels({0, 1, 2}).label_kind(), LabelKind::kClasses);
  EXPECT_EQ(WithLabels({1}).label_kind(), LabelKind::kClasses);
  EXPECT_EQ(WithLabels({0, 2}).label_kind(), LabelKind::kClasses);
}

TEST(Dataset, TakesFractionsAndManyIntegersAsReal) {
  EXPECT_EQ(WithLabels({0, 1, 0.5}).label_kind(), LabelKind::kReal);
  EXPECT_THAT(WithLabels({0, 1, 0.5}).classes(), IsEmpty());
  std::vector<double> labels(1'000);
  for (std::size_t i = 0; i < labels.size(); ++i) {
    labels[i] = static_cast<double>(i);
  }
  EXPECT_EQ(WithLabels(labels).label_kind(), LabelKind::kClasses);
  labels.push_back(1'000);
  EXPECT_EQ(WithLabels(labels).label_kind(), LabelKind::kReal);
}

TEST(LabelKind, HasAName) {
  EXPECT_STREQ(ToString(LabelKind::kMinusOnePlusOne), "-1/+1");
  EXPECT_STREQ(ToString(LabelKind::kZeroOne), "0/1");
  EXPECT_STREQ(ToString(LabelKind::kOneTwo), "1/2");
  EXPECT_STREQ(ToString(LabelKind::kClasses), "classes");
  EXPECT_STREQ(ToString(LabelKind::kReal), "real");
}

// --- Misuse ------------------------------------------------------------------

TEST(Dataset, RefusesOffsetsThatDoNotFit) {
  using Bad = std::invalid_argument;
  EXPECT_THROW((void)Dataset::Sparse({}, {}, {}, {}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 1}, {0}, {1}, {1, 1}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({1, 1}, {0}, {1}, {1}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 2, 1}, {0}, {1}, {1, 1}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 0}, {0}, {1}, {1}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 2}, {0}, {1}, {1}, 1), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 1}, {0}, {1, 2}, {1}, 1), Bad);
}

TEST(Dataset, RefusesIndicesThatDoNotIncreaseOrAreTooLarge) {
  using Bad = std::invalid_argument;
  EXPECT_THROW((void)Dataset::Sparse({0, 2}, {1, 1}, {1, 1}, {1}, 9), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 2}, {2, 1}, {1, 1}, {1}, 9), Bad);
  EXPECT_THROW((void)Dataset::Sparse({0, 1}, {9}, {1}, {1}, 9), Bad);
}

TEST(Dataset, RefusesDenseValuesOfTheWrongSize) {
  using Bad = std::invalid_argument;
  EXPECT_THROW((void)Dataset::Dense({1, 2, 3}, {1, 1}, 2), Bad);
  // 2 x 2^63 wraps around to 0.
  EXPECT_THROW((void)Dataset::Dense({}, {1, 1}, std::size_t{1} << 63), Bad);
}

TEST(Dataset, RefusesLabelsThatAreNotFinite) {
  EXPECT_THROW((void)WithLabels({1, std::nan("")}), std::invalid_argument);
  EXPECT_THROW((void)WithLabels({std::numeric_limits<double>::infinity()}),
               std::invalid_argument);
}

}  // namespace
}  // namespace tortoise
