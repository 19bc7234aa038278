// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/straggler/delay_law.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise::internal {

/// The time that one contribution of each worker takes: max(tau compute, S / v)
/// or tau compute + S / v, with S the sum of tau delays and v the speed.
/// Requires a law as the model's delay, and neither bursts nor stops.
class ContributionTime {
 public:
  explicit ContributionTime(const RuntimeModel& model);

  [[nodiscard]] int num_workers() const { return num_workers_; }
  [[nodiscard]] bool HasEqualWorkers() const;

  /// Of worker w, at its speed. Seconds.
  [[nodiscard]] double Mean(int w) const;
  /// Relative error of the means.
  [[nodiscard]] double MeanError() const { return mean_error_; }
  /// Why there are no means, if so.
  [[nodiscard]] const std::string& NoMeans() const { return no_means_; }

  /// E[the k-th smallest over the workers of the time that `repeats`
  /// contributions in a row take]; bounds where a floor under each makes that
  /// unknown.
  [[nodiscard]] Expectation KthOfAll(int k, std::int64_t repeats = 1) const;

  /// When workers that start together have made K contributions in all, if
  /// every worker always takes the same time and K is moderate.
  [[nodiscard]] std::optional<double> KthOfConstants(int quorum) const;

  [[nodiscard]] bool IsExponential() const;
  /// Sum over workers of 1 / mean. Requires IsExponential().
  [[nodiscard]] double TotalRate() const;

  /// Pr(Y > u + t | Y > t) <= Pr(Y > u) for all u, t >= 0: what is left of a
  /// contribution under way is no longer than a new one. Or >=. False also
  /// where that is unknown; both hold for an exponential law.
  [[nodiscard]] bool IsNewLongerThanUsed() const;
  [[nodiscard]] bool IsNewShorterThanUsed() const;

 private:
  [[nodiscard]] double SpeedOf(int w) const;
  // Least time of one contribution, and what is added to each.
  [[nodiscard]] double Floor() const { return adds_ ? 0.0 : compute_; }
  [[nodiscard]] double Extra() const { return adds_ ? compute_ : 0.0; }
  [[nodiscard]] Expectation MeanAtSpeed(double speed) const;

  DelayLaw law_;
  int num_workers_;
  int draws_;  // tau
  std::vector<double> speeds_;
  double compute_;  // of tau gradients
  bool adds_;
  std::vector<double> means_;  // one per worker, or one for all
  double mean_error_ = 0.0;
  std::string no_means_;
};

/// The law has the one value, or that very value.
[[nodiscard]] bool IsConstant(const DelayLaw& law);
[[nodiscard]] bool IsAlways(const DelayLaw& law, double value);

}  // namespace tortoise::internal
