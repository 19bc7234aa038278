// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tortoise/data/dataset.h"

namespace tortoise::internal {

/// The labels of `data` as y = -1 (the smaller of the two labels of `train`)
/// or +1. Throws std::invalid_argument, naming `objective`, unless `train` has
/// exactly two distinct labels and `data` no other.
[[nodiscard]] std::shared_ptr<const std::vector<double>> SignedLabels(
    const std::string& objective, const Dataset& data, const Dataset& train);

/// The labels of `data` as classes: their places, from 0, among the distinct
/// labels of `train` in increasing order. Throws std::invalid_argument, naming
/// `objective`, unless `train` has at least two distinct labels, all integers,
/// and `data` no other.
[[nodiscard]] std::shared_ptr<const std::vector<std::uint32_t>> ClassLabels(
    const std::string& objective, const Dataset& data, const Dataset& train);

}  // namespace tortoise::internal
