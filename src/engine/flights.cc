// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/flights.h"

#include <cstddef>

namespace tortoise::internal {
namespace {

std::vector<WorkerSpeed> Speeds(const RunOptions& options) {
  const SpeedOptions& given = options.speed;
  std::vector<WorkerSpeed> speeds;
  if (given.speed.empty() && given.stops_at.empty() && !given.bursts) {
    return speeds;
  }
  for (int w = 0; w < options.method.num_workers; ++w) {
    speeds.emplace_back(given, w, options.seed, options.repeat);
  }
  return speeds;
}

}  // namespace

Flights::Flights(const RunOptions& options)
    : adds_computing_(options.delay_mode == DelayMode::kExtra),
      stop_seconds_(options.stop.seconds),
      compute_seconds_(options.compute_seconds),
      common_steps_(options.method.local_steps),
      tape_(options.delay, options.seed, options.repeat),
      speeds_(Speeds(options)),
      flights_(static_cast<std::size_t>(options.method.num_workers)),
      ends_(flights_.size(), End::kNone),
      queue_(options.method.num_workers) {}

// The first change of tau makes room for one of each worker.
void Flights::SetLocalSteps(int worker, int local_steps) {
  if (own_steps_.empty()) own_steps_.resize(flights_.size(), common_steps_);
  own_steps_[static_cast<std::size_t>(worker)] = local_steps;
}

WorkerSeconds Flights::SecondsUntil(double seconds) const {
  WorkerSeconds spent = spent_;
  for (std::size_t w = 0; w < flights_.size(); ++w) {
    if (ends_[w] == End::kNone) spent.waiting += seconds - flights_[w].seconds;
  }
  return spent;
}

}  // namespace tortoise::internal
