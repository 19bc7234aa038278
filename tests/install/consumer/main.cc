// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Links every layer that a consumer can call: exits with 0 if two workers
// minimise a quadratic.

#include <cstdio>
#include <limits>
#include <vector>

#include "tortoise/tortoise.h"

int main() {
  const auto objective =
      tortoise::MakeQuadratic<double>({.parameters = 4, .sigma = 0.0});
  std::vector<double> w(4, 0.0);
  const tortoise::Summary summary = tortoise::Minimize<double>(
      *objective, w,
      {.num_workers = 2,
       .num_epochs = std::numeric_limits<double>::infinity(),
       .updates = 500});
  std::puts(summary.BriefReport().c_str());
  return summary.final_loss() < 0.01 * summary.initial_loss() ? 0 : 1;
}
