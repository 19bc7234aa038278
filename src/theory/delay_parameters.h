// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <vector>

#include "theory/delay_sample.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise::internal {

/// The parameters of a law that has a density as real numbers: the logarithm of
/// each value of its keys, in their order. The two probabilities of a
/// hyper-exponential are one number, the logarithm of their quotient.
[[nodiscard]] std::vector<double> ToReals(const DelayLaw& law);

/// The law like `example` with other parameters; nothing if it takes no such.
[[nodiscard]] std::optional<DelayLaw> FromReals(
    const DelayLaw& example, const std::vector<double>& reals);

/// Standard error of law.mean() from the observed information in all parameters
/// but the ends of the support, which are known far better. NaN if there is
/// none.
[[nodiscard]] double MeanError(const DelayLaw& law, const DelaySample& sample);

}  // namespace tortoise::internal
