// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/sampler.h"
#include "engine/ticket.h"
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

  /// The contribution of a ticket: a gradient at its snapshot, or with several
  /// local steps the change after as many from it. Its vector stays until the
  /// next one is computed. Nothing if `cancelled` said so on the way. May throw
  /// what the objective throws.
  std::optional<Contribution<T>> Contribute(const Ticket<T>& ticket,
                                            const Cancelled& cancelled);

  /// The same for one gradient on parameters that others write meanwhile;
  /// leaves it in view.entries(). Requires a sparse objective.
  double ContributeSparse(int worker, SparseView<T>& view,
                          std::int64_t gradient);

 private:
  std::optional<double> Gradient(int worker, std::span<const T> w,
                                 std::int64_t gradient,
                                 const Cancelled& cancelled);

  std::optional<double> LocalSteps(const Ticket<T>& ticket,
                                   const Cancelled& cancelled);

  std::unique_ptr<AnyObjective<T>> objective_;
  Sampler sampler_;
  AlignedVector<T> contribution_;
  AlignedVector<T> chunk_gradient_;  // if a mini-batch has several chunks
  AlignedVector<T> local_;           // once there are local steps
};

}  // namespace tortoise::internal
