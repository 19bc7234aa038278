// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>

namespace tortoise::internal {

struct Integral {
  double value = 0.0;
  double error = 0.0;  // estimate, absolute
};

/// The integral of Pr(Y > x) over x from `from` to infinity. `survival` must
/// not increase; `scale` > 0 is about where it falls, measured from `from`.
/// Infinite if the tail shows that it diverges. To a relative error of about
/// 1e-10 where `survival` is smooth. A kink at which it begins to fall may cost
/// 1e-6 of the scale, which `error` does not show.
[[nodiscard]] Integral IntegrateSurvival(
    const std::function<double(double)>& survival, double from, double scale);

}  // namespace tortoise::internal
