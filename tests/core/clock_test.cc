// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/clock.h"

#include <chrono>
#include <limits>
#include <thread>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

double SecondsSince(SteadyClock::time_point begin) {
  return std::chrono::duration<double>(SteadyClock::now() - begin).count();
}

TEST(RunClock, RunsWithRealTime) {
  const auto before = SteadyClock::now();
  const RunClock clock;
  const auto after = SteadyClock::now();
  std::this_thread::sleep_for(milliseconds(5));
  const double least = SecondsSince(after);
  const double now = clock.Now();
  const double most = SecondsSince(before);
  // The clock counts whole nanoseconds.
  EXPECT_GE(now, least - 2e-9);
  EXPECT_LE(now, most + 2e-9);
}

TEST(RunClock, StandsStillDuringAPause) {
  RunClock clock;
  clock.Pause();
  const double paused = clock.Now();
  std::this_thread::sleep_for(milliseconds(3));
  EXPECT_EQ(clock.Now(), paused);
}

TEST(RunClock, LeavesOutPauses) {
  const auto begin = SteadyClock::now();
  RunClock clock;
  clock.Pause();
  const auto pause = SteadyClock::now();
  std::this_thread::sleep_for(milliseconds(20));
  const double left_out = SecondsSince(pause);
  clock.Resume();
  const double now = clock.Now();
  EXPECT_LE(now, SecondsSince(begin) - left_out + 2e-9);
}

TEST(RunClock, SaysHowLongItStoodStill) {
  RunClock clock;
  EXPECT_EQ(clock.StoodStill(), 0.0);
  const auto before = SteadyClock::now();
  clock.Pause();
  const auto paused = SteadyClock::now();
  std::this_thread::sleep_for(milliseconds(3));
  // A pause that is not over counts until now.
  EXPECT_GE(clock.StoodStill(), 0.003);
  const double least = SecondsSince(paused);
  clock.Resume();
  const double most = SecondsSince(before);
  const double stood_still = clock.StoodStill();
  EXPECT_GE(stood_still, least - 2e-9);
  EXPECT_LE(stood_still, most + 2e-9);
  std::this_thread::sleep_for(milliseconds(1));
  EXPECT_EQ(clock.StoodStill(), stood_still);
  clock.Start();
  EXPECT_EQ(clock.StoodStill(), 0.0);
}

TEST(RunClock, NeverGoesBackAcrossPauses) {
  RunClock clock;
  double last = 0.0;
  for (int i = 0; i < 100; ++i) {
    if (i % 2 == 0) {
      clock.Pause();
    } else {
      clock.Resume();
    }
    const double now = clock.Now();
    EXPECT_GE(now, last);
    last = now;
  }
}

TEST(RunClock, IgnoresASecondPauseAndResume) {
  RunClock clock;
  clock.Pause();
  const double paused = clock.Now();
  std::this_thread::sleep_for(milliseconds(3));
  clock.Pause();
  EXPECT_EQ(clock.Now(), paused);
  clock.Resume();
  const double resumed = clock.Now();
  clock.Resume();
  EXPECT_GE(clock.Now(), resumed);
}

TEST(RunClock, StartsAgainFromZeroAlsoWhenPaused) {
  RunClock clock;
  std::this_thread::sleep_for(milliseconds(5));
  clock.Pause();
  const auto begin = SteadyClock::now();
  clock.Start();
  const double now = clock.Now();
  EXPECT_LE(now, SecondsSince(begin) + 2e-9);
}

TEST(RunClock, ShowsTheSecondsOfADeadlineOnceItHasPassed) {
  RunClock clock;
  clock.Pause();
  std::this_thread::sleep_for(milliseconds(2));
  clock.Resume();
  std::this_thread::sleep_until(clock.Deadline(0.01));
  EXPECT_GE(clock.Now(), 0.01 - 2e-9);
}

TEST(RunClock, DeadlinesAreAsFarApartAsTheirSeconds) {
  const RunClock clock;
  EXPECT_EQ(clock.Deadline(3.0) - clock.Deadline(1.0), std::chrono::seconds(2));
}

TEST(RunClock, TakesInfinityAndThePastAsDeadlines) {
  const RunClock clock;
  const double infinity = std::numeric_limits<double>::infinity();
  const auto now = SteadyClock::now();
  EXPECT_GT(clock.Deadline(infinity), now + std::chrono::hours(24 * 300));
  EXPECT_LE(clock.Deadline(0.0), now);
  EXPECT_EQ(clock.Deadline(-infinity), clock.Deadline(0.0));
  EXPECT_EQ(clock.Deadline(std::numeric_limits<double>::quiet_NaN()),
            clock.Deadline(0.0));
}

TEST(AvailableProcessors, IsAtLeastOne) { EXPECT_GE(AvailableProcessors(), 1); }

}  // namespace
}  // namespace tortoise
