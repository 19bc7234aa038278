// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/sampler.h"
#include "tortoise/core/aligned.h"
#include "tortoise/engine/options.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise::internal {

/// What a worker computes: contributions, from a snapshot and the index of
/// their first draw alone. So it is the same on either clock and on any thread.
/// Has scratch memory: one per thread that computes.
template <typename T>
class Computation {
 public:
  /// Samples per call of the objective: between chunks a computation looks
  /// whether it was cancelled. Mini-batches up to this size are one chunk.
  static constexpr std::size_t kChunk = 256;

  using Cancelled = std::function<bool()>;

  Computation(const AnyObjective<T>& objective, const RunOptions& options);

  /// From now on: tau and the eta of local steps. Default: those of the
  /// options.
  void SetLocalSteps(int local_steps, double step_size);

  /// Computes the contribution of `worker` that starts at draw `gradient`: a
  /// gradient at
  /// `snapshot`, or with local_steps > 1 the change after as many steps from
  /// it. Returns the mean mini-batch loss, or nothing if `cancelled` said so
  /// on the way. May throw what the objective throws.
  std::optional<double> Contribute(int worker, std::span<const T> snapshot,
                                   std::int64_t gradient,
                                   const Cancelled& cancelled);

  /// The last contribution, [num_parameters].
  [[nodiscard]] std::span<const T> contribution() const {
    return contribution_;
  }

  /// The same for one gradient on parameters that others write meanwhile;
  /// leaves it in view.entries(). Requires a sparse objective.
  double ContributeSparse(int worker, SparseView<T>& view,
                          std::int64_t gradient);

 private:
  std::optional<double> Gradient(int worker, std::span<const T> w,
                                 std::int64_t gradient,
                                 const Cancelled& cancelled);

  std::unique_ptr<AnyObjective<T>> objective_;
  Sampler sampler_;
  int local_steps_ = 1;
  T step_size_{};
  AlignedVector<T> contribution_;
  AlignedVector<T> chunk_gradient_;  // if a mini-batch has several chunks
  AlignedVector<T> local_;           // if there are local steps
};

}  // namespace tortoise::internal
