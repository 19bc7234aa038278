// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <exception>
#include <limits>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/computation.h"
#include "engine/evaluator.h"
#include "engine/records.h"
#include "engine/snapshots.h"
#include "engine/thread_worker.h"
#include "tortoise/core/clock.h"
#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// A run on real threads: starts P workers together, watches them from the
/// calling thread, joins them, and evaluates what they left. What the workers
/// share, and how, is a derived class's business.
template <typename T>
class ThreadRun {
 public:
  ThreadRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
            const RunOptions& options, const RunControl& control);
  virtual ~ThreadRun() = default;

  /// Runs; `w` receives the final parameters. Call once.
  Summary Execute(std::span<T> w);

 protected:
  // --- What a derived class provides ---------------------------------------

  /// On a worker's thread: makes contributions until the gate stops.
  virtual void Work(ThreadWorker<T>& worker, Computation<T>& computation) = 0;
  /// From any thread without the gate's lock: ends the run if it has not ended.
  virtual void End(Termination termination, double seconds,
                   std::string message) = 0;
  /// From the calling thread: counts so far, and rows new since the last call.
  virtual void Look(Progress& progress) = 0;
  virtual bool Read(std::vector<ContributionRecord>& contributions,
                    std::vector<UpdateRecord>& updates) = 0;
  /// Something to do on the calling thread at a time of the clock.
  virtual double next_chore() const {
    return std::numeric_limits<double>::infinity();
  }
  virtual void DoChore() {}
  /// After all workers have gone: closes the books, fills in the summary and
  /// the final parameters.
  virtual void Close(Summary& summary, std::span<T> w) = 0;
  virtual std::vector<Snapshot<T>>& snapshots() = 0;

  // --- What it may use ------------------------------------------------------

  /// To be called under the gate's lock once the run has ended.
  void StopWorkers();
  /// Scores of a model over all data.
  [[nodiscard]] Scores Evaluate(std::span<const T> w);
  /// The same with the clock paused.
  [[nodiscard]] Scores EvaluateStopped(std::span<const T> w);

  const AnyObjective<T>& train_;
  const RunOptions options_;
  const int num_workers_;
  RunClock clock_;
  const DelayTape tape_;
  QuorumGate<Ticket<T>> gate_;

 private:
  void RunThreads();
  void RunWorker(int worker);
  void Watch();
  void ReportProgress();
  void ReportRecords();
  bool TryEvaluate(Snapshot<T>& snapshot, Summary& summary);
  void EvaluateCurve(Summary& summary);
  void ReportWork(Summary& summary) const;

  const RunControl control_;
  Evaluator<T> train_evaluator_;
  std::unique_ptr<Evaluator<T>> test_evaluator_;
  std::vector<std::unique_ptr<Computation<T>>> computations_;
  std::vector<std::unique_ptr<ThreadWorker<T>>> workers_;

  std::atomic<bool> ended_{false};
  FutexSignal attention_;  // set when the watching thread has to look up
  std::mutex failure_mutex_;
  std::exception_ptr failure_;

  std::vector<ContributionRecord> new_contributions_;
  std::vector<UpdateRecord> new_updates_;
};

}  // namespace tortoise::internal
