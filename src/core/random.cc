// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/core/random.h"

#include <Random123/philox.h>

#include <cmath>
#include <numbers>

namespace tortoise {

namespace {

r123::Philox4x64::ctr_type Block(const std::array<std::uint64_t, 2>& stream,
                                 std::uint64_t a, std::uint64_t b,
                                 std::uint64_t c) {
  const r123::Philox4x64::ctr_type counter = {{a, b, c, 0}};
  const r123::Philox4x64::key_type key = {{stream[0], stream[1]}};
  return r123::Philox4x64()(counter, key);
}

}  // namespace

std::array<std::uint64_t, 4> RandomStream::Bits(std::uint64_t a,
                                                std::uint64_t b,
                                                std::uint64_t c) const {
  const auto bits = Block(key_, a, b, c);
  return {bits[0], bits[1], bits[2], bits[3]};
}

// Not through Bits: the compiler drops what the other three words take.
double RandomStream::Uniform(std::uint64_t a, std::uint64_t b,
                             std::uint64_t c) const {
  return ToUnit(Block(key_, a, b, c)[0]);
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
