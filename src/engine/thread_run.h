// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <exception>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/clock.h"
#include "engine/basic_run.h"
#include "engine/computation.h"
#include "engine/thread_worker.h"
#include "tortoise/core/mutex.h"
#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// The clock stands still while this lives.
class StoppedClock {
 public:
  explicit StoppedClock(RunClock& clock) : clock_(clock) { clock_.Pause(); }
  ~StoppedClock() { clock_.Resume(); }
  StoppedClock(const StoppedClock&) = delete;
  StoppedClock& operator=(const StoppedClock&) = delete;

 private:
  RunClock& clock_;
};

/// A run on real threads: starts P workers together, watches them from the
/// calling thread and joins them. What the workers
/// share, and how, is a derived class's business.
template <typename T>
class ThreadRun : public BasicRun<T> {
 public:
  ThreadRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
            const RunOptions& options, const RunControl& control);

 protected:
  // --- What a derived class provides ---------------------------------------

  /// On a worker's thread: makes contributions until the gate stops.
  virtual void Work(ThreadWorker<T>& worker, Computation<T>& computation) = 0;
  /// From any thread without the gate's lock: ends the run if it has not ended.
  virtual void End(Termination termination, double seconds,
                   std::string message) = 0;
  /// From the calling thread: counts so far.
  virtual void Count(Progress& progress) = 0;
  /// Something to do on the calling thread at a time of the clock.
  virtual double next_snapshot() const {
    return std::numeric_limits<double>::infinity();
  }
  virtual void TakeDueSnapshot() {}
  /// After all workers have gone: as `Close`, but for what workers measured.
  virtual void CloseBooks(Summary& summary, std::span<T> w) = 0;

  // --- What it may use ------------------------------------------------------

  /// Once the run has ended.
  void StopWorkers() TORTOISE_REQUIRES(gate_);
  /// From a handler of an exception, without the gate's lock: ends the run as
  /// kWorkerFailed; the first exception becomes the summary's.
  void Fail(std::string message);
  /// Scores of a model over all data, with the clock stopped.
  [[nodiscard]] Scores EvaluateStopped(std::span<const T> w);

  using BasicRun<T>::control_;
  using BasicRun<T>::num_workers_;
  using BasicRun<T>::options_;

  RunClock clock_;
  const DelayTape tape_;
  QuorumGate<Ticket<T>> gate_;

 private:
  std::exception_ptr Perform() final;
  void FillProgress(Progress& progress) final;
  void Close(Summary& summary, std::span<T> w) final;
  void RunThreads();
  void RunWorker(int worker);
  void Watch();
  void ReportWork(Summary& summary) const;

  std::vector<std::unique_ptr<Computation<T>>> computations_;
  std::vector<std::unique_ptr<ThreadWorker<T>>> workers_;

  std::atomic<bool> ended_{false};
  FutexSignal attention_;  // set when the watching thread has to look up
  Mutex failure_mutex_;
  std::exception_ptr failure_ TORTOISE_GUARDED_BY(failure_mutex_);
};

}  // namespace tortoise::internal
