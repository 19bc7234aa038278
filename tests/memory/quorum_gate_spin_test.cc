// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How long a worker looks for its ticket before it goes to sleep: one thread,
// and primitives that count.

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>

#include "gtest/gtest.h"
#include "tortoise/memory/quorum_gate.h"

namespace tortoise {
namespace {

constexpr int kSpins = 10;

// The ticket comes while the worker looks for it for the n-th time, or else
// while it sleeps.
struct Counted {
  static inline int looks = 0;
  static inline int sleeps = 0;
  static inline int comes_at = 0;  // 0: while it sleeps
};

struct CountingSignal {
  [[nodiscard]] std::uint32_t Load() const { return word; }
  [[nodiscard]] std::uint32_t Peek() const { return word; }
  void Store(std::uint32_t value) { word = value; }
  void Wake() {}
  void Wait(std::uint32_t) {
    ++Counted::sleeps;
    ++word;
  }
  std::uint32_t word = 0;
};

struct CountingSync {
  using Mutex = std::mutex;
  using Signal = CountingSignal;
  using Flag = std::atomic<bool>;
  using TimePoint = std::chrono::steady_clock::time_point;
  static void Pause() {
    if (++Counted::looks == Counted::comes_at)
      gate->Locked([] { gate->Hand(0, 1); });
  }
  static inline QuorumGate<int, CountingSync>* gate = nullptr;
};

class Spinning : public testing::Test {
 protected:
  Spinning() { CountingSync::gate = &gate_; }

  // Looks of a wait; the ticket comes at look `comes_at`, or in its sleep.
  int Wait(int comes_at) {
    Counted::looks = 0;
    Counted::sleeps = 0;
    Counted::comes_at = comes_at;
    EXPECT_EQ(gate_.Await(0), Wake::kTicket);
    gate_.Take(0);
    EXPECT_EQ(Counted::sleeps, comes_at > 0 && comes_at <= kSpins ? 0 : 1);
    return Counted::looks;
  }

  QuorumGate<int, CountingSync> gate_{1, /*cancels=*/false, kSpins};
};

TEST_F(Spinning, FindsATicketThatComesSoon) {
  for (int again = 0; again < 5; ++again) EXPECT_EQ(Wait(3), 3);
}

TEST_F(Spinning, GoesToSleepAtOnceForAsManyWaitsAsItHasLearnt) {
  for (const int at_once : {1, 3, 7, 15, 31, 63, 127, 255, 255}) {
    EXPECT_EQ(Wait(0), kSpins);
    for (int i = 0; i < at_once; ++i) EXPECT_EQ(Wait(0), 0);
  }
}

TEST_F(Spinning, ForgetsThatOnceATicketCameSoon) {
  EXPECT_EQ(Wait(0), kSpins);
  EXPECT_EQ(Wait(0), 0);
  EXPECT_EQ(Wait(0), kSpins);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Wait(0), 0);
  EXPECT_EQ(Wait(4), 4);
  EXPECT_EQ(Wait(4), 4);
  EXPECT_EQ(Wait(0), kSpins);
  EXPECT_EQ(Wait(0), 0);
  EXPECT_EQ(Wait(0), kSpins);
}

}  // namespace
}  // namespace tortoise
