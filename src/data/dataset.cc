// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/dataset.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

namespace tortoise {
namespace {

constexpr std::size_t kMaxClasses = 1'000;

struct OwnedSparse {
  std::vector<std::uint64_t> offsets;
  std::vector<std::uint32_t> index;
  AlignedVector<float> value;
  std::vector<double> labels;
};

struct OwnedDense {
  AlignedVector<float> values;
  std::vector<double> labels;
};

void Require(bool holds, const char* what) {
  if (!holds) throw std::invalid_argument(std::string("data set: ") + what);
}

void RequireFinite(std::span<const double> labels) {
  Require(
      std::ranges::all_of(labels, [](double y) { return std::isfinite(y); }),
      "labels must be finite");
}

void RequireIncreasing(std::span<const std::uint32_t> index,
                       std::size_t num_columns) {
  for (std::size_t k = 1; k < index.size(); ++k) {
    Require(index[k - 1] < index[k],
            "indices must be strictly increasing in a row");
  }
  Require(index.empty() || index.back() < num_columns,
          "indices must be below num_columns");
}

// The distinct labels in increasing order, or nothing if one is not an integer
// or there are more than kMaxClasses.
std::optional<std::vector<double>> DistinctIntegers(
    std::span<const double> labels) {
  std::vector<double> distinct;
  for (const double label : labels) {
    const auto place = std::ranges::lower_bound(distinct, label);
    if (place != distinct.end() && *place == label) continue;
    if (label != std::floor(label) || distinct.size() == kMaxClasses) {
      return std::nullopt;
    }
    distinct.insert(place, label + 0.0);  // + 0.0 turns -0 into 0
  }
  return distinct;
}

LabelKind KindOf(const std::vector<double>& classes) {
  if (classes == std::vector<double>{-1.0, 1.0}) {
    return LabelKind::kMinusOnePlusOne;
  }
  if (classes == std::vector<double>{0.0, 1.0}) return LabelKind::kZeroOne;
  if (classes == std::vector<double>{1.0, 2.0}) return LabelKind::kOneTwo;
  return LabelKind::kClasses;
}

}  // namespace

Dataset Dataset::Sparse(std::vector<std::uint64_t> offsets,
                        std::vector<std::uint32_t> index,
                        std::vector<float> value, std::vector<double> labels,
                        std::size_t num_columns) {
  auto owner = std::make_shared<OwnedSparse>();
  owner->offsets = std::move(offsets);
  owner->index = std::move(index);
  owner->value.assign(value.begin(), value.end());
  owner->labels = std::move(labels);
  const SparseArrays arrays = {owner->offsets, owner->index, owner->value,
                               owner->labels};
  return Sparse(arrays, num_columns, std::move(owner));
}

Dataset Dataset::Sparse(const SparseArrays& arrays, std::size_t num_columns,
                        std::shared_ptr<const void> owner) {
  const auto& [offsets, index, value, labels] = arrays;
  Require(offsets.size() == labels.size() + 1,
          "offsets must be one more than labels");
  Require(offsets.front() == 0, "offsets must begin with 0");
  Require(std::ranges::is_sorted(offsets), "offsets must not decrease");
  Require(offsets.back() == index.size(), "offsets must end with the entries");
  Require(index.size() == value.size(), "indices and values must be as many");
  RequireFinite(labels);
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const std::size_t begin = offsets[row];
    RequireIncreasing(index.subspan(begin, offsets[row + 1] - begin),
                      num_columns);
  }
  Dataset data;
  data.is_sparse_ = true;
  data.num_columns_ = num_columns;
  data.offsets_ = offsets;
  data.index_ = index;
  data.value_ = value;
  data.labels_ = labels;
  data.owner_ = std::move(owner);
  data.RecogniseLabels();
  return data;
}

Dataset Dataset::Dense(AlignedVector<float> values, std::vector<double> labels,
                       std::size_t num_columns) {
  auto owner = std::make_shared<OwnedDense>();
  owner->values = std::move(values);
  owner->labels = std::move(labels);
  return Dense(std::span<const float>(owner->values), owner->labels,
               num_columns, owner);
}

Dataset Dataset::Dense(std::span<const float> values,
                       std::span<const double> labels, std::size_t num_columns,
                       std::shared_ptr<const void> owner) {
  const bool fits =
      labels.empty() || num_columns <= std::numeric_limits<std::size_t>::max() /
                                           sizeof(float) / labels.size();
  Require(fits && values.size() == labels.size() * num_columns,
          "values must be rows x columns");
  RequireFinite(labels);
  Dataset data;
  data.num_columns_ = num_columns;
  data.value_ = values;
  data.labels_ = labels;
  data.owner_ = std::move(owner);
  data.RecogniseLabels();
  return data;
}

void Dataset::RecogniseLabels() {
  std::optional<std::vector<double>> distinct = DistinctIntegers(labels_);
  if (!distinct || distinct->empty()) return;
  label_kind_ = KindOf(*distinct);
  classes_ = std::move(*distinct);
}

}  // namespace tortoise
