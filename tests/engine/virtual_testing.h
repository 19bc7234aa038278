// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <utility>

#include "engine/run_testing.h"
#include "support/race_difference.h"
#include "support/slow_timing.h"

namespace tortoise::testing {

/// Virtual time, delays around a second.
inline RunOptions MakeVirtualOptions(const Contender& contender,
                                     int num_workers, std::int64_t updates) {
  RunOptions options = MakeRunOptions(contender, num_workers, updates);
  options.clock = Clock::kVirtual;
  options.delay = DelayLaw::Exponential(1.0);
  return options;
}

/// A run without a model.
inline RunResult<double> RunTiming(const RunOptions& options) {
  return RunAndRecord<double>(*MakeNone<double>(), options);
}

/// The first difference between the rows of a run and the slow loop, or "".
template <typename T>
std::string DifferenceFromLoop(const RunOptions& options,
                               const RunResult<T>& run,
                               const LoopResult& loop) {
  return RaceDifference(loop, options.method.local_steps)
      .Find(run.contributions, run.updates);
}

}  // namespace tortoise::testing
