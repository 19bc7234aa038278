// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_run.h"

#include <algorithm>
#include <cmath>
#include <latch>
#include <stop_token>
#include <thread>
#include <utility>

namespace tortoise::internal {
namespace {

constexpr double kProgressSeconds = 0.1;
constexpr double kRecordsSeconds = 0.9;  // promised: at least every second
constexpr int kSpins = 2000;             // some 20 us to 80 us

// Spinning pays only while every worker has a processor of its own.
int Spins(int num_workers) {
  return num_workers <= AvailableProcessors() ? kSpins : 0;
}

}  // namespace

template <typename T>
ThreadRun<T>::ThreadRun(const AnyObjective<T>& train,
                        const AnyObjective<T>* test, const RunOptions& options,
                        const RunControl& control)
    : BasicRun<T>(train, test, options, control),
      tape_(options.delay, options.seed, options.repeat),
      gate_(num_workers_, options.method.synchrony.cancels_stragglers,
            Spins(num_workers_)) {
  for (int w = 0; w < num_workers_; ++w) {
    computations_.push_back(std::make_unique<Computation<T>>(train, options_));
    workers_.push_back(
        std::make_unique<ThreadWorker<T>>(w, options_, clock_, tape_, gate_));
  }
}

template <typename T>
std::exception_ptr ThreadRun<T>::Perform() {
  RunThreads();
  const MutexLock lock(failure_mutex_);
  return failure_;
}

template <typename T>
void ThreadRun<T>::Close(Summary& summary, std::span<T> w) {
  CloseBooks(summary, w);
  ReportWork(summary);
}

// Starts all workers behind one gate, watches until the run ends, and joins
// them. If anything throws on the way, they are stopped first.
template <typename T>
void ThreadRun<T>::RunThreads() {
  std::latch ready(num_workers_);
  std::latch go(1);
  std::vector<std::jthread> threads;
  threads.reserve(workers_.size());
  bool started = false;
  try {
    for (int w = 0; w < num_workers_; ++w) {
      threads.emplace_back([this, w, &ready, &go] {
        SharpenTimers();
        ready.count_down();
        go.wait();
        RunWorker(w);
      });
    }
    ready.wait();
    clock_.Start();
    started = true;
    go.count_down();
    Watch();
  } catch (...) {
    End(Termination::kInterrupted, clock_.Now(), "the observer failed");
    if (!started) go.count_down();
    throw;
  }
}

template <typename T>
void ThreadRun<T>::RunWorker(int worker) {
  ThreadWorker<T>& self = *workers_[static_cast<std::size_t>(worker)];
  try {
    self.Look(clock_.Now());
    Work(self, *computations_[static_cast<std::size_t>(worker)]);
  } catch (...) {
    Fail("worker " + std::to_string(worker) + " threw an exception");
  }
  self.CountProcessorSeconds();
}

template <typename T>
void ThreadRun<T>::Fail(std::string message) {
  {
    const MutexLock lock(failure_mutex_);
    if (!failure_) failure_ = std::current_exception();
  }
  End(Termination::kWorkerFailed, clock_.Now(), std::move(message));
}

template <typename T>
void ThreadRun<T>::Watch() {
  const std::stop_callback wake_up(control_.stop,
                                   [this] { attention_.Publish(1); });
  double next_progress = kProgressSeconds;
  double next_records = kRecordsSeconds;
  while (!ended_.load()) {
    const double now = clock_.Now();
    if (control_.stop.stop_requested()) {
      End(Termination::kInterrupted, now, "interrupted");
    } else if (now >= options_.stop.seconds) {
      End(Termination::kSeconds, options_.stop.seconds, {});
    } else {
      if (now >= next_snapshot()) TakeDueSnapshot();
      if (control_.observer && now >= next_progress) {
        this->ReportProgress();
        next_progress = now + kProgressSeconds;
      }
      if (control_.observer && now >= next_records) {
        this->ReportRecords();
        next_records = now + kRecordsSeconds;
      }
      double wake = std::min(options_.stop.seconds, next_snapshot());
      if (control_.observer)
        wake = std::min({wake, next_progress, next_records});
      attention_.Wait(0, clock_.Deadline(wake));
    }
  }
}

template <typename T>
void ThreadRun<T>::StopWorkers() {
  gate_.Stop();
  ended_.store(true);
  attention_.Publish(1);
}

template <typename T>
void ThreadRun<T>::FillProgress(Progress& progress) {
  progress.seconds = clock_.Now();
  Count(progress);
}

template <typename T>
Scores ThreadRun<T>::EvaluateStopped(std::span<const T> w) {
  const StoppedClock stopped(clock_);
  return this->Evaluate(w);
}

template <typename T>
void ThreadRun<T>::ReportWork(Summary& summary) const {
  WorkerSeconds spent;
  for (const auto& worker : workers_) spent.Merge(worker->spent());
  summary.worker_seconds = {.computing = spent.computing,
                            .straggling = spent.straggling,
                            .waiting = spent.waiting,
                            .communicating = spent.communicating,
                            .cancelled = spent.cancelled};
  summary.delay_overshoot = {.p50 = spent.overshoot.Quantile(0.5),
                             .p99 = spent.overshoot.Quantile(0.99)};
  if (spent.gradients_pushed > 0) {
    summary.computing_per_gradient =
        spent.computing / static_cast<double>(spent.gradients_pushed);
  }
  if (spent.gradients_computed == 0) return;
  const auto gradients = static_cast<double>(spent.gradients_computed);
  const double mean = options_.delay.Mean();
  if (mean > 0.0) {  // the load is 0 if the mean diverges
    // Time on a processor, not on the wall: waking up counts, being preempted
    // by another worker does not.
    summary.compute_load = num_workers_ * spent.processor_seconds /
                           (gradients * AvailableProcessors() * mean);
  }
}

template class ThreadRun<float>;
template class ThreadRun<double>;

}  // namespace tortoise::internal
