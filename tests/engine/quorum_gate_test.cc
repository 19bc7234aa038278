// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/quorum_gate.h"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <random>
#include <set>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/protocol/coordinator.h"

namespace tortoise {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using Gate = QuorumGate<std::int64_t>;

steady_clock::time_point After(steady_clock::duration duration) {
  return steady_clock::now() + duration;
}

// --- One thread: what each call says -----------------------------------------

class EachKind : public testing::TestWithParam<bool> {};
INSTANTIATE_TEST_SUITE_P(QuorumGate, EachKind, testing::Bool(),
                         [](const auto& kind) {
                           return kind.param ? "Cancels" : "RunsOn";
                         });

TEST_P(EachKind, HandsATicketToWhoPushed) {
  Gate gate(1, GetParam());
  gate.Locked([&] { gate.Hand(0, 7); });
  EXPECT_EQ(gate.Await(0), Wake::kTicket);
  EXPECT_EQ(gate.Take(0), 7);
  EXPECT_FALSE(gate.Cancelled(0));
  EXPECT_EQ(gate.WaitUntil(0, After(milliseconds(1))), Wake::kDeadline);

  EXPECT_EQ(gate.Push(0, [&] { gate.Hand(0, 8); }), Wake::kTicket);
  EXPECT_EQ(gate.Await(0), Wake::kTicket);
  EXPECT_EQ(gate.Take(0), 8);

  EXPECT_EQ(gate.Push(0, [] {}), Wake::kDeadline);
  gate.Locked([&] { gate.Hand(0, 9); });
  EXPECT_EQ(gate.Await(0), Wake::kTicket);
  EXPECT_EQ(gate.Take(0), 9);
}

TEST(QuorumGate, ReplacedTicketIsNotPushed) {
  Gate gate(1, /*cancels=*/true);
  gate.Locked([&] { gate.Hand(0, 7); });
  EXPECT_EQ(gate.Take(0), 7);
  gate.Locked([&] { gate.Hand(0, 8); });
  EXPECT_TRUE(gate.Cancelled(0));
  EXPECT_EQ(gate.WaitUntil(0, After(seconds(1'000))), Wake::kTicket);
  EXPECT_EQ(gate.Push(0, [] { FAIL(); }), Wake::kTicket);
  EXPECT_EQ(gate.Take(0), 8);
  EXPECT_FALSE(gate.Cancelled(0));
}

TEST_P(EachKind, NothingIsPushedAfterAStop) {
  Gate gate(2, GetParam());
  gate.Locked([&] { gate.Hand(0, 7); });
  gate.Take(0);
  EXPECT_FALSE(gate.stopped());
  gate.Locked([&] { gate.Stop(); });
  EXPECT_TRUE(gate.stopped());
  EXPECT_TRUE(gate.Cancelled(0));
  EXPECT_EQ(gate.WaitUntil(0, After(seconds(1'000))), Wake::kStopped);
  EXPECT_EQ(gate.Push(0, [] { FAIL(); }), Wake::kStopped);
  EXPECT_EQ(gate.Await(0), Wake::kStopped);
}

TEST_P(EachKind, PushThatStopsSaysSo) {
  Gate gate(1, GetParam());
  gate.Locked([&] { gate.Hand(0, 7); });
  gate.Take(0);
  EXPECT_EQ(gate.Push(0, [&] { gate.Stop(); }), Wake::kStopped);
}

// The stop comes after the wait that led to the take, and before the take.
TEST_P(EachKind, StopBeforeATakeEndsTheNextWait) {
  Gate gate(1, GetParam());
  gate.Locked([&] { gate.Hand(0, 7); });
  EXPECT_EQ(gate.Await(0), Wake::kTicket);
  gate.Locked([&] { gate.Stop(); });
  EXPECT_EQ(gate.Take(0), 7);
  EXPECT_TRUE(gate.Cancelled(0));
  EXPECT_EQ(gate.WaitUntil(0, After(seconds(1'000))), Wake::kStopped);
  EXPECT_EQ(gate.Await(0), Wake::kStopped);
}

// So that a model lives no longer than somebody works on it.
TEST_P(EachKind, RefersToNothingThatWasTaken) {
  QuorumGate<std::shared_ptr<int>> gate(1, GetParam());
  const auto model = std::make_shared<int>(7);
  gate.Locked([&] { gate.Hand(0, model); });
  EXPECT_EQ(model.use_count(), 2);
  auto taken = gate.Take(0);
  EXPECT_EQ(taken, model);
  taken.reset();
  EXPECT_EQ(model.use_count(), 1);
}

TEST_P(EachKind, ExceptionUnlocks) {
  Gate gate(1, GetParam());
  gate.Locked([&] { gate.Hand(0, 7); });
  gate.Take(0);
  EXPECT_THROW(gate.Push(0, [] { throw std::runtime_error("in decide"); }),
               std::runtime_error);
  EXPECT_EQ(gate.Push(0, [] {}), Wake::kDeadline);
}

// --- Waits that others end ---------------------------------------------------

// Far more than the machine takes, and far less than the wait that is cut.
constexpr auto kSoon = seconds(5);
constexpr auto kLongWait = seconds(10);

TEST(QuorumGate, NewTicketCutsAWait) {
  Gate gate(1, /*cancels=*/true);
  gate.Locked([&] { gate.Hand(0, 7); });
  gate.Take(0);
  const auto start = steady_clock::now();
  std::jthread other([&] {
    std::this_thread::sleep_for(milliseconds(20));
    gate.Locked([&] { gate.Hand(0, 8); });
  });
  EXPECT_EQ(gate.WaitUntil(0, start + kLongWait), Wake::kTicket);
  EXPECT_EQ(gate.Take(0), 8);
  EXPECT_LT(steady_clock::now() - start, kSoon);
}

TEST_P(EachKind, StopEndsEveryWait) {
  constexpr int kWorkers = 4;
  Gate gate(kWorkers, GetParam(), /*spins=*/100);
  gate.Locked([&] {
    for (int w = 0; w < kWorkers; ++w) gate.Hand(w, w);
  });
  const auto start = steady_clock::now();
  {
    std::vector<std::jthread> workers;
    for (int w = 0; w < kWorkers; ++w) {
      workers.emplace_back([&gate, start, w] {
        EXPECT_EQ(gate.Take(w), w);
        const Wake wake =
            w % 2 == 0 ? gate.Await(w) : gate.WaitUntil(w, start + kLongWait);
        EXPECT_EQ(wake, Wake::kStopped);
        EXPECT_EQ(gate.Await(w), Wake::kStopped);
      });
    }
    std::this_thread::sleep_for(milliseconds(20));
    gate.Locked([&] { gate.Stop(); });
  }
  EXPECT_LT(steady_clock::now() - start, kSoon);
}

// --- Many workers, driven by the coordinator ---------------------------------

struct Counted {
  std::int64_t update;
  int worker;
  std::int64_t version_read;
};

// Runs workers with random deadlines until `num_updates`, in the way of the
// thread engine, and returns what was counted.
class Drive {
 public:
  Drive(const Method& method, int num_updates, int spins = 0)
      : coordinator_(method.num_workers, method.synchrony),
        gate_(method.num_workers, method.synchrony.cancels_stragglers, spins),
        num_updates_(num_updates) {
    gate_.Locked([&] {
      for (int w = 0; w < method.num_workers; ++w) gate_.Hand(w, 0);
    });
    std::vector<std::jthread> workers;
    for (int w = 0; w < method.num_workers; ++w) {
      workers.emplace_back([this, w] { Work(w); });
    }
  }

  const std::vector<Counted>& counted() const { return counted_; }
  std::int64_t num_cancelled() const { return num_cancelled_; }

 private:
  void Work(int worker) {
    std::mt19937 random(static_cast<unsigned>(worker));
    std::exponential_distribution<double> delay(1 / 50.0);
    Wake wake = Wake::kTicket;
    while (wake != Wake::kStopped) {
      const std::int64_t version = gate_.Take(worker);
      const auto deadline =
          After(microseconds(static_cast<std::int64_t>(delay(random))));
      wake = gate_.WaitUntil(worker, deadline);
      if (wake == Wake::kTicket) ++num_cancelled_;
      if (wake == Wake::kDeadline) {
        EXPECT_GE(steady_clock::now(), deadline);
        wake = gate_.Push(worker, [&] { Decide(worker, version); });
      }
      if (wake == Wake::kDeadline) wake = gate_.Await(worker);
    }
  }

  void Decide(int worker, std::int64_t version) {
    ASSERT_EQ(version, coordinator_.version_read(worker));
    const Decision decision = coordinator_.Arrive(worker);
    for (const CountedContribution& c : decision.contributions) {
      counted_.push_back({decision.version, c.worker, c.version_read});
    }
    if (decision.fires && coordinator_.version() == num_updates_) {
      gate_.Stop();
      return;
    }
    for (const int w : decision.released) {
      gate_.Hand(w, coordinator_.version());
    }
  }

  Coordinator coordinator_;
  Gate gate_;
  const std::int64_t num_updates_;
  std::vector<Counted> counted_;  // under the lock of the gate
  std::atomic<std::int64_t> num_cancelled_{0};
};

constexpr int kWorkers = 4;
constexpr int kUpdates = 400;

void ExpectQuorums(const std::vector<Counted>& counted, int quorum,
                   bool once_per_version) {
  ASSERT_EQ(counted.size(), static_cast<std::size_t>(kUpdates * quorum));
  std::set<std::pair<int, std::int64_t>> seen;
  for (std::size_t i = 0; i < counted.size(); ++i) {
    const Counted& c = counted[i];
    EXPECT_EQ(c.update, static_cast<std::int64_t>(i) / quorum);
    EXPECT_LE(c.version_read, c.update);
    const bool first = seen.emplace(c.worker, c.version_read).second;
    EXPECT_TRUE(first || !once_per_version)
        << "worker " << c.worker << ", version " << c.version_read;
  }
}

TEST(QuorumGateContended, SyncCountsEveryWorkerInEveryUpdate) {
  const Drive drive(
      {.num_workers = kWorkers,
       .synchrony = {.quorum = kWorkers, .waits_after_push = true}},
      kUpdates, /*spins=*/10);
  ExpectQuorums(drive.counted(), kWorkers, /*once_per_version=*/true);
}

TEST(QuorumGateContended, KSyncCancelsTheOthersAndCountsFreshOnes) {
  const Drive drive({.num_workers = kWorkers,
                     .synchrony = {.quorum = 2,
                                   .waits_after_push = true,
                                   .cancels_stragglers = true}},
                    kUpdates);
  ExpectQuorums(drive.counted(), 2, /*once_per_version=*/true);
  for (const Counted& c : drive.counted()) EXPECT_EQ(c.version_read, c.update);
  EXPECT_GT(drive.num_cancelled(), 0);
}

TEST(QuorumGateContended, KBatchSyncCountsFreshOnes) {
  const Drive drive({.num_workers = kWorkers,
                     .synchrony = {.quorum = 3, .cancels_stragglers = true}},
                    kUpdates);
  ExpectQuorums(drive.counted(), 3, /*once_per_version=*/false);
  for (const Counted& c : drive.counted()) EXPECT_EQ(c.version_read, c.update);
}

TEST(QuorumGateContended, KAsyncCancelsNobody) {
  const Drive drive({.num_workers = kWorkers,
                     .synchrony = {.quorum = 2, .waits_after_push = true}},
                    kUpdates);
  ExpectQuorums(drive.counted(), 2, /*once_per_version=*/true);
  EXPECT_EQ(drive.num_cancelled(), 0);
}

TEST(QuorumGateContended, KBatchAsyncCancelsNobody) {
  const Drive drive({.num_workers = kWorkers, .synchrony = {.quorum = 3}},
                    kUpdates);
  ExpectQuorums(drive.counted(), 3, /*once_per_version=*/false);
  EXPECT_EQ(drive.num_cancelled(), 0);
}

}  // namespace
}  // namespace tortoise
