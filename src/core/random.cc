// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/core/random.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace tortoise {

std::array<std::uint64_t, 4> RandomStream::Bits(std::uint64_t a,
                                                std::uint64_t b,
                                                std::uint64_t c) const {
  const r123::Philox4x64::ctr_type counter = {{a, b, c, 0}};
  const r123::Philox4x64::key_type key = {{key_[0], key_[1]}};
  const auto bits = r123::Philox4x64()(counter, key);
  return {bits[0], bits[1], bits[2], bits[3]};
}

double RandomSequence::Normal() {
  if (has_spare_) {
    has_spare_ = false;
    return spare_;
  }
  const double radius = std::sqrt(-2.0 * std::log(Uniform()));
  const double angle = 2.0 * std::numbers::pi * Uniform();
  spare_ = radius * std::sin(angle);
  has_spare_ = true;
  return radius * std::cos(angle);
}

}  // namespace tortoise
