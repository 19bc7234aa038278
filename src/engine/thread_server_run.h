// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/event_queue.h"
#include "engine/server.h"
#include "engine/thread_run.h"
#include "tortoise/core/aligned.h"
#include "tortoise/core/mutex.h"

namespace tortoise::internal {

/// A run in which a coordinator decides: workers push whole contributions, one
/// at a time under the gate's lock, and work from whole snapshots.
///
/// Contributions arrive in order of nominal time, at equal times the lower
/// worker id first, as in virtual time: a worker that is done hands over what
/// it has computed before it waits for its deadline, and whoever has the lock
/// next counts everything that is due, in whatever order threads wake.
template <typename T>
class ThreadServerRun final : public ThreadRun<T> {
 public:
  ThreadServerRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
                  const RunOptions& options, std::span<const T> initial,
                  const RunControl& control);
  ~ThreadServerRun() override;

 private:
  void Work(ThreadWorker<T>& worker, Computation<T>& computation) override;
  void End(Termination termination, double seconds,
           std::string message) override;
  void Count(Progress& progress) override;
  void Read(typename BasicRun<T>::NewRecords& records) override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override {
    this->gate_.AssertHeld();  // nobody else is left
    return server_.snapshots();
  }

  // What a worker has computed: its own while it is not in `due_`, else whoever
  // has the lock may count it.
  struct alignas(kFalseSharingRange) Computed {
    Ticket<T> ticket;
    Contribution<T> contribution;
    double computed = 0.0;
    std::optional<double> arrived;
  };

  template <typename Decide>
  Wake Push(int worker, Decide&& decide);
  Wake PushContribution(ThreadWorker<T>& worker, Timing& timing);
  void ArriveUntil(double seconds, double now) TORTOISE_REQUIRES(this->gate_);
  void DeliverAll() TORTOISE_REQUIRES(this->gate_);

  Server<T> server_ TORTOISE_GUARDED_BY(this->gate_);
  typename Server<T>::Deliver deliver_;
  std::vector<Computed> computed_;
  EventQueue due_ TORTOISE_GUARDED_BY(this->gate_);  // by nominal time
  // What the server has just released, and about when it is due.
  struct Delivery {
    double due;
    int worker;
    Ticket<T> ticket;
  };
  std::vector<Delivery> deliveries_ TORTOISE_GUARDED_BY(this->gate_);
  Records::Cursor cursor_ TORTOISE_GUARDED_BY(this->gate_);
};

}  // namespace tortoise::internal
