// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/fit/full_gradient.h"

#include <algorithm>
#include <numeric>

#include "core/parallel.h"
#include "tortoise/core/random.h"

namespace tortoise::internal {

template <typename T>
FullGradient<T>::FullGradient(const AnyObjective<T>& objective,
                              std::size_t most_rows)
    : rows_(objective.num_samples()), gradient_(objective.num_parameters()) {
  std::iota(rows_.begin(), rows_.end(), Sample{0});
  if (rows_.size() > most_rows) {
    is_subset_ = true;
    RandomSequence random(RandomStream(1, 0, Purpose::kSample));
    for (std::size_t k = 0; k < most_rows; ++k) {
      std::swap(rows_[k], rows_[k + random.Index(rows_.size() - k)]);
    }
    rows_.resize(most_rows);
    std::sort(rows_.begin(), rows_.end());
  }
  const std::size_t n = rows_.size();
  const std::size_t size =
      std::max<std::size_t>(1, (n + kBlocks - 1) / kBlocks);
  for (std::size_t begin = 0; begin < std::max<std::size_t>(n, 1);
       begin += size) {
    Block block;
    block.objective = objective.Clone();
    block.rows = std::span<const Sample>(rows_).subspan(
        begin, std::min(size, n - begin));
    block.gradient.resize(objective.num_parameters());
    blocks_.push_back(std::move(block));
  }
}

template <typename T>
double FullGradient<T>::Compute(std::span<const T> w) {
  ForEachBlock(blocks_.size(), [&](std::size_t b) {
    Block& block = blocks_[b];
    block.loss = block.objective->Gradient(w, block.rows, block.gradient);
  });
  std::fill(gradient_.begin(), gradient_.end(), 0.0);
  double loss = 0.0;
  for (const Block& block : blocks_) {
    const double share = rows_.empty()
                             ? 1.0
                             : static_cast<double>(block.rows.size()) /
                                   static_cast<double>(rows_.size());
    loss += share * block.loss;
    for (std::size_t k = 0; k < gradient_.size(); ++k) {
      gradient_[k] += share * static_cast<double>(block.gradient[k]);
    }
  }
  return loss;
}

template class FullGradient<float>;
template class FullGradient<double>;

}  // namespace tortoise::internal
