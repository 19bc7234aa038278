// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Minimises an objective of one's own with four workers.

#include <cmath>
#include <cstdio>

#include "tortoise/tortoise.h"

// Fits y = w[0] + w[1] x to 1,000 points of the line y = 1 + 2 x.
struct FitLine {
  static double x(tortoise::Sample i) { return double(i) / 1000; }
  static double Residual(std::span<const double> w, tortoise::Sample i) {
    return w[0] + w[1] * x(i) - (1 + 2 * x(i));
  }
  static std::size_t num_parameters() { return 2; }
  static std::size_t num_samples() { return 1000; }
  static double Loss(std::span<const double> w, tortoise::Batch batch) {
    double sum = 0;
    for (auto i : batch) sum += 0.5 * std::pow(Residual(w, i), 2);
    return sum / double(batch.size());
  }
  static double Gradient(std::span<const double> w, tortoise::Batch batch,
                         std::span<double> gradient) {
    gradient[0] = gradient[1] = 0;
    for (auto i : batch) {
      gradient[0] += Residual(w, i) / double(batch.size());
      gradient[1] += Residual(w, i) * x(i) / double(batch.size());
    }
    return Loss(w, batch);
  }
};

int main() {
  std::vector<double> w = {0, 0};
  const auto summary = tortoise::Minimize(
      FitLine(), w, {.protocol = "async", .num_workers = 4, .num_epochs = 200});
  std::printf("%s\ny = %.3f + %.3f x\n", summary.BriefReport().c_str(), w[0],
              w[1]);
  return std::abs(w[0] - 1) < 0.05 && std::abs(w[1] - 2) < 0.05 ? 0 : 1;
}
