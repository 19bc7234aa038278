// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/evaluator.h"

#include <algorithm>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

#include "core/parallel.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kBlockRows = 1024;

struct BlockScore {
  double loss = 0.0;  // sum over the rows
  std::size_t correct = 0;
  bool is_classifier = false;
};

}  // namespace

template <typename T>
typename Evaluator<T>::Clone Evaluator<T>::TakeClone() {
  {
    const MutexLock lock(mutex_);
    if (!idle_.empty()) {
      Clone clone = std::move(idle_.back());
      idle_.pop_back();
      return clone;
    }
  }
  return objective_.Clone();
}

template <typename T>
void Evaluator<T>::ReturnClone(Clone clone) {
  const MutexLock lock(mutex_);
  idle_.push_back(std::move(clone));
}

template <typename T>
Score Evaluator<T>::Evaluate(std::span<const T> w, bool with_accuracy) {
  const std::size_t n = objective_.num_samples();
  if (n == 0) return {TakeClone()->Loss(w, {}), std::nullopt};

  std::vector<BlockScore> blocks((n + kBlockRows - 1) / kBlockRows);
  ForEachBlock(blocks.size(), [&](std::size_t b) {
    const std::size_t begin = b * kBlockRows;
    std::vector<Sample> rows(std::min(kBlockRows, n - begin));
    std::iota(rows.begin(), rows.end(), begin);
    Clone objective = TakeClone();
    BlockScore& block = blocks[b];
    block.loss = objective->Loss(w, rows) * static_cast<double>(rows.size());
    if (with_accuracy) {
      const auto correct = objective->CountCorrect(w, rows);
      block.is_classifier = correct.has_value();
      block.correct = correct.value_or(0);
    }
    ReturnClone(std::move(objective));
  });

  Score score{0.0, std::nullopt};
  std::size_t correct = 0;
  for (const BlockScore& block : blocks) {
    score.loss += block.loss;
    correct += block.correct;
  }
  const auto count = static_cast<double>(n);
  score.loss /= count;
  if (blocks.front().is_classifier) {
    score.accuracy = static_cast<double>(correct) / count;
  }
  return score;
}

template class Evaluator<float>;
template class Evaluator<double>;

}  // namespace tortoise::internal
