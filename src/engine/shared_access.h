// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <optional>

#include "engine/computation.h"
#include "tortoise/memory/shared_parameters.h"

namespace tortoise::internal {

/// How one worker reads and writes parameters that others read and write at the
/// same time. One per worker, used by its thread.
template <typename T>
class SharedAccess {
 public:
  using Cancelled = typename Computation<T>::Cancelled;

  virtual ~SharedAccess() = default;

  /// Computes the contribution that its worker was released for, from the
  /// parameters as they are meanwhile. The vector stays here. Nothing if
  /// `cancelled` said so on the way.
  virtual std::optional<Contribution<T>> Contribute(
      const Release& release, const Cancelled& cancelled) = 0;

  /// w += scale * vector, for the last contribution. What its worker carries on
  /// is kept with it.
  virtual void Write(const Contribution<T>& contribution, T scale) = 0;
};

/// Coordinate by coordinate if the objective can and a contribution is one
/// gradient; else by way of a private copy of all parameters.
template <typename T>
[[nodiscard]] std::unique_ptr<SharedAccess<T>> MakeSharedAccess(
    SharedParameters<T>& shared, Computation<T>& computation,
    bool by_coordinate);

}  // namespace tortoise::internal
