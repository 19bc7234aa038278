// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tortoise/data/dataset.h"

namespace tortoise {

/// A row number in [0, num_samples()), or, if num_samples() is 0, one of
/// 2^64 random draws from an unlimited population.
using Sample = std::uint64_t;
using Batch = std::span<const Sample>;

/// A function that can be minimised by stochastic gradients:
///
///     F(w) = (1/n) sum_i f_i(w)
///
///     num_parameters()     d, constant
///     num_samples()        n, constant; 0 for an unlimited population
///     Loss(w, batch)       (1/|batch|) sum of f_i(w); with n = 0 an empty
///                          batch asks for the exact F(w)
///     Gradient(w, batch, g)  writes the gradient of that mean into g, [d], and
///                          returns the mean loss
///
/// Every worker has its own copy, so an objective may hold scratch memory and
/// needs no locks; data behind it should be shared and const. w and g start on
/// 64 bytes. May throw: the run stops and the exception reaches the caller.
template <typename F, typename T>
concept Objective = std::copy_constructible<F> &&
    requires(F& f, const F& c, std::span<const T> w, Batch batch,
             std::span<T> gradient) {
  { c.num_parameters() } -> std::convertible_to<std::size_t>;
  { c.num_samples() } -> std::convertible_to<std::size_t>;
  { f.Loss(w, batch) } -> std::convertible_to<double>;
  { f.Gradient(w, batch, gradient) } -> std::convertible_to<double>;
};

/// Parameters that other workers write at the same time, as a sparse objective
/// sees them: single coordinates can be read, and additions are noted.
///
/// `Load` is a relaxed atomic read. `Add` is private to this worker until
/// the engine writes the contribution into the shared parameters. Belongs to
/// one worker.
template <typename T>
class SparseView {
 public:
  struct Entry {
    std::uint32_t index;
    T value;
  };

  explicit SparseView(std::span<T> shared) : shared_(shared) {}

  [[nodiscard]] std::size_t size() const { return shared_.size(); }

  /// Requires j < size().
  [[nodiscard]] T Load(std::size_t j) const {
    return std::atomic_ref<T>(shared_[j]).load(std::memory_order_relaxed);
  }
  /// Adds `value` to coordinate j of the gradient. Repeats are fine.
  void Add(std::size_t j, T value) {
    entries_.push_back({static_cast<std::uint32_t>(j), value});
  }

  /// The gradient noted so far.
  [[nodiscard]] std::span<const Entry> entries() const { return entries_; }
  void Clear() { entries_.clear(); }

 private:
  std::span<T> shared_;
  std::vector<Entry> entries_;
};

/// An objective whose terms touch few parameters each, and that reads them only
/// through a view (matrix factorisation, graph cuts):
///
///     Loss(w, batch)        as in `Objective`
///     Gradient(view, batch) adds the gradient of the mean loss of the batch to
///                           the view, coordinate by coordinate, and returns
///                           the mean loss
template <typename F, typename T>
concept SparseObjective = std::copy_constructible<F> &&
    requires(F& f, const F& c, std::span<const T> w, Batch batch,
             SparseView<T>& view) {
  { c.num_parameters() } -> std::convertible_to<std::size_t>;
  { c.num_samples() } -> std::convertible_to<std::size_t>;
  { f.Loss(w, batch) } -> std::convertible_to<double>;
  { f.Gradient(view, batch) } -> std::convertible_to<double>;
};

/// A linear model on sparse rows; the library does the dot products and the
/// updates, and the objective never sees the parameters:
///
///     f_i(w) = loss(<x_i, w>, y_i)
///
///     Row(i)       x_i; valid until the objective is destroyed
///     Loss(m, i)   f_i at margin m = <x_i, w>
///     Slope(m, i)  d f_i / d m, so grad f_i = Slope(m, i) * x_i
///
/// Reference: Niu, Recht, Re, Wright, "HOGWILD!", NIPS 2011, section 2.
template <typename F>
concept SparseLinearObjective = std::copy_constructible<F> &&
    requires(const F& f, std::size_t i, double margin) {
  { f.num_samples() } -> std::convertible_to<std::size_t>;
  { f.num_parameters() } -> std::convertible_to<std::size_t>;
  { f.Row(i) } -> std::same_as<SparseRow>;
  { f.Loss(margin, i) } -> std::convertible_to<double>;
  { f.Slope(margin, i) } -> std::convertible_to<double>;
};

}  // namespace tortoise
