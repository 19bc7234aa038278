// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>

#include "tortoise/core/random.h"

namespace tortoise::internal {

/// What a generator draws; each has numbers of its own, so that two data sets
/// of one seed have nothing in common.
enum class Drawn : std::uint64_t {
  kDigitsRow = 0,
  kSparseRow = 1,
  kSparseModel = 2,
  kRegressionRow = 3,
  kRegressionModel = 4,
};

/// The random numbers of one row (of one model: row 0). Rows are independent
/// of each other, so that any thread may make any row.
[[nodiscard]] inline RandomSequence RowSequence(std::uint64_t seed,
                                                std::size_t row, Drawn drawn) {
  return RandomSequence(RandomStream(seed, 0, Purpose::kData), row,
                        static_cast<std::uint64_t>(drawn));
}

/// Rows that one thread makes at a time.
inline constexpr std::size_t kRowsPerBlock = 256;

[[nodiscard]] inline std::size_t NumRowBlocks(std::size_t rows) {
  return (rows + kRowsPerBlock - 1) / kRowsPerBlock;
}

}  // namespace tortoise::internal
