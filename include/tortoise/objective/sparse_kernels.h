// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <span>

#include "tortoise/objective/objective.h"

namespace tortoise::internal {

// What `Erase` makes of a linear objective's rows, and the stock models do with
// theirs. No part of the interface: installed because `Erase` is a template.

/// The margin of a sparse row,
///
///     m = sum_k x.value[k] * load(x.index[k]),
///
/// summed in double in the order of the row, so that float and double
/// parameters, private or shared, go through the same sum. One load, product
/// and addition per entry, each waiting for the one before.
template <typename Load>
[[nodiscard]] double MarginOf(SparseRow x, Load load) {
  double margin = 0.0;
  for (std::size_t k = 0; k < x.index.size(); ++k) {
    margin +=
        static_cast<double>(x.value[k]) * static_cast<double>(load(x.index[k]));
  }
  return margin;
}

/// Over private parameters. Requires every x.index[k] < w.size().
template <typename T>
[[nodiscard]] double Margin(SparseRow x, std::span<const T> w) {
  return MarginOf(x, [w](std::size_t j) { return w[j]; });
}

/// Over parameters that others write: each is loaded once.
template <typename T>
[[nodiscard]] double Margin(SparseRow x, const SparseView<T>& view) {
  return MarginOf(x, [&view](std::size_t j) { return view.Load(j); });
}

/// gradient[j] += scale * x[j] for each j in the support of x.
template <typename T>
void AddRow(SparseRow x, T scale, std::span<T> gradient) {
  for (std::size_t k = 0; k < x.index.size(); ++k) {
    gradient[x.index[k]] += scale * static_cast<T>(x.value[k]);
  }
}

/// The same into the gradient of a view: one entry per element of the row.
template <typename T>
void AddRow(SparseRow x, T scale, SparseView<T>& view) {
  for (std::size_t k = 0; k < x.index.size(); ++k) {
    view.Add(x.index[k], scale * static_cast<T>(x.value[k]));
  }
}

}  // namespace tortoise::internal
