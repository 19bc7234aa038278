// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

#include "tortoise/straggler/delay_law.h"

namespace tortoise::internal {

/// The law of X_1 + ... + X_draws.
struct SumLaw {
  std::function<double(double)> survival;  // Pr(S > x), for x >= lowest
  double lowest = 0.0;
  double scale = 1.0;         // about where it falls, measured from `lowest`
  std::vector<double> atoms;  // all values, rising, if there are finitely many
  bool is_lattice = false;    // `survival` has an error of the order of width^2
};

/// `law` itself if it is a mixture, a limit or a special case of another one
/// that has simpler formulas, then that: a gamma law of shape 1 is exponential.
[[nodiscard]] DelayLaw Simplified(const DelayLaw& law);

/// Exact for one draw and for constant, two-speed, exponential, shifted
/// exponential and gamma draws. Others are put on lattices of `cells` cells
/// that keep the mean, and convolved; survival stays relatively precise down to
/// where it is below `least_survival` beyond all scales that matter.
[[nodiscard]] SumLaw MakeSumLaw(const DelayLaw& law, std::int64_t draws,
                                std::size_t cells, double least_survival);

}  // namespace tortoise::internal
