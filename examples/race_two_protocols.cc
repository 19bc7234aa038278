// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Races two protocols from C++: sync waits for the slowest of eight workers
// before every update, k-async for the two that come first. Both meet the same
// delays, draw the same samples and start from the same parameters.

#include <cstdio>
#include <memory>

#include "tortoise/tortoise.h"

int main() {
  const auto data = std::make_shared<const tortoise::Dataset>(
      tortoise::GenerateDigits({.rows = 2'000}));
  const auto softmax = tortoise::MakeStockObjective<float>("softmax", data);

  tortoise::RunOptions options;
  options.step_size = 0.1;
  options.delay = tortoise::DelayLaw::Exponential(0.005);  // 5 ms a gradient
  options.stop.seconds = 1.0;

  constexpr int kWorkers = 8;
  std::vector<tortoise::Racer> racers = {{"sync", options},
                                         {"k-async K=2", options}};
  racers[0].options.method = tortoise::MakeMethod("sync", kWorkers);
  racers[1].options.method =
      tortoise::MakeMethod("k-async", kWorkers, {.quorum = 2});

  const tortoise::RaceResult result =
      tortoise::Race<float>(*softmax, nullptr, racers);
  std::puts(result.Table().c_str());

  for (const tortoise::RaceEntry& entry : result.entries) {
    const tortoise::Summary& summary = entry.summary;
    if (!(summary.final_loss() < 0.8 * summary.initial_loss())) return 1;
  }
  // Who waits for fewer workers makes more updates.
  return result.entries[1].summary.updates > result.entries[0].summary.updates
             ? 0
             : 1;
}
