// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/objective/any_objective.h"

#include <algorithm>
#include <stdexcept>

namespace tortoise {

template <typename T>
double AnyObjective<T>::SparseGradient(SparseView<T>&, Batch) {
  throw std::logic_error(
      "this objective has no sparse gradient: ask is_sparse() first");
}

template <typename T>
std::optional<std::size_t> AnyObjective<T>::CountCorrect(std::span<const T>,
                                                         Batch) {
  return std::nullopt;
}

template <typename T>
void AnyObjective<T>::Initialize(std::span<T> w, const RandomStream&) const {
  std::ranges::fill(w, T{0});
}

template class AnyObjective<float>;
template class AnyObjective<double>;

}  // namespace tortoise
