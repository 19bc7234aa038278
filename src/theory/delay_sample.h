// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <span>
#include <vector>

#include "tortoise/straggler/delay_law.h"
#include "tortoise/theory/fit_delay.h"

namespace tortoise::internal {

/// A time that was observed `count` times, of right-censored ones `above` times
/// with the certainty that X is not equal to it.
struct CountedSeconds {
  double seconds;
  double count;
  double above = 0.0;
};

/// Observations of one law, each list sorted and without equal values.
struct DelaySample {
  std::vector<CountedSeconds> exact;
  std::vector<CountedSeconds> right;  // X >= seconds, or >
  std::vector<CountedSeconds> left;   // X <= seconds
  double num_exact = 0.0;             // sums of the counts
  double num_right = 0.0;
  double num_left = 0.0;

  [[nodiscard]] bool IsCensored() const {
    return num_right > 0 || num_left > 0;
  }
};

/// One sample per worker, from 0 to the largest that occurs.
[[nodiscard]] std::vector<DelaySample> SampleWorkers(
    std::span<const DelayObservation> observations);

/// All workers with a speed together, each time multiplied by its worker's
/// speed; those whose speed is NaN are left out.
[[nodiscard]] DelaySample Pool(std::span<const DelaySample> workers,
                               std::span<const double> speeds);

/// Of observations X / speed of a law that has a density; -infinity if they
/// cannot be.
[[nodiscard]] double LogLikelihood(const DelayLaw& law,
                                   const DelaySample& sample,
                                   double speed = 1.0);

/// The Kaplan-Meier estimate of the distribution function: the value that it
/// jumps to at each time. Left-censored observations count as exact ones, so it
/// holds from the largest of these on.
struct KaplanMeierStep {
  double seconds;
  double below;   // estimate of Pr(X < seconds)
  double at;      // of Pr(X <= seconds)
  double spread;  // C = n sum d / (Y (Y - d)) over all steps before this
};
[[nodiscard]] std::vector<KaplanMeierStep> KaplanMeier(
    const DelaySample& sample);

/// How far a law is from the observations; see DelayCandidate.
struct DelayDistance {
  double distance;
  double p_value;
};
[[nodiscard]] DelayDistance MeasureDistance(const DelayLaw& law,
                                            const DelaySample& sample);

}  // namespace tortoise::internal
