// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tortoise/core/aligned.h"
#include "tortoise/core/words.h"

namespace tortoise {

/// One row of a sparse matrix: value[k] sits in column index[k].
struct SparseRow {
  std::span<const std::uint32_t> index;  // [nnz], strictly increasing
  std::span<const float> value;          // [nnz]
};

/// How the labels of a data set are written, recognised from their values: the
/// first three need both values, so a lone +1 is a class.
enum class LabelKind {
  kMinusOnePlusOne,  // -1 and +1
  kZeroOne,          // 0 and 1
  kOneTwo,           // 1 and 2
  kClasses,          // at most 1,000 distinct integers, none of the above
  kReal,             // anything else: a regression target
};

inline constexpr Word<LabelKind> kLabelKindWords[] = {
    {LabelKind::kMinusOnePlusOne, "-1/+1"},
    {LabelKind::kZeroOne, "0/1"},
    {LabelKind::kOneTwo, "1/2"},
    {LabelKind::kClasses, "classes"},
    {LabelKind::kReal, "real"}};
constexpr std::span<const Word<LabelKind>> WordsOf(LabelKind) {
  return kLabelKindWords;
}

/// Rows and their labels: sparse (compressed rows) or dense (row-major).
/// Rows without any feature are kept. Immutable once made, so any number of
/// threads may read it; share it as std::shared_ptr<const Dataset>.
class Dataset {
 public:
  /// Row r has entries [offsets[r], offsets[r + 1]) of `index` and `value`.
  /// Requires: offsets.size() == labels.size() + 1, offsets[0] == 0,
  /// non-decreasing, ending with index.size() == value.size(); indices strictly
  /// increasing in a row and < num_columns; labels finite.
  /// Throws std::invalid_argument if that does not hold.
  static Dataset Sparse(std::vector<std::uint64_t> offsets,
                        std::vector<std::uint32_t> index,
                        std::vector<float> value, std::vector<double> labels,
                        std::size_t num_columns);

  /// `values` is [num_rows x num_columns], row-major; labels finite. Throws
  /// std::invalid_argument if that does not hold.
  static Dataset Dense(AlignedVector<float> values, std::vector<double> labels,
                       std::size_t num_columns);

  [[nodiscard]] bool is_sparse() const { return is_sparse_; }
  [[nodiscard]] std::size_t num_rows() const { return labels_.size(); }
  [[nodiscard]] std::size_t num_columns() const { return num_columns_; }

  /// Stored entries; rows x columns if dense.
  [[nodiscard]] std::size_t num_nonzeros() const { return value_.size(); }

  /// Requires is_sparse() and row < num_rows().
  [[nodiscard]] SparseRow Row(std::size_t row) const {
    const std::size_t begin = offsets_[row];
    const std::size_t count = offsets_[row + 1] - begin;
    return {{index_.data() + begin, count}, {value_.data() + begin, count}};
  }

  /// [num_columns]. Requires !is_sparse() and row < num_rows().
  [[nodiscard]] std::span<const float> DenseRow(std::size_t row) const {
    return {value_.data() + row * num_columns_, num_columns_};
  }

  /// As written in the file, [num_rows].
  [[nodiscard]] std::span<const double> labels() const { return labels_; }
  [[nodiscard]] LabelKind label_kind() const { return label_kind_; }

  /// The distinct labels in increasing order; empty if label_kind() is kReal.
  [[nodiscard]] std::span<const double> classes() const { return classes_; }

 private:
  Dataset() = default;
  void RecogniseLabels();

  bool is_sparse_ = false;
  std::size_t num_columns_ = 0;
  std::vector<std::uint64_t> offsets_;
  std::vector<std::uint32_t> index_;
  AlignedVector<float> value_;
  std::vector<double> labels_;
  LabelKind label_kind_ = LabelKind::kReal;
  std::vector<double> classes_;
};

}  // namespace tortoise
