// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <span>

namespace tortoise {

// The arithmetic of the worker rule and the server rule. T is float or double.
// All take O(d), allocate nothing and are safe from any thread as long as
// nobody writes what they read. Each coordinate is computed on its own, so the
// result does not depend on how a compiler vectorises.

/// The step of plain stochastic gradient descent, on a worker (tau local
/// steps) or in place:
///
///     w <- w + scale * x
///
/// `scale` is minus the step size if x is a gradient. Requires equal sizes; x
/// may be w itself, but must not overlap it in part.
template <typename T>
void AddScaled(std::span<T> w, std::span<const T> x, T scale);

/// Adds a contribution to the sum of an update, in order of arrival:
///
///     total <- total + x
///
/// Requires equal sizes; no partial overlap.
template <typename T>
void Accumulate(std::span<T> total, std::span<const T> x);

/// Makes the next version of the model in one pass:
///
///     after <- before + scale * sum
///
/// For K contributions that are gradients, `scale` is minus the step size over
/// K; for changes, 1 / K. Reads `before` and writes `after`, so that workers
/// may still read the old version. Requires equal sizes; no overlap but
/// after = before.
template <typename T>
void ServerStep(std::span<const T> before, std::span<const T> sum, T scale,
                std::span<T> after);

/// Is no element infinite or NaN? An empty x is finite.
template <typename T>
[[nodiscard]] bool IsFinite(std::span<const T> x);

}  // namespace tortoise
