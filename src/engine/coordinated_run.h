// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/server.h"
#include "engine/thread_run.h"

namespace tortoise::internal {

/// A run in which a coordinator decides: workers push whole contributions, one
/// at a time under the gate's lock, and work from whole snapshots.
template <typename T>
class CoordinatedRun final : public ThreadRun<T> {
 public:
  CoordinatedRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
                 const RunOptions& options, std::span<const T> initial,
                 const RunControl& control);
  ~CoordinatedRun() override;

 private:
  void Work(ThreadWorker<T>& worker, Computation<T>& computation) override;
  void End(Termination termination, double seconds,
           std::string message) override;
  void Count(Progress& progress) override;
  void Read(typename BasicRun<T>::NewRecords& records) override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return server_.snapshots(); }

  template <typename Decide>
  Wake Push(int worker, Decide&& decide);
  Wake PushContribution(ThreadWorker<T>& worker,
                        const Computation<T>& computation, double loss,
                        const Timing& timing);

  Server<T> server_;
  typename Server<T>::Hand hand_;
  Records::Cursor cursor_;
};

}  // namespace tortoise::internal
