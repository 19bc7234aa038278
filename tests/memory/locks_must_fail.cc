// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Compiled several times by clang: as it stands it must compile, and with
// TORTOISE_MUST_FAIL set to any of the cases it must not.

#include "tortoise/core/mutex.h"
#include "tortoise/memory/quorum_gate.h"

namespace tortoise::test {

class Account {
 public:
  void Deposit(int amount) {
#if TORTOISE_MUST_FAIL != 1
    const MutexLock lock(mutex_);
#endif
    balance_ += amount;
  }

  void DepositTwice(int amount) {
#if TORTOISE_MUST_FAIL == 2
    AddLocked(amount);
#endif
    const MutexLock lock(mutex_);
    AddLocked(amount);
    AddLocked(amount);
#if TORTOISE_MUST_FAIL == 3
    mutex_.lock();
#endif
  }

  int WaitForMoney() {
    const MutexLock lock(mutex_);
    while (balance_ == 0) arrived_.Wait(mutex_);
    return balance_;
  }

 private:
  void AddLocked(int amount) TORTOISE_REQUIRES(mutex_) { balance_ += amount; }

  Mutex mutex_;
  Condition arrived_;
  int balance_ TORTOISE_GUARDED_BY(mutex_) = 0;
};

// Whoever drives a gate keeps its books under the gate's lock.
class Driver {
 public:
  void Start() {
    gate_.Locked([this] {
#if TORTOISE_MUST_FAIL != 4
      gate_.AssertHeld();
#endif
      HandNext();
    });
#if TORTOISE_MUST_FAIL == 5
    ++next_;
#endif
  }

 private:
  void HandNext() TORTOISE_REQUIRES(gate_) { gate_.Hand(0, next_++); }

  QuorumGate<int> gate_{1, true};
  int next_ TORTOISE_GUARDED_BY(gate_) = 0;
};

void Use(Account& account, Driver& driver) {
  account.Deposit(1);
  account.DepositTwice(account.WaitForMoney());
  driver.Start();
#if TORTOISE_MUST_FAIL == 6
  QuorumGate<int> gate(1, true);
  gate.Stop();
#endif
}

}  // namespace tortoise::test
