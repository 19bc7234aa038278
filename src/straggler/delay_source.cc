// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

#include "core/check.h"

namespace tortoise {

DelaySource::DelaySource(DelayLaw law) : source_(std::move(law)) {}

DelaySource::DelaySource(std::shared_ptr<const Trace> trace)
    : source_(std::move(trace)) {
  internal::Require(this->trace() != nullptr, "trace must not be null");
}

const Trace* DelaySource::trace() const {
  const auto* trace = std::get_if<std::shared_ptr<const Trace>>(&source_);
  return trace == nullptr ? nullptr : trace->get();
}

double DelaySource::Mean() const {
  return law() != nullptr ? law()->mean() : trace()->Mean();
}

double DelaySource::Lowest() const {
  constexpr double kLeastUniform = 0x1p-53;  // no stream draws less
  if (law() != nullptr) return law()->Quantile(kLeastUniform);
  double lowest = std::numeric_limits<double>::infinity();
  for (const std::vector<double>& worker : trace()->seconds) {
    for (const double seconds : worker) lowest = std::min(lowest, seconds);
  }
  return lowest;
}

std::optional<int> DelaySource::num_workers() const {
  if (law() != nullptr) return std::nullopt;
  return static_cast<int>(trace()->seconds.size());
}

std::optional<tortoise::Violation> DelaySource::Violation(
    int num_workers) const {
  if (law() != nullptr) return std::nullopt;
  if (*this->num_workers() < num_workers) {
    return tortoise::Violation{
        "delay", fmt::format("the trace has {} workers, {} are needed",
                             *this->num_workers(), num_workers)};
  }
  for (const std::vector<double>& worker : trace()->seconds) {
    for (const double seconds : worker) {
      if (!std::isfinite(seconds) || seconds < 0.0) {
        return tortoise::Violation{
            "delay", internal::Broken("a delay of the trace", seconds,
                                      "a finite number >= 0")
                         .text};
      }
    }
  }
  return std::nullopt;
}

bool DelaySource::operator==(const DelaySource& other) const {
  if (law() != nullptr || other.law() != nullptr) {
    return law() != nullptr && other.law() != nullptr && *law() == *other.law();
  }
  return trace() == other.trace() || trace()->seconds == other.trace()->seconds;
}

}  // namespace tortoise
