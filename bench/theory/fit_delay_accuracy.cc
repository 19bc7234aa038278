// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How often does `FitDelays` name the law behind 20,000 observed gradients, and
// how far off is its mean?
//
// Rows: laws. Columns: the gradients of all 8 workers seen whole; half of them
// cancelled (k-sync, K = 4); one in ten hidden behind the computation.
//
//   fit_delay_accuracy [SEEDS]       10 by default: a minute

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>

#include "theory/delay_draws.h"
#include "tortoise/theory/fit_delay.h"

namespace tortoise::testing {
namespace {

struct Tally {
  int right = 0;
  double worst = 0.0;    // relative error of the mean
  double seconds = 0.0;  // per fit
};

Tally Measure(const DelayLaw& law, DrawSettings settings, int seeds) {
  using std::chrono::steady_clock;
  Tally tally;
  for (int seed = 1; seed <= seeds; ++seed) {
    settings.seed = static_cast<std::uint64_t>(seed);
    const auto seen = DrawObservations(law, settings);
    const auto start = steady_clock::now();
    const DelayFit fit = FitDelays(seen);
    const std::chrono::duration<double> took = steady_clock::now() - start;
    const DelayLaw& best = fit.candidates.front().law;
    tally.right += best.name() == law.name() ? 1 : 0;
    tally.worst = std::max(tally.worst, std::abs(best.mean() / law.mean() - 1));
    tally.seconds += took.count() / seeds;
  }
  return tally;
}

void Print(const DelayLaw& law, int seeds) {
  fmt::print("{:20}", law.name());
  const bool has_density = !std::isnan(law.LogDensity(law.mean()));
  for (const DrawSettings& settings :
       {DrawSettings{}, DrawSettings{.quorum = 4},
        DrawSettings{.floor = has_density ? law.Quantile(.1) : 0}}) {
    const Tally tally = Measure(law, settings, seeds);
    fmt::print(" {:7}/{:<4} {:6.2f} % {:7.2f}", tally.right, seeds,
               100 * tally.worst, tally.seconds);
  }
  fmt::print("\n");
}

int Run(int seeds) {
  fmt::print("{:20} {:^29} {:^29} {:^29}\n", "", "whole", "half cancelled",
             "a tenth hidden");
  fmt::print("{:20}", "law");
  for (int k = 0; k < 3; ++k) {
    fmt::print(" {:>12} {:>8} {:>7}", "named right", "mean off", "s/fit");
  }
  fmt::print("\n");
  for (const DelayLaw& law : LawsToFit()) Print(law, seeds);
  return 0;
}

}  // namespace
}  // namespace tortoise::testing

int main(int argc, char** argv) {
  return tortoise::testing::Run(argc > 1 ? std::atoi(argv[1]) : 10);
}
