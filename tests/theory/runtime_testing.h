// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "gtest/gtest.h"
#include "support/event_loop.h"
#include "tortoise/protocol/presets.h"
#include "tortoise/straggler/delay_tape.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise::testing {

inline RuntimeModel Model(const std::string& protocol, int workers,
                          DelayLaw law, const MethodSettings& settings = {}) {
  return {.method = MakeMethod(protocol, workers, settings),
          .delay = std::move(law)};
}

inline double SecondsOf(const RuntimeModel& model) {
  const Expectation seconds = ExpectedSecondsPerUpdate(model);
  EXPECT_TRUE(seconds.value) << model.method.protocol << ": " << seconds.reason;
  return seconds.value.value_or(std::nan(""));
}

/// The same race, event by event.
inline LoopResult Simulate(const RuntimeModel& model, std::size_t updates) {
  const DelayTape tape(model.delay, 5, 0);
  const RoundDelays delays(model.round_delay, 5, 0);
  const auto tau = static_cast<std::uint64_t>(model.method.local_steps);
  const auto work = [&](int worker, std::int64_t index) {
    const double sum = *tape.Work(static_cast<std::uint64_t>(worker),
                                  static_cast<std::uint64_t>(index) * tau, tau);
    const auto& speeds = model.speed.speed;
    const double speed =
        speeds.empty() ? 1.0 : speeds[static_cast<std::size_t>(worker)];
    const double compute = static_cast<double>(tau) * model.compute_seconds;
    return model.adds_compute ? compute + sum / speed
                              : std::max(compute, sum / speed);
  };
  return EventLoop(model.method, work,
                   [&](std::int64_t j) {
                     return delays.Seconds(static_cast<std::uint64_t>(j));
                   })
      .Run({.updates = updates});
}

}  // namespace tortoise::testing
