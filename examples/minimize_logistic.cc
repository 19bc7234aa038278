// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// A stock objective on a data set; the program of README.md.

#include <cstdio>

#include "tortoise/tortoise.h"

int main() {
  const auto data = std::make_shared<const tortoise::Dataset>(
      tortoise::GenerateSparseClassification({.rows = 20'000}));
  const auto logistic =
      tortoise::MakeStockObjective<float>("logistic", data, {.l2 = 1e-4});

  std::vector<float> w(logistic->num_parameters());
  const tortoise::Summary summary = tortoise::Minimize<float>(
      *logistic, w, {.protocol = "async", .num_workers = 8, .step_size = 2});

  std::puts(summary.BriefReport().c_str());
  return summary.final_loss() < 0.9 * summary.initial_loss() ? 0 : 1;
}
