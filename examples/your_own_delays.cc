// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Slows workers down by a distribution of one's own: most gradients take about
// 2 ms, one in twenty is caught in a 20 ms pause. A distribution is its
// quantile function, so it is tried in a line before any thread starts.

#include <cstdio>
#include <limits>

#include "tortoise/tortoise.h"

namespace {

// Uniform on [1, 3] ms with probability 0.95, else on [21, 23] ms.
double Pauses(double u) {
  constexpr double kQuick = 0.95;
  return u < kQuick ? 0.001 + 0.002 * u / kQuick
                    : 0.021 + 0.002 * (u - kQuick) / (1 - kQuick);
}
constexpr double kMean = 0.95 * 0.002 + 0.05 * 0.022;

}  // namespace

int main() {
  const auto delay = tortoise::DelayLaw::FromQuantile("pauses", kMean, Pauses);
  std::printf("median %.4f s, 99 %% %.4f s, mean %.4f s\n", delay.Quantile(0.5),
              delay.Quantile(0.99), delay.mean());

  const auto quadratic = tortoise::MakeQuadratic<double>({.sigma = 0.1});
  bool fine = true;
  for (const char* protocol : {"sync", "async"}) {
    std::vector<double> w(quadratic->num_parameters(), 0.0);
    const auto summary = tortoise::Minimize<double>(
        *quadratic, w,
        {.protocol = protocol,
         .num_workers = 4,
         .num_epochs = std::numeric_limits<double>::infinity(),
         .updates = 100,
         .delay = delay});
    std::printf("%-5s  %.5f s per update, loss %.3g -> %.3g\n", protocol,
                summary.seconds_per_update(), summary.initial_loss(),
                summary.final_loss());
    // Four workers cannot give more than four gradients per mean delay.
    fine = fine && summary.seconds_per_update() > 0.5 * kMean / 4;
    fine = fine && summary.final_loss() < 0.5 * summary.initial_loss();
  }
  return fine ? 0 : 1;
}
