// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <vector>

#include "tortoise/straggler/delay_law.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise {

/// n independent times, of which the k-th smallest is asked for. Time i is
///
///     Y_i = (X_1 + ... + X_draws) / v_i,    X independent with the same law
///
/// and v_i is its speed: 1 for all of them if `speeds` is empty. Speeds that
/// are equal cost nothing extra.
struct OrderStatistic {
  DelayLaw law;
  std::int64_t n = 1;               // >= 1
  std::int64_t k = 1;               // 1 (the minimum) ... n (the maximum)
  std::int64_t draws = 1;           // >= 1
  std::vector<double> speeds = {};  // [n], > 0

  // Asked for is E[max(floor, Y_(k:n))]. Seconds, >= 0.
  double floor = 0.0;
};

/// E[max(floor, Y_(k:n))], in seconds. In closed form for
///
///     constant             value
///     uniform              low + (high - low) k / (n + 1)
///     shifted-exponential  shift + mean (H_n - H_(n-k)); exponential: shift 0
///     pareto               scale G(n+1) G(n-k+1-1/a) / (G(n-k+1) G(n+1-1/a)),
///                          with G the gamma function and a the shape
///     weibull, k = 1       scale n^(-1/shape) G(1 + 1/shape)
///
/// and by sums over the possible values for constant and two-speed. Otherwise
///
///     E = integral from 0 of Pr(Y_(k:n) > x) dx
///
/// by quadrature: Pr is an incomplete beta function of Pr(Y > x) for equal
/// speeds and the tail of a Poisson-binomial distribution for others, O(n^2) at
/// each of some hundred points. Sums of exponential and gamma draws are gamma;
/// those of other laws are convolved on lattices of two widths, whose
/// difference gives the error.
///
/// `value` is infinity where the expectation is infinite: a Pareto law of shape
/// a has it if (n - k + 1) a <= 1. There is no value, and a reason, where no
/// error can be promised. Throws std::invalid_argument for numbers out of
/// range. Thread-safe.
///
/// Reference: David, Nagaraja, "Order Statistics", 3rd ed., 2003, sec. 3.1.
[[nodiscard]] Expectation ExpectedOrderStatistic(const OrderStatistic& what);

}  // namespace tortoise
