// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_tape.h"

#include <stdexcept>
#include <utility>

namespace tortoise {

double MeanDelay(const DelaySource& source) {
  if (const auto* law = std::get_if<DelayLaw>(&source)) return law->mean();
  return std::get<std::shared_ptr<const Trace>>(source)->Mean();
}

DelayTape::DelayTape(DelaySource source, std::uint64_t seed,
                     std::uint64_t repeat)
    : source_(std::move(source)), stream_(seed, repeat, Purpose::kDelay) {
  const auto* trace = std::get_if<std::shared_ptr<const Trace>>(&source_);
  if (trace != nullptr && *trace == nullptr) {
    throw std::invalid_argument("trace must not be null");
  }
}

std::optional<double> DelayTape::Work(std::uint64_t worker,
                                      std::uint64_t gradient) const {
  return WorkAt(worker, gradient, Uniform(worker, gradient));
}

std::optional<double> DelayTape::WorkAt(std::uint64_t worker,
                                        std::uint64_t gradient,
                                        double uniform) const {
  if (const auto* law = std::get_if<DelayLaw>(&source_)) {
    return law->Quantile(uniform);
  }
  const Trace& trace = *std::get<std::shared_ptr<const Trace>>(source_);
  if (worker >= trace.seconds.size()) return std::nullopt;
  const std::vector<double>& seconds = trace.seconds[worker];
  if (gradient >= seconds.size()) return std::nullopt;
  return seconds[gradient];
}

std::optional<double> DelayTape::Work(std::uint64_t worker,
                                      std::uint64_t gradient,
                                      std::uint64_t count) const {
  double sum = 0.0;
  for (std::uint64_t k = 0; k < count; ++k) {
    const std::optional<double> work = Work(worker, gradient + k);
    if (!work) return std::nullopt;
    sum += *work;
  }
  return sum;
}

RoundDelays::RoundDelays(DelayLaw law, std::uint64_t seed, std::uint64_t repeat)
    : law_(std::move(law)),
      is_zero_(law_.mean() == 0.0),
      stream_(seed, repeat, Purpose::kRoundDelay) {}

double RoundDelays::Seconds(std::uint64_t update) const {
  return is_zero_ ? 0.0 : law_.Quantile(stream_.Uniform(update));
}

}  // namespace tortoise
