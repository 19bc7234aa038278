// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_tape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>
#include <vector>

namespace tortoise {

namespace {

// Quantiles do not decrease: if the first is the last, all are the same. Most
// laws need not be asked.
std::optional<double> OnlyValue(const DelaySource& source) {
  constexpr double kLargestUniform = 1.0 - 0x1p-53;
  const DelayLaw* law = source.law();
  if (law == nullptr || law->mean() != law->lowest()) return std::nullopt;
  const double highest = law->Quantile(kLargestUniform);
  if (highest != law->lowest()) return std::nullopt;
  return highest;
}

}  // namespace

DelayTape::DelayTape(DelaySource source, std::uint64_t seed,
                     std::uint64_t repeat)
    : source_(std::move(source)),
      always_(OnlyValue(source_)),
      stream_(seed, repeat, Purpose::kDelay) {}

std::optional<double> DelayTape::Work(std::uint64_t worker,
                                      std::uint64_t gradient) const {
  if (always_) return always_;
  if (const DelayLaw* law = source_.law()) {
    return law->Quantile(Uniform(worker, gradient));
  }
  const Trace& trace = *source_.trace();
  if (worker >= trace.seconds.size()) return std::nullopt;
  const std::vector<double>& seconds = trace.seconds[worker];
  if (gradient >= seconds.size()) return std::nullopt;
  return seconds[gradient];
}

double DelayTape::Uniform(std::uint64_t worker, std::uint64_t gradient) const {
  return RandomStream::ToUnit(
      stream_.Bits(worker, gradient / kPerBlock)[gradient % kPerBlock]);
}

void DelayTape::DrawBlock(std::uint64_t worker, std::uint64_t block,
                          std::span<double, kPerBlock> seconds) const {
  if (always_) {
    std::ranges::fill(seconds, *always_);
    return;
  }
  if (const DelayLaw* law = source_.law()) {
    const auto bits = stream_.Bits(worker, block);
    for (std::size_t k = 0; k < kPerBlock; ++k) {
      seconds[k] = RandomStream::ToUnit(bits[k]);
    }
    law->Quantiles(seconds);
    return;
  }
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  for (std::size_t k = 0; k < kPerBlock; ++k) {
    seconds[k] = Work(worker, block * kPerBlock + k).value_or(kNaN);
  }
}

std::optional<double> DelayTape::Work(std::uint64_t worker,
                                      std::uint64_t gradient,
                                      std::uint64_t count) const {
  if (count == 1) return Work(worker, gradient);
  std::array<double, kPerBlock> block;
  double sum = 0.0;
  for (std::uint64_t i = gradient; i < gradient + count; ++i) {
    if (i == gradient || i % kPerBlock == 0) {
      DrawBlock(worker, i / kPerBlock, block);
    }
    sum += block[i % kPerBlock];
  }
  if (std::isnan(sum)) return std::nullopt;
  return sum;
}

RoundDelays::RoundDelays(DelayLaw law, std::uint64_t seed, std::uint64_t repeat)
    : law_(std::move(law)),
      is_zero_(law_.mean() == 0.0),
      stream_(seed, repeat, Purpose::kRoundDelay) {}

}  // namespace tortoise
