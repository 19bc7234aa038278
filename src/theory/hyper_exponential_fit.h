// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>

#include "theory/delay_sample.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise::internal {

/// The mixture of two exponentials of largest likelihood, by expectation
/// maximisation.
///
/// Reference: Dempster, Laird, Rubin, "Maximum Likelihood from Incomplete Data
/// via the EM Algorithm", J. Royal Statistical Society B 39, 1977.
[[nodiscard]] std::optional<DelayLaw> FitHyperExponential(
    const DelaySample& sample);

}  // namespace tortoise::internal
