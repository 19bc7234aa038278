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

// Events between looks at the real clock: a look costs as much as an event
// without a gradient.
constexpr std::int64_t kEventsPerLook = 1024;

// Up to here what is known of all workers stays in the second-level cache.
constexpr int kWorkersInCache = 5000;

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
std::exception_ptr VirtualRun<T>::Perform() {
  real_clock_.Start();
  Start();
  const bool has_gradients = this->train_.num_parameters() > 0;
  const std::int64_t events_per_look = has_gradients ? 1 : kEventsPerLook;
  std::int64_t until_look = events_per_look;
  Ledger& books = ledger();
  const bool fetches = this->num_workers_ > kWorkersInCache;
  while (!books.ended()) {
    if (fetches) {
      const int worker = flights_.FetchSoon();
      if (worker >= 0) books.Prefetch(worker);
    }
    Handle(flights_.Next());
    if (--until_look > 0) continue;
    until_look = events_per_look;
    LookUp();
  }
  return failure_;
}

template <typename T>
void VirtualRun<T>::Handle(const Flights::Event& event) {
  if (event.seconds > options_.stop.seconds) {
    now_ = options_.stop.seconds;
    ledger().End(Termination::kSeconds, now_);
    return;
  }
  now_ = event.seconds;
  switch (event.end) {
    case Flights::End::kArrives:
      Arrive(event);
      break;
    case Flights::End::kStalls:
      ledger().Stall(event.worker, now_);
      break;
    case Flights::End::kTraceEnds:
      ledger().End(Termination::kTraceEnded, now_,
                   "the trace has no delay " + std::to_string(event.gradient) +
                       " for worker " + std::to_string(event.worker));
      break;
    case Flights::End::kNone:
      break;
  }
}

template <typename T>
void VirtualRun<T>::LookUp() {
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
void VirtualRun<T>::Look(Progress& progress) {
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
  const Tally tally = flights_.TallyUntil(summary.seconds);
  summary.worker_seconds = {.computing = tally.computing,
                            .straggling = tally.straggling,
                            .waiting = tally.waiting,
                            .communicating = tally.communicating,
                            .cancelled = tally.cancelled};
  if (options_.compute_seconds > 0.0) {
    summary.computing_per_gradient = options_.compute_seconds;
  }
}

template class VirtualRun<float>;
template class VirtualRun<double>;

}  // namespace tortoise::internal
