// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <span>

#include "engine/model_pool.h"
#include "tortoise/core/aligned.h"

namespace tortoise::internal {

/// The one model of a server, version by version: a function of the
/// contributions and of their order alone. Not thread-safe; versions may be
/// read by anybody who holds a reference.
template <typename T>
class ServerModel {
 public:
  /// `reserved` buffers are made at once, beside the current one.
  ServerModel(std::span<const T> initial, std::size_t reserved);

  /// Takes a contribution, [num_parameters]. The `quorum` of its update says
  /// whether it will be alone there: then it is used where it lies, and must
  /// stay until the update.
  void Add(std::span<const T> contribution, int quorum);

  /// Makes the next version of what was added since the last one:
  ///
  ///     after = before - (step / K) sum of gradients      one local step
  ///     after = before + (1 / K) sum of changes           more
  ///
  /// Returns false if it has a NaN or an infinity; the model stays then.
  [[nodiscard]] bool Update(int quorum, int local_steps, double step);

  [[nodiscard]] const ModelRef<T>& current() const { return current_; }

 private:
  ModelPool<T> pool_;
  ModelRef<T> current_;
  AlignedVector<T> sum_;
  std::span<const T> total_;  // sum_, or the only contribution
  int num_added_ = 0;
};

}  // namespace tortoise::internal
