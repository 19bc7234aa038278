// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "tortoise/core/aligned.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise::internal {

/// F and its gradient over a fixed set of rows, on all processors: blocks of
/// rows, added up in order, so that the sums have the same bits on any number
/// of threads. One call at a time.
template <typename T>
class FullGradient {
 public:
  /// At most `most_rows` of the samples, drawn without replacement, stand for
  /// all. An unlimited population (num_samples() = 0) has an exact gradient.
  FullGradient(const AnyObjective<T>& objective, std::size_t most_rows);

  /// F(w); its gradient is in `gradient()` until the next call.
  double Compute(std::span<const T> w);
  [[nodiscard]] const std::vector<double>& gradient() const {
    return gradient_;
  }

  /// The rows that stand for all; empty for an unlimited population.
  [[nodiscard]] const std::vector<Sample>& rows() const { return rows_; }
  [[nodiscard]] bool is_subset() const { return is_subset_; }

 private:
  static constexpr std::size_t kBlocks = 16;

  struct Block {
    std::unique_ptr<AnyObjective<T>> objective;  // holds scratch memory
    std::span<const Sample> rows;
    AlignedVector<T> gradient;
    double loss = 0.0;
  };

  std::vector<Sample> rows_;
  bool is_subset_ = false;
  std::vector<Block> blocks_;
  std::vector<double> gradient_;
};

}  // namespace tortoise::internal
