// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include "engine/relacy/relacy_sync.h"

namespace tortoise::model {

/// When a worker's deadline is reached.
enum class Finishes { kAtOnce, kAnyTime, kNever };

/// What to explore: a protocol on P workers until its U-th update.
struct Scenario {
  const char* protocol;
  Method method;
  Finishes workers = Finishes::kAtOnce;  // but the last one
  Finishes last = Finishes::kAtOnce;

  // Every schedule with at most so many pre-emptions; 0: random schedules.
  unsigned preemptions = 0;

  int num_updates = 2;  // U
  int spins = 0;
};

/// A ticket that relacy watches: to read or take it without being synchronised
/// with who wrote it is a data race. One that was taken holds nothing any more.
class WatchedTicket {
 public:
  WatchedTicket() : version_(-1), serial_(-1) {}
  WatchedTicket(std::int64_t version, int serial)
      : version_(version), serial_(serial) {}
  WatchedTicket(WatchedTicket&& other)
      : version_(other.version()), serial_(other.serial()) {
    other.Empty();
  }
  WatchedTicket& operator=(WatchedTicket&& other) {
    version_($).store(other.version());
    serial_($).store(other.serial());
    other.Empty();
    return *this;
  }
  std::int64_t version() const { return version_($).load(); }
  int serial() const { return serial_($).load(); }

 private:
  void Empty() {
    version_($).store(-1);
    serial_($).store(-1);
  }

  rl::var<std::int64_t> version_;
  rl::var<int> serial_;  // grows with every ticket handed to anybody
};

/// P workers on a QuorumGate that a Coordinator drives. relacy makes a new one
/// for every schedule. Nothing here is allocated during a schedule, because
/// relacy would also explore what each deallocation may do.
template <int kWorkers>
class GateModel : public rl::test_suite<GateModel<kWorkers>, kWorkers> {
 public:
  static void Choose(const Scenario& scenario) {
    scenario_ = scenario;
    fresh_ =
        Coordinator(scenario.method.num_workers, scenario.method.synchrony);
    coordinator_ =
        Coordinator(scenario.method.num_workers, scenario.method.synchrony);
  }

  GateModel()
      : gate_(kWorkers, scenario_.method.synchrony.cancels_stragglers,
              scenario_.spins),
        next_serial_(0) {
    RelacyMutex::Reset();
    coordinator_ = fresh_;
    last_version_.fill(-1);
    gate_.Locked([&] {
      for (int w = 0; w < kWorkers; ++w) Hand(w);
    });
  }

  // One worker, as the thread engine has it.
  void thread(unsigned index) {
    const int worker = static_cast<int>(index);
    int last_serial = -1;
    for (;;) {
      const WatchedTicket ticket = gate_.Take(worker);
      RL_ASSERT(ticket.serial() > last_serial);
      last_serial = ticket.serial();

      Wake wake = Work(worker);
      if (wake == Wake::kDeadline) {
        const std::int64_t version = ticket.version();
        wake = gate_.Push(worker, [&] { Decide(worker, version); });
      }
      if (wake == Wake::kDeadline) wake = gate_.Await(worker);
      if (wake == Wake::kStopped) return;
    }
  }

  void after() { RL_ASSERT(coordinator_.version() == scenario_.num_updates); }

 private:
  Wake Work(int worker) {
    if (scenario_.preemptions == 0 && gate_.Cancelled(worker)) {
      return gate_.Await(worker);
    }
    const Finishes finishes =
        worker == kWorkers - 1 ? scenario_.last : scenario_.workers;
    bool reached = finishes == Finishes::kAtOnce;
    return gate_.WaitUntil(worker,
                           {finishes == Finishes::kNever ? nullptr : &reached});
  }

  void Hand(int worker) {
    may_push_[static_cast<std::size_t>(worker)] = true;
    const int serial = next_serial_($).load();  // a race if not under the lock
    next_serial_($).store(serial + 1);
    gate_.Hand(worker, WatchedTicket(coordinator_.version(), serial));
  }

  // Under the lock of the gate.
  void Decide(int worker, std::int64_t version) {
    const auto w = static_cast<std::size_t>(worker);
    const Synchrony& synchrony = coordinator_.synchrony();

    // Nobody pushes twice what it was released for once, or from a snapshot
    // other than the one that it was last released on.
    RL_ASSERT(may_push_[w]);
    RL_ASSERT(version == coordinator_.version_read(worker));
    may_push_[w] = false;
    if (synchrony.waits_after_push) {
      RL_ASSERT(version > last_version_[w]);
    }
    last_version_[w] = version;

    const Decision decision = coordinator_.Arrive(worker);
    if (decision.fires) CheckUpdate(decision);
    if (decision.fires && coordinator_.version() == scenario_.num_updates) {
      gate_.Stop();
      return;
    }
    for (const int released : decision.released) Hand(released);
  }

  static void CheckUpdate(const Decision& decision) {
    const Synchrony& synchrony = scenario_.method.synchrony;
    const auto& counted = decision.contributions;
    RL_ASSERT(counted.size() == static_cast<std::size_t>(synchrony.quorum));
    for (const CountedContribution& contribution : counted) {
      if (synchrony.cancels_stragglers) {
        RL_ASSERT(contribution.version_read == decision.version);
      }
      const auto of_same_worker = [&](const CountedContribution& other) {
        return other.worker == contribution.worker;
      };
      if (synchrony.waits_after_push) {
        RL_ASSERT(
            std::count_if(counted.begin(), counted.end(), of_same_worker) == 1);
      }
    }
  }

  static inline Scenario scenario_{};
  static inline Coordinator fresh_{1, {}};
  static inline Coordinator coordinator_{1, {}};

  QuorumGate<WatchedTicket, RelacySync> gate_;
  rl::var<int> next_serial_;
  std::array<bool, kWorkers> may_push_;
  std::array<std::int64_t, kWorkers> last_version_;
};

}  // namespace tortoise::model
