// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <vector>

namespace tortoise::internal {

/// A point of a simplex search.
struct SimplexPoint {
  std::vector<double> x;
  double value;
};

/// Minimises `f` near `start` without derivatives, for a few variables that are
/// all of the order 1 (logarithms, say). `f` may return infinity, and NaN
/// counts as such. Ends when the values of the simplex agree to `tolerance` and
/// a second simplex, started at the best point, finds nothing better.
///
/// Reference: Nelder, Mead, "A simplex method for function minimization",
/// Computer Journal 7, 1965.
[[nodiscard]] SimplexPoint NelderMead(
    const std::function<double(const std::vector<double>&)>& f,
    std::vector<double> start, double step, double tolerance);

}  // namespace tortoise::internal
