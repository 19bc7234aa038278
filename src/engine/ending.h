// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>

#include "tortoise/engine/options.h"
#include "tortoise/engine/summary.h"

namespace tortoise::internal {

/// When a run ends, and how it has: the first end that is said holds. The same
/// for a run with a coordinator and for one that writes in place. Not
/// thread-safe; what is const may be called while nobody ends the run.
class Ending {
 public:
  Ending(const RunOptions& options, std::size_t num_samples)
      : stop_(options.stop),
        batch_size_(options.batch_size),
        // Without a number of samples, or of epochs, never.
        samples_wanted_(num_samples > 0 && std::isfinite(stop_.epochs)
                            ? stop_.epochs * static_cast<double>(num_samples)
                            : std::numeric_limits<double>::infinity()),
        counts_samples_(std::isfinite(samples_wanted_)) {}

  /// The stop rule that so many updates, which counted `gradients`, have met.
  [[nodiscard]] std::optional<Termination> Reached(
      std::int64_t updates, std::int64_t gradients) const {
    if (updates >= stop_.updates) return Termination::kUpdates;
    if (counts_samples_ &&
        static_cast<double>(gradients) * batch_size_ >= samples_wanted_) {
      return Termination::kEpochs;
    }
    return std::nullopt;
  }

  /// Time at the latest stop, at or before `seconds`.
  [[nodiscard]] double Clamp(double seconds) const {
    return seconds < stop_.seconds ? seconds : stop_.seconds;
  }

  /// Ends the run, unless it has ended already.
  void End(Termination termination, double seconds, std::string message = {}) {
    if (termination_) return;
    termination_ = termination;
    seconds_ = Clamp(seconds);
    message_ = std::move(message);
  }
  /// An ended run has lasted at least until then.
  void Prolong(double seconds) { seconds_ = std::max(seconds_, seconds); }

  [[nodiscard]] bool ended() const { return termination_.has_value(); }
  [[nodiscard]] double seconds() const { return seconds_; }

  /// Termination, message and seconds.
  void Report(Summary& summary) const {
    summary.termination = termination_.value_or(Termination::kInterrupted);
    summary.message = message_;
    summary.seconds = seconds_;
  }

 private:
  const StopRule stop_;
  const double batch_size_;
  const double samples_wanted_;
  const bool counts_samples_;
  std::optional<Termination> termination_;
  std::string message_;
  double seconds_ = 0.0;
};

}  // namespace tortoise::internal
