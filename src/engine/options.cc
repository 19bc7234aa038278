// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/options.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "core/check.h"

namespace tortoise {
namespace {

using internal::Broken;

constexpr int kMostSnapshots = 1'000'000;

std::optional<Violation> StopViolation(const StopRule& stop,
                                       std::size_t num_samples) {
  if (std::isnan(stop.seconds) || stop.seconds <= 0.0) {
    return Broken("stop.seconds", stop.seconds, "> 0");
  }
  if (stop.updates < 1) {
    return Broken("stop.updates", stop.updates, ">= 1");
  }
  if (std::isnan(stop.epochs) || stop.epochs <= 0.0) {
    return Broken("stop.epochs", stop.epochs, "> 0");
  }
  if (std::isfinite(stop.epochs) && num_samples == 0) {
    return Violation{"stop.epochs",
                     "stop.epochs needs an objective with a number of samples"};
  }
  if (std::isinf(stop.seconds) && std::isinf(stop.epochs) &&
      stop.updates == StopRule::kNever) {
    return Violation{
        "stop",
        "one of stop.seconds, stop.updates and stop.epochs must be given"};
  }
  if (stop.target_loss && !std::isfinite(*stop.target_loss)) {
    return Broken("stop.target_loss", *stop.target_loss, "a finite number");
  }
  return std::nullopt;
}

std::optional<Violation> ClockViolation(const RunOptions& options) {
  const double compute = options.compute_seconds;
  if (!std::isfinite(compute) || compute < 0.0) {
    return Broken("compute_seconds", compute, "a finite number >= 0");
  }
  if (options.clock == Clock::kWall) {
    if (compute == 0.0) return std::nullopt;
    return Violation{"compute_seconds",
                     "compute_seconds needs the virtual clock: on real threads "
                     "a gradient takes what it takes"};
  }
  if (compute == 0.0 && options.delay.Lowest() == 0.0) {
    return Violation{"delay",
                     "in virtual time a delay that can be 0 needs "
                     "compute_seconds > 0: else endless gradients could "
                     "happen in no time"};
  }
  return std::nullopt;
}

std::optional<Violation> ReportViolation(const ReportOptions& report) {
  if (report.snapshots < 1) {
    return Broken("report.snapshots", report.snapshots, ">= 1");
  }
  if (report.snapshots > kMostSnapshots) {
    return Broken("report.snapshots", report.snapshots, "<= 1000000");
  }
  if (report.contributions < 0) {
    return Broken("report.contributions", report.contributions, ">= 0");
  }
  if (report.target_loss && !std::isfinite(*report.target_loss)) {
    return Broken("report.target_loss", *report.target_loss, "a finite number");
  }
  return std::nullopt;
}

}  // namespace

std::optional<tortoise::Violation> RunOptions::Violation(
    std::size_t num_samples) const {
  if (auto violation = method.Violation()) return violation;
  if (batch_size < 1) return Broken("batch_size", batch_size, ">= 1");
  if (!std::isfinite(step_size) || step_size <= 0.0) {
    return Broken("step_size", step_size, "a finite number > 0");
  }
  if (auto violation = speed.Violation(method.num_workers)) {
    return violation;
  }
  if (auto violation = delay.Violation(method.num_workers)) {
    return violation;
  }
  if (auto violation = ClockViolation(*this)) return violation;
  if (repeat >= std::uint64_t{1} << 32)
    return tortoise::Violation{"repeat", "repeat must be < 2^32"};
  if (auto violation = StopViolation(stop, num_samples)) return violation;
  return ReportViolation(report);
}

}  // namespace tortoise
