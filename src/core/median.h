// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <vector>

namespace tortoise::internal {

/// The mean of the two middle values; NaN of none.
[[nodiscard]] double Median(std::vector<double> values);

}  // namespace tortoise::internal
