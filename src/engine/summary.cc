// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/summary.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

namespace tortoise {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

std::string Percent(double part, double whole) {
  return whole > 0.0 ? fmt::format("{:5.1f} %", 100.0 * part / whole) : "-";
}

}  // namespace

double Summary::initial_loss() const {
  return curve.empty() ? kNaN : curve.front().loss;
}

double Summary::final_loss() const {
  // The last update is a row of the curve, and grid points after it repeat it.
  return curve.empty() ? kNaN : curve.back().loss;
}

double Summary::best_loss() const {
  double best = kNaN;
  for (const CurvePoint& point : curve) {
    if (std::isfinite(point.loss) && !(point.loss >= best)) best = point.loss;
  }
  return best;
}

double Summary::seconds_per_update() const {
  return updates > 0 ? last_update_seconds / static_cast<double>(updates)
                     : kNaN;
}

std::optional<double> Summary::SecondsTo(double loss) const {
  for (const CurvePoint& point : curve) {
    if (point.loss <= loss) return point.seconds;
  }
  return std::nullopt;
}

std::string Summary::BriefReport() const {
  return fmt::format(
      "{}: loss {:.6g} -> {:.6g} in {:.3f} s, {} updates, mean staleness "
      "{:.2f}, {} workers",
      ToString(termination), initial_loss(), final_loss(), seconds, updates,
      staleness.total() > 0 ? staleness.Mean() : 0.0, num_workers);
}

std::string Summary::FullReport() const {
  std::string report = BriefReport() + "\n";
  const auto line = [&report](const char* name, const std::string& value) {
    report += fmt::format("  {:<24}{}\n", name, value);
  };
  if (!message.empty()) line("message", message);
  line("seconds per update", fmt::format("{:.6g}", seconds_per_update()));
  line("gradients started", fmt::format("{}", gradients.started));
  line("  applied", fmt::format("{}", gradients.applied));
  line("  cancelled", fmt::format("{}", gradients.cancelled));
  line("  dropped", fmt::format("{}", gradients.dropped));
  line("  unfinished", fmt::format("{}", gradients.unfinished));
  if (staleness.total() > 0) {
    line("staleness p50 p99 max",
         fmt::format("{} {} {}", staleness.Quantile(0.5),
                     staleness.Quantile(0.99), staleness.Max()));
    line("fresh", fmt::format("{:.1f} %", 100.0 * staleness.FreshFraction()));
  }
  const double whole = worker_seconds.computing + worker_seconds.straggling +
                       worker_seconds.waiting + worker_seconds.communicating +
                       worker_seconds.cancelled;
  line("workers: computing", Percent(worker_seconds.computing, whole));
  line("  straggling", Percent(worker_seconds.straggling, whole));
  line("  waiting", Percent(worker_seconds.waiting, whole));
  line("  communicating", Percent(worker_seconds.communicating, whole));
  line("  cancelled", Percent(worker_seconds.cancelled, whole));
  if (delay_overshoot.p50) {
    line("delay overshoot p50 p99",
         fmt::format("{:.3g} s {:.3g} s", *delay_overshoot.p50,
                     delay_overshoot.p99.value_or(0.0)));
  }
  if (compute_load) line("compute load", fmt::format("{:.3f}", *compute_load));
  return report;
}

}  // namespace tortoise
