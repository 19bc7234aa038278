// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <span>

#include "tortoise/core/random.h"
#include "tortoise/objective/objective.h"

namespace tortoise {

/// An objective behind virtual functions: what the engines run. One virtual
/// call per mini-batch costs nothing beside the gradient. T is float or double.
///
/// Users implement a concept of objective.h and call `Erase`; the stock
/// objectives derive from this class.
template <typename T>
class AnyObjective {
 public:
  virtual ~AnyObjective() = default;

  /// A copy for another worker.
  [[nodiscard]] virtual std::unique_ptr<AnyObjective> Clone() const = 0;

  [[nodiscard]] virtual std::size_t num_parameters() const = 0;
  [[nodiscard]] virtual std::size_t num_samples() const = 0;
  virtual double Loss(std::span<const T> w, Batch batch) = 0;
  virtual double Gradient(std::span<const T> w, Batch batch,
                          std::span<T> gradient) = 0;

  /// Can the gradient be computed coordinate by coordinate on parameters that
  /// others write (`SparseGradient`)?
  [[nodiscard]] virtual bool is_sparse() const { return false; }

  /// As SparseObjective::Gradient. Requires is_sparse(); throws
  /// std::logic_error without.
  virtual double SparseGradient(SparseView<T>& view, Batch batch);

  /// Number of samples of the batch that the model classifies rightly; nothing
  /// if this is not a classifier.
  virtual std::optional<std::size_t> CountCorrect(std::span<const T> w,
                                                  Batch batch);

  /// Writes the initial parameters, a function of the stream alone. Zeros
  /// unless the model needs otherwise.
  virtual void Initialize(std::span<T> w, const RandomStream& stream) const;
};

/// Wraps a user's objective. If F models both a dense and a sparse concept,
/// both are used; what it lacks is made from the rest:
///
///     Objective              dense gradient only
///     SparseObjective        dense gradient by way of a view over a copy of w
///     SparseLinearObjective  both gradients from rows and slopes
///
/// Two members more are used if F has them: `CountCorrect(w, batch)`, the
/// number of samples classified rightly, and `Initialize(w, stream)`, which
/// writes the initial parameters. Copies `objective`.
template <typename T, typename F>
requires Objective<F, T> || SparseObjective<F, T> || SparseLinearObjective<F>
[[nodiscard]] std::unique_ptr<AnyObjective<T>> Erase(const F& objective);

}  // namespace tortoise

#include "tortoise/objective/erase.h"  // IWYU pragma: export
