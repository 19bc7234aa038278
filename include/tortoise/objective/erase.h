// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>

#include "tortoise/core/aligned.h"
#include "tortoise/core/random.h"
#include "tortoise/objective/any_objective.h"
#include "tortoise/objective/objective.h"
#include "tortoise/objective/sparse_kernels.h"

// The body of `Erase`; include any_objective.h instead. Installed because it is
// a template over the user's type: nothing here is named by anybody else.

namespace tortoise {
namespace internal {

/// A type of any of the three concepts as an AnyObjective. What the type does
/// itself is passed on; what it lacks is made from the rest:
///
///     has                    Gradient              SparseGradient
///     a dense gradient       its own               logic_error, or its own
///     only a sparse one      scattered from that   its own
///     rows and slopes        scattered from rows   rows into the view
///
/// Costs one virtual call per mini-batch. A type with only a sparse gradient
/// pays for its dense one: [d] parameters are copied for every mini-batch, and
/// each instance keeps that copy. Nothing else is allocated by a call. Belongs
/// to one thread, as the type does; `Clone` copies the type as it was given, so
/// that scratch memory is not shared.
template <typename T, typename F>
class Erased final : public AnyObjective<T> {
  static constexpr bool kDense = Objective<F, T>;
  static constexpr bool kSparse = SparseObjective<F, T>;
  static constexpr bool kScatters = kSparse && !kDense;

 public:
  explicit Erased(const F& objective)
      : f_(objective),
        copy_(kScatters ? num_parameters() : 0),
        view_(std::span<T>(copy_)) {
    if constexpr (!kDense && !kSparse) {
      if (num_samples() == 0) {
        throw std::invalid_argument("a linear objective needs samples");
      }
    }
  }

  // A copy would share the scratch memory behind `view_`.
  Erased(const Erased&) = delete;
  Erased& operator=(const Erased&) = delete;

  [[nodiscard]] std::unique_ptr<AnyObjective<T>> Clone() const override {
    return std::make_unique<Erased>(f_);
  }
  [[nodiscard]] std::size_t num_parameters() const override {
    return static_cast<std::size_t>(f_.num_parameters());
  }
  [[nodiscard]] std::size_t num_samples() const override {
    return static_cast<std::size_t>(f_.num_samples());
  }

  double Loss(std::span<const T> w, Batch batch) override {
    if constexpr (kDense || kSparse) {
      return static_cast<double>(f_.Loss(w, batch));
    } else {
      return LinearMean(batch, w, [](SparseRow, T) {});
    }
  }

  double Gradient(std::span<const T> w, Batch batch,
                  std::span<T> gradient) override {
    if constexpr (kDense) {
      return static_cast<double>(f_.Gradient(w, batch, gradient));
    } else if constexpr (kSparse) {
      return ScatteredGradient(w, batch, gradient);
    } else {
      std::ranges::fill(gradient, T{0});
      return LinearMean(
          batch, w, [&](SparseRow x, T scale) { AddRow(x, scale, gradient); });
    }
  }

  [[nodiscard]] bool is_sparse() const override {
    return kSparse || SparseLinearObjective<F>;
  }

  double SparseGradient(SparseView<T>& view, Batch batch) override {
    if constexpr (kSparse) {
      return static_cast<double>(f_.Gradient(view, batch));
    } else if constexpr (SparseLinearObjective<F>) {
      return LinearMean(batch, view,
                        [&](SparseRow x, T scale) { AddRow(x, scale, view); });
    } else {
      return AnyObjective<T>::SparseGradient(view, batch);
    }
  }

  std::optional<std::size_t> CountCorrect(std::span<const T> w,
                                          Batch batch) override {
    if constexpr (requires { f_.CountCorrect(w, batch); }) {
      return f_.CountCorrect(w, batch);
    } else {
      return AnyObjective<T>::CountCorrect(w, batch);
    }
  }

  void Initialize(std::span<T> w, const RandomStream& stream) const override {
    if constexpr (requires { f_.Initialize(w, stream); }) {
      f_.Initialize(w, stream);
    } else if constexpr (requires(F & f) { f.Initialize(w, stream); }) {
      F scratch = f_;  // not const in F, but const here
      scratch.Initialize(w, stream);
    } else {
      AnyObjective<T>::Initialize(w, stream);
    }
  }

 private:
  // The dense gradient of a type that only knows the sparse one: through a
  // view over a private copy of w, because a view wants memory that may be
  // written. Entries are added in the order in which they were noted.
  double ScatteredGradient(std::span<const T> w, Batch batch,
                           std::span<T> gradient) {
    std::ranges::copy(w, copy_.begin());
    view_.Clear();
    const double loss = static_cast<double>(f_.Gradient(view_, batch));
    std::ranges::fill(gradient, T{0});
    for (const auto& entry : view_.entries()) {
      gradient[entry.index] += entry.value;
    }
    return loss;
  }

  // The mean loss of a linear objective; `add(x_i, slope_i / |batch|)` is
  // called once per sample, in order of the batch. `parameters` is a span or a
  // view. Sums are in double whatever T is, so float and double see the same
  // margins; only what is added to the gradient is rounded to T.
  template <typename Parameters, typename Add>
  double LinearMean(Batch batch, const Parameters& parameters, Add add) const {
    const double share = 1.0 / static_cast<double>(batch.size());
    double total = 0.0;
    for (const Sample sample : batch) {
      const auto i = static_cast<std::size_t>(sample);
      const SparseRow x = f_.Row(i);
      const double margin = Margin(x, parameters);
      total += static_cast<double>(f_.Loss(margin, i));
      add(x, static_cast<T>(static_cast<double>(f_.Slope(margin, i)) * share));
    }
    return total * share;
  }

  F f_;
  AlignedVector<T> copy_;
  SparseView<T> view_;
};

}  // namespace internal

template <typename T, typename F>
requires Objective<F, T> || SparseObjective<F, T> || SparseLinearObjective<F>
    std::unique_ptr<AnyObjective<T>> Erase(const F& objective) {
  return std::make_unique<internal::Erased<T, F>>(objective);
}

}  // namespace tortoise
