// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
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

/// Compressed rows: row r has the entries [offsets[r], offsets[r + 1]) of
/// `index` and `value`.
struct SparseArrays {
  std::span<const std::uint64_t> offsets;  // [num_rows + 1], from 0 to nnz
  std::span<const std::uint32_t> index;    // [nnz], increasing in each row
  std::span<const float> value;            // [nnz]
  std::span<const double> labels;          // [num_rows], finite
};

/// Rows and their labels: sparse (compressed rows) or dense (row-major).
/// Rows without any feature are kept.
///
/// Immutable once made, so any number of threads may read it. A copy shares
/// the memory and costs no more than the list of classes: what lies behind the
/// rows lives as long as the last of all copies.
class Dataset {
 public:
  /// Takes arrays over; `value` is copied once, onto a cache line.
  ///
  /// Requires: offsets.size() == labels.size() + 1, offsets[0] == 0,
  /// non-decreasing, ending with index.size() == value.size(); indices strictly
  /// increasing in a row and < num_columns; labels finite. Throws
  /// std::invalid_argument if that does not hold, which costs one pass over
  /// indices and labels.
  static Dataset Sparse(std::vector<std::uint64_t> offsets,
                        std::vector<std::uint32_t> index,
                        std::vector<float> value, std::vector<double> labels,
                        std::size_t num_columns);

  /// The same over memory that is read in place, such as a file mapped into
  /// memory: `owner` keeps it alive and unchanged. Requires and costs as above,
  /// but for the copy.
  static Dataset Sparse(const SparseArrays& arrays, std::size_t num_columns,
                        std::shared_ptr<const void> owner);

  /// Takes arrays over: `values` is [num_rows x num_columns], row-major; labels
  /// finite. Throws std::invalid_argument if that does not hold, which costs
  /// one pass over the labels.
  static Dataset Dense(AlignedVector<float> values, std::vector<double> labels,
                       std::size_t num_columns);

  /// The same over memory that `owner` keeps alive and unchanged.
  static Dataset Dense(std::span<const float> values,
                       std::span<const double> labels, std::size_t num_columns,
                       std::shared_ptr<const void> owner);

  /// Decides between `Row` and `DenseRow`; the same for all rows.
  [[nodiscard]] bool is_sparse() const { return is_sparse_; }
  [[nodiscard]] std::size_t num_rows() const { return labels_.size(); }
  [[nodiscard]] std::size_t num_columns() const { return num_columns_; }

  /// Stored entries; rows x columns if dense.
  [[nodiscard]] std::size_t num_nonzeros() const { return value_.size(); }

  /// Valid as long as the data set or a copy. Two loads; no check. Requires
  /// is_sparse() and row < num_rows().
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
  // Over memory of `owner_`.
  std::span<const std::uint64_t> offsets_;
  std::span<const std::uint32_t> index_;
  std::span<const float> value_;
  std::span<const double> labels_;
  std::shared_ptr<const void> owner_;
  LabelKind label_kind_ = LabelKind::kReal;
  std::vector<double> classes_;
};

}  // namespace tortoise
