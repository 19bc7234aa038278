// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_run.h"

#include <algorithm>
#include <cmath>
#include <latch>
#include <stop_token>
#include <thread>

#include "tortoise/core/text.h"

namespace tortoise::internal {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kProgressSeconds = 0.1;
constexpr double kRecordsSeconds = 0.9;  // promised: at least every second
constexpr int kSpins = 2000;             // some 10 us

// Spinning pays only while every worker has a processor of its own.
int Spins(int num_workers) {
  return num_workers < AvailableProcessors() ? kSpins : 0;
}

}  // namespace

template <typename T>
ThreadRun<T>::ThreadRun(const AnyObjective<T>& train,
                        const AnyObjective<T>* test, const RunOptions& options,
                        const RunControl& control)
    : train_(train),
      options_(options),
      num_workers_(options.method.synchrony.participants),
      tape_(options.delay, options.seed, options.repeat),
      gate_(num_workers_, options.method.synchrony.cancels_stragglers,
            Spins(num_workers_)),
      control_(control),
      train_evaluator_(train) {
  if (test) test_evaluator_ = std::make_unique<Evaluator<T>>(*test);
  for (int w = 0; w < num_workers_; ++w) {
    computations_.push_back(
        std::make_unique<Computation<T>>(train, options_, w));
    workers_.push_back(
        std::make_unique<ThreadWorker<T>>(w, options_, clock_, tape_, gate_));
  }
}

template <typename T>
Summary ThreadRun<T>::Execute(std::span<T> w) {
  RunThreads();
  Summary summary;
  summary.num_workers = num_workers_;
  Close(summary, w);
  summary.failure = failure_;
  ReportWork(summary);
  summary.parameters_checksum = Fnv1a(std::as_bytes(w));
  ReportRecords();
  EvaluateCurve(summary);
  return summary;
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
    Work(self, *computations_[static_cast<std::size_t>(worker)]);
  } catch (...) {
    {
      const std::lock_guard lock(failure_mutex_);
      if (!failure_) failure_ = std::current_exception();
    }
    End(Termination::kWorkerFailed, clock_.Now(),
        "worker " + std::to_string(worker) + " threw an exception");
  }
  self.CountProcessorSeconds();
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
      if (now >= next_chore()) DoChore();
      if (control_.observer && now >= next_progress) {
        ReportProgress();
        next_progress = now + kProgressSeconds;
      }
      if (control_.observer && now >= next_records) {
        ReportRecords();
        next_records = now + kRecordsSeconds;
      }
      double wake = std::min(options_.stop.seconds, next_chore());
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
void ThreadRun<T>::ReportProgress() {
  Progress progress;
  progress.seconds = clock_.Now();
  Look(progress);
  control_.observer->OnProgress(progress);
}

template <typename T>
void ThreadRun<T>::ReportRecords() {
  if (!control_.observer) return;
  new_contributions_.clear();
  new_updates_.clear();
  const bool replaces = Read(new_contributions_, new_updates_);
  control_.observer->OnRecords({.replaces = replaces,
                                .contributions = new_contributions_,
                                .updates = new_updates_});
}

template <typename T>
Scores ThreadRun<T>::Evaluate(std::span<const T> w) {
  Scores scores{train_evaluator_.Evaluate(w, false).loss, kNaN, kNaN};
  if (test_evaluator_) {
    const Score test = test_evaluator_->Evaluate(w, true);
    scores.test_loss = test.loss;
    scores.test_accuracy = test.accuracy.value_or(kNaN);
  }
  return scores;
}

template <typename T>
Scores ThreadRun<T>::EvaluateStopped(std::span<const T> w) {
  struct Pause {
    explicit Pause(RunClock& paused) : clock(paused) { clock.Pause(); }
    ~Pause() { clock.Resume(); }
    RunClock& clock;
  } const pause(clock_);
  return Evaluate(w);
}

// Returns false if the objective threw: what was measured is kept.
template <typename T>
bool ThreadRun<T>::TryEvaluate(Snapshot<T>& snapshot, Summary& summary) {
  try {
    snapshot.scores = Evaluate(snapshot.model.parameters());
    return true;
  } catch (...) {
    if (!summary.failure) summary.failure = std::current_exception();
    summary.termination = Termination::kWorkerFailed;
    summary.message = "the objective threw an exception in an evaluation";
    return false;
  }
}

// Evaluates the snapshots, the last one first: if evaluation is skipped half
// way, the loss that was reached is known.
template <typename T>
void ThreadRun<T>::EvaluateCurve(Summary& summary) {
  std::vector<Snapshot<T>>& kept = snapshots();
  std::vector<std::size_t> order(kept.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = (i + order.size() - 1) % order.size();
  }
  const Snapshot<T>* previous = nullptr;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Snapshot<T>& snapshot = kept[order[i]];
    if (snapshot.scores || control_.skip_evaluation.stop_requested()) continue;
    if (previous && previous->model == snapshot.model) {
      snapshot.scores = previous->scores;
    } else if (!TryEvaluate(snapshot, summary)) {
      break;
    }
    previous = &snapshot;
    if (!control_.observer) continue;
    Progress progress{.evaluating = true, .seconds = summary.seconds};
    progress.updates = summary.updates;
    progress.fraction =
        static_cast<double>(i + 1) / static_cast<double>(order.size());
    control_.observer->OnProgress(progress);
  }
  for (const Snapshot<T>& snapshot : kept) {
    const Scores scores = snapshot.scores.value_or(Scores{kNaN, kNaN, kNaN});
    summary.curve.push_back({.seconds = snapshot.seconds,
                             .updates = snapshot.updates,
                             .gradients = snapshot.gradients,
                             .loss = scores.loss,
                             .test_loss = scores.test_loss,
                             .test_accuracy = scores.test_accuracy,
                             .quorum = snapshot.quorum,
                             .local_steps = snapshot.local_steps});
  }
  const bool was_cut_short =
      summary.termination == Termination::kWorkerFailed ||
      summary.termination == Termination::kInterrupted;
  if (kept.back().scores && !std::isfinite(kept.back().scores->loss) &&
      !was_cut_short) {
    summary.termination = Termination::kDiverged;
    summary.message = "the training loss is not finite";
  }
}

template <typename T>
void ThreadRun<T>::ReportWork(Summary& summary) const {
  Tally tally;
  for (const auto& worker : workers_) tally.Merge(worker->tally());
  summary.worker_seconds = {.computing = tally.computing,
                            .straggling = tally.straggling,
                            .waiting = tally.waiting,
                            .communicating = tally.communicating,
                            .cancelled = tally.cancelled};
  summary.delay_overshoot = {.p50 = tally.overshoot.Quantile(0.5),
                             .p99 = tally.overshoot.Quantile(0.99)};
  if (tally.gradients_pushed > 0) {
    summary.computing_per_gradient =
        tally.computing / static_cast<double>(tally.gradients_pushed);
  }
  if (tally.gradients_computed == 0) return;
  const auto gradients = static_cast<double>(tally.gradients_computed);
  const double mean = MeanDelay(options_.delay);
  if (mean > 0.0) {  // the load is 0 if the mean diverges
    // Time on a processor, not on the wall: waking up counts, being preempted
    // by another worker does not.
    summary.compute_load = num_workers_ * tally.processor_seconds /
                           (gradients * AvailableProcessors() * mean);
  }
}

template class ThreadRun<float>;
template class ThreadRun<double>;

}  // namespace tortoise::internal
