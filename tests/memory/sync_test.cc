// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/sync.h"

#include <chrono>
#include <cstdint>
#include <thread>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

TEST(FutexSignal, StartsAtZeroAndHoldsWhatIsPublished) {
  FutexSignal signal;
  EXPECT_EQ(signal.Load(), 0u);
  signal.Publish(4'000'000'000u);
  EXPECT_EQ(signal.Load(), 4'000'000'000u);
  EXPECT_EQ(signal.Peek(), 4'000'000'000u);
}

// Each would wait for ever if it waited at all.
TEST(FutexSignal, DoesNotWaitForWhatHasHappened) {
  FutexSignal signal;
  signal.Publish(1);
  signal.Wait(0);
  signal.Wait(0, steady_clock::time_point::max());
  signal.Wait(1, steady_clock::time_point::min());
  signal.Wait(1, steady_clock::time_point());
  signal.Wait(1, steady_clock::now() - seconds(1));
}

TEST(FutexSignal, WaitsUntilItsDeadline) {
  const FutexSignal signal;
  const auto deadline = steady_clock::now() + milliseconds(20);
  int waits = 0;
  while (!RealSync::Reached(deadline)) {
    signal.Wait(0, deadline);
    ++waits;
  }
  EXPECT_GE(steady_clock::now(), deadline);
  // It slept: wake-ups for no reason are rare, looking at the clock is not.
  EXPECT_LT(waits, 100);
}

// Two threads take turns. A lost wake-up hangs the test.
TEST(FutexSignal, WakesWhoWaits) {
  constexpr std::uint32_t kTurns = 2'000;
  FutexSignal ping;
  FutexSignal pong;
  std::uint32_t written = 0;  // no atomic: published with the signals
  std::jthread other([&] {
    for (std::uint32_t turn = 1; turn <= kTurns; ++turn) {
      while (ping.Load() != turn) ping.Wait(turn - 1);
      EXPECT_EQ(written, 2 * turn - 1);
      written = 2 * turn;
      pong.Publish(turn);
    }
  });
  const auto far = steady_clock::now() + seconds(1'000);
  for (std::uint32_t turn = 1; turn <= kTurns; ++turn) {
    written = 2 * turn - 1;
    ping.Publish(turn);
    while (pong.Load() != turn) pong.Wait(turn - 1, far);
    EXPECT_EQ(written, 2 * turn);
  }
}

}  // namespace
}  // namespace tortoise
