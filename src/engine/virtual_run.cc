// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/virtual_run.h"

#include <string>

#include "engine/progress.h"

namespace tortoise::internal {
namespace {

// Seconds of the real clock, as on real threads.
constexpr double kProgressSeconds = 0.1;
constexpr double kRecordsSeconds = 0.9;

}  // namespace

template <typename T>
VirtualRun<T>::VirtualRun(const AnyObjective<T>& train,
                          const AnyObjective<T>* test,
                          const RunOptions& options, const RunControl& control)
    : BasicRun<T>(train, test, options, control),
      flights_(options),
      next_progress_(kProgressSeconds),
      next_records_(kRecordsSeconds) {}

template <typename T>
void VirtualRun<T>::HandleStallOrEnd(const Flights::Event& event) {
  if (event.seconds > options_.stop.seconds) {
    now_ = options_.stop.seconds;
    ledger().End(Termination::kSeconds, now_);
    return;
  }
  now_ = event.seconds;
  if (event.end == Flights::End::kStalls) {
    ledger().Stall(event.worker, now_);
  } else if (event.end == Flights::End::kTraceEnds) {
    ledger().End(Termination::kTraceEnded, now_,
                 "the trace has no delay " + std::to_string(event.gradient) +
                     " for worker " + std::to_string(event.worker));
  }
}

template <typename T>
void VirtualRun<T>::ReportIfDue() {
  if (control_.stop.stop_requested()) {
    ledger().End(Termination::kInterrupted, now_, "interrupted");
    return;
  }
  if (!control_.observer) return;
  const double real = real_clock_.Now();
  if (real >= next_progress_) {
    this->ReportProgress();
    next_progress_ = real + kProgressSeconds;
  }
  if (real >= next_records_) {
    this->ReportRecords();
    next_records_ = real + kRecordsSeconds;
  }
}

template <typename T>
void VirtualRun<T>::FillProgress(Progress& progress) {
  progress.seconds = now_;
  progress.updates = ledger().updates();
  Count(progress);
  EstimateEnd(options_, this->train_.num_samples(),
              ledger().gradients_applied(), progress);
  // What is left is virtual too, and nobody waits that long.
  progress.seconds_left.reset();
  const double real = real_clock_.Now();
  if (progress.fraction > 0.0) {
    progress.seconds_left = real * (1.0 / progress.fraction - 1.0);
  }
}

template <typename T>
void VirtualRun<T>::Read(typename BasicRun<T>::NewRecords& records) {
  records.replaces = ledger().Read(cursor_, records.contributions,
                                   records.updates, records.events);
}

template <typename T>
void VirtualRun<T>::Close(Summary& summary, std::span<T> w) {
  CloseBooks(summary, w);
  const WorkerSeconds spent = flights_.SecondsUntil(summary.seconds);
  summary.worker_seconds = {.computing = spent.computing,
                            .straggling = spent.straggling,
                            .waiting = spent.waiting,
                            .communicating = spent.communicating,
                            .cancelled = spent.cancelled};
  if (options_.compute_seconds > 0.0) {
    summary.computing_per_gradient = options_.compute_seconds;
  }
}

template class VirtualRun<float>;
template class VirtualRun<double>;

}  // namespace tortoise::internal
