// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>

#include "theory/delay_sample.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise::internal {

/// How far off an exact value may be, and the share of values that may be off
/// by more; see DelayFitOptions.
struct AtomTolerance {
  double seconds;
  double outliers;
};

/// A law without density, with its log-likelihood: the logarithm of a value's
/// probability, less that of the width of what counts as this value.
struct AtomFit {
  DelayLaw law;
  double log_likelihood;
  double mean_error;
  DelayDistance distance;
};

/// Nothing if other values occur than the one. Requires: an exact observation.
[[nodiscard]] std::optional<AtomFit> FitConstant(const DelaySample& sample,
                                                 const AtomTolerance& within);

/// Nothing if other values occur than two. A slow value that was never observed
/// whole, only cancelled, is put at the longest time that it is known to take,
/// and the error of the mean is NaN.
[[nodiscard]] std::optional<AtomFit> FitTwoSpeed(const DelaySample& sample,
                                                 const AtomTolerance& within);

}  // namespace tortoise::internal
