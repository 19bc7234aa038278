// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/worker_seconds.h"

#include <algorithm>
#include <cmath>

namespace tortoise::internal {
namespace {

constexpr double kNanosecond = 1e-9;

}  // namespace

void TimeHistogram::Count(double seconds) {
  const double octaves = std::log2(std::max(seconds / kNanosecond, 1.0));
  const auto last = static_cast<double>(bins_.size() - 1);
  ++bins_[static_cast<std::size_t>(std::min(octaves * kPerOctave, last))];
  ++total_;
}

void TimeHistogram::Merge(const TimeHistogram& other) {
  for (std::size_t i = 0; i < bins_.size(); ++i) bins_[i] += other.bins_[i];
  total_ += other.total_;
}

std::optional<double> TimeHistogram::Quantile(double q) const {
  if (total_ == 0) return std::nullopt;
  const double wanted = q * static_cast<double>(total_);
  std::uint64_t seen = 0;
  for (std::size_t i = 0; i < bins_.size(); ++i) {
    seen += bins_[i];
    if (seen > 0 && static_cast<double>(seen) >= wanted) {
      const double middle = (static_cast<double>(i) + 0.5) / kPerOctave;
      return kNanosecond * std::exp2(middle);
    }
  }
  return std::nullopt;
}

void WorkerSeconds::Merge(const WorkerSeconds& other) {
  computing += other.computing;
  straggling += other.straggling;
  waiting += other.waiting;
  communicating += other.communicating;
  cancelled += other.cancelled;
  processor_seconds += other.processor_seconds;
  gradients_computed += other.gradients_computed;
  gradients_pushed += other.gradients_pushed;
  overshoot.Merge(other.overshoot);
}

}  // namespace tortoise::internal
