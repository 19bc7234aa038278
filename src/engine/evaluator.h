// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "tortoise/core/mutex.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise::internal {

/// What a model is worth on a data set.
struct Score {
  double loss;                     // mean over all samples
  std::optional<double> accuracy;  // share classified rightly, if a classifier
};

/// Computes losses over all samples on all processors: fixed blocks of rows,
/// added up in order, so that the result has the same bits on any number of
/// threads. One call at a time.
template <typename T>
class Evaluator {
 public:
  explicit Evaluator(const AnyObjective<T>& objective)
      : objective_(objective) {}

  [[nodiscard]] Score Evaluate(std::span<const T> w, bool with_accuracy);

 private:
  using Clone = std::unique_ptr<AnyObjective<T>>;

  Clone TakeClone();
  void ReturnClone(Clone clone);

  const AnyObjective<T>& objective_;
  Mutex mutex_;
  // Objectives hold scratch memory: one per user.
  std::vector<Clone> idle_ TORTOISE_GUARDED_BY(mutex_);
};

}  // namespace tortoise::internal
