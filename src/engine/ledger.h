// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "engine/ending.h"
#include "engine/records.h"
#include "engine/ticket.h"
#include "tortoise/core/large_vector.h"
#include "tortoise/engine/options.h"
#include "tortoise/protocol/coordinator.h"
#include "tortoise/protocol/pace.h"
#include "tortoise/straggler/delay_tape.h"

namespace tortoise::internal {

/// A worker pushes what it was released for.
struct Push {
  int worker = 0;
  double computed = 0.0;  // end of its computation, seconds
  double nominal = 0.0;   // when it should have arrived
  double seconds = 0.0;   // when it did
  std::size_t bytes = 0;
  double weight = 1.0;  // in its update's mean
};

/// The books of a run with a coordinator: who is released when, what becomes of
/// every contribution, when the run ends. It knows no model, no threads and no
/// clock: the time of an arrival is an argument. Not thread-safe.
///
/// An arrival takes three calls, with the model's part in between:
///
///     Arrive          the coordinator decides
///     CountUpdate     if an update fires; then the pace may change
///     ReleaseWorkers  unless the run has ended
class Ledger {
 public:
  Ledger(const RunOptions& options, std::size_t num_samples);

  /// Releases all workers at time 0 on version 0. `deliver` takes a Release.
  template <typename Deliver>
  void Start(Deliver&& deliver);

  /// A hint that `worker` arrives in about `kAhead` arrivals.
  static constexpr std::size_t kAhead = 8;
  void Prefetch(int worker);

  /// Valid until the next call. Requires that the run has not ended.
  const Decision& Arrive(const Push& push);

  /// Counts the update that the last arrival fires, at time `now`, and ends the
  /// run if no more are wanted.
  void CountUpdate(double now);

  /// K, tau and eta of what is released and counted from now on. To be called
  /// right after `CountUpdate`, or before `Start`. Throws std::invalid_argument
  /// for a quorum that the workers could not fill.
  void SetPace(const Pace& pace);

  /// Delivers what the last arrival released.
  template <typename Deliver>
  void ReleaseWorkers(Deliver&& deliver);

  /// Worker `worker` will never finish: its speed is 0 for good. Ends the run
  /// when nobody else can push either.
  void Stall(int worker, double seconds);

  /// Ends the run, unless it has ended already.
  void End(Termination termination, double seconds, std::string message = {});

  [[nodiscard]] bool ended() const { return ending_.ended(); }
  [[nodiscard]] double end_seconds() const { return ending_.seconds(); }
  [[nodiscard]] std::int64_t updates() const { return updates_; }
  /// In force.
  [[nodiscard]] const Pace& pace() const { return paces_.now(); }
  [[nodiscard]] std::int64_t gradients_applied() const {
    return records_.applied();
  }
  [[nodiscard]] const Records& records() const { return records_; }
  /// Pushed, but counted by no update yet.
  [[nodiscard]] std::size_t num_pending() const { return pushed_.size(); }
  /// Time at the latest stop, at or before `seconds`.
  [[nodiscard]] double Clamp(double seconds) const {
    return ending_.Clamp(seconds);
  }

  /// Appends rows and events that are new since the last call; see
  /// RecordBatch::replaces.
  bool Read(Records::Cursor& cursor,
            std::vector<ContributionRecord>& contributions,
            std::vector<UpdateRecord>& updates,
            std::vector<EventRecord>& events);

  /// Closes the books of an ended run: what is in flight is unfinished.
  void Close();

  /// Everything in a summary that is the ledger's.
  void Report(Summary& summary) const;

 private:
  enum class Activity : std::uint8_t { kWorking, kStalled, kIdle, kHeld };
  // Half a cache line; activities lie apart, a million in a megabyte.
  struct alignas(32) Worker {
    std::int64_t next_gradient = 0;
    // Of the contribution in flight.
    std::int64_t version_read = 0;
    double released = 0.0;
    double started = 0.0;  // when it could have started, if it is held
  };

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }
  Activity& activity(int worker) {
    return activities_[static_cast<std::size_t>(worker)];
  }
  [[nodiscard]] ContributionRecord RecordOf(int worker) const;
  Release Next(int worker, double released, double start);
  void Cancel(int worker);
  void EndIfAllStalled(double seconds);
  // Of a contribution, at its end.
  void Log(EventKind kind, const ContributionRecord& record) {
    if (!logs_events_) return;
    LogEvent({.kind = kind,
              .worker = record.worker,
              .gradient = record.gradient,
              .version = record.version_read,
              .seconds = record.seconds_arrived,
              .pace = {pace().quorum, record.local_steps, pace().step}});
  }
  void LogEvent(const EventRecord& event);

  const RunOptions options_;
  bool logs_events_;

  Coordinator coordinator_;
  PaceHistory paces_;
  RoundDelays round_delays_;
  LargeVector<Worker> workers_;
  LargeVector<Activity> activities_;
  int num_working_ = 0;
  std::array<int, kAhead / 2> prefetched_{};  // the last few
  std::size_t num_prefetched_ = 0;

  // The last arrival.
  Push push_;
  const Decision* decision_ = nullptr;
  double start_ = 0.0;  // of the workers that it releases

  std::vector<ContributionRecord> pushed_;  // pending, in order of arrival
  double latest_nominal_ = 0.0;             // among them
  std::int64_t updates_ = 0;
  Records records_;
  std::vector<EventRecord> events_;  // since the last `Read`

  Ending ending_;
};

// Inline, since a million workers make some ten million calls a second, and a
// record that goes through memory costs more than all that is done with it.

inline void Ledger::Prefetch(int worker) {
  __builtin_prefetch(&at(worker), 1);
  __builtin_prefetch(&activity(worker), 1);
  coordinator_.Prefetch(worker);
  // The next to be fetched is the bin that counts this worker's staleness, but
  // what it has read is not here yet. So the worker enters a ring of four, and
  // who entered four calls ago, and is known by now, leaves it: it arrives in
  // about four updates, and its staleness is the version then less its own.
  int& earlier = prefetched_[num_prefetched_++ % prefetched_.size()];
  records_.Prefetch(updates_ + static_cast<std::int64_t>(prefetched_.size()) -
                    at(earlier).version_read);
  earlier = worker;
}

inline const Decision& Ledger::Arrive(const Push& push) {
  push_ = push;
  activity(push.worker) = Activity::kIdle;
  --num_working_;
  latest_nominal_ =
      pushed_.empty() ? push.nominal : std::max(latest_nominal_, push.nominal);
  ContributionRecord& record = pushed_.emplace_back(RecordOf(push.worker));
  record.seconds_computed = push.computed;
  record.seconds_arrived = Clamp(push.seconds);
  record.bytes = static_cast<std::int64_t>(push.bytes);
  record.weight = static_cast<float>(push.weight);
  Log(EventKind::kArrival, record);
  decision_ = &coordinator_.Arrive(push.worker);
  return *decision_;
}

inline void Ledger::CountUpdate(double now) {
  ++updates_;
  std::int64_t staleness = 0;
  for (ContributionRecord& record : pushed_) {
    record.version_counted = decision_->version;
    staleness += decision_->version - record.version_read;
    records_.Applied(record);
  }
  const auto count = static_cast<int>(pushed_.size());
  pushed_.clear();
  records_.Updated({.update = updates_,
                    .seconds = now,
                    .contributions = count,
                    .mean_staleness = static_cast<double>(staleness) / count});
  if (logs_events_) {
    LogEvent({.kind = EventKind::kUpdate,
              .version = updates_,
              .seconds = now,
              .pace = pace()});
  }

  if (const auto limit = ending_.Reached(updates_, records_.applied())) {
    End(*limit, now);
  }
}

inline Release Ledger::Next(int w, double released, double start) {
  Worker& worker = at(w);
  const Release release = {.worker = w,
                           .gradient = worker.next_gradient,
                           .version = updates_,
                           .pace = pace(),
                           .released = released,
                           .start = start};
  worker.next_gradient += release.pace.local_steps;
  worker.version_read = updates_;
  worker.released = released;
  worker.started = start;
  activity(w) = Activity::kWorking;
  ++num_working_;
  records_.Started(release.pace.local_steps);
  if (logs_events_) {
    LogEvent({.kind = EventKind::kRelease,
              .worker = w,
              .gradient = release.gradient,
              .version = release.version,
              .seconds = released,
              .pace = release.pace});
  }
  return release;
}

// Neither computed nor arrived yet.
inline ContributionRecord Ledger::RecordOf(int w) const {
  constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
  const Worker& worker = workers_[static_cast<std::size_t>(w)];
  const Pace& pace = paces_.At(worker.version_read);
  return {.worker = w,
          .local_steps = pace.local_steps,
          .gradient = worker.next_gradient - pace.local_steps,
          .version_read = worker.version_read,
          .seconds_released = worker.released,
          .seconds_started = worker.started,
          .seconds_computed = kNaN,
          .seconds_arrived = kNaN,
          .step = pace.step};
}

template <typename Deliver>
void Ledger::Start(Deliver&& deliver) {
  for (int w = 0; w < options_.method.num_workers; ++w) {
    deliver(Next(w, 0.0, 0.0));
  }
}

template <typename Deliver>
void Ledger::ReleaseWorkers(Deliver&& deliver) {
  const double now = Clamp(push_.seconds);
  for (const int w : decision_->cancelled) Cancel(w);
  // Lateness does not pile up: what comes next starts when this should have
  // arrived. An update is due when the last of its contributions was.
  start_ = decision_->fires
               ? latest_nominal_ +
                     round_delays_.Seconds(static_cast<std::uint64_t>(updates_))
               : push_.nominal;
  for (const int w : decision_->released) {
    double start = start_;
    if (activity(w) == Activity::kHeld) {
      start = push_.nominal > at(w).started ? push_.nominal : at(w).started;
    }
    deliver(Next(w, now, start));
  }
  for (const int w : decision_->held) {
    activity(w) = Activity::kHeld;
    at(w).started = start_;
  }
  if (num_working_ == 0) EndIfAllStalled(push_.seconds);
}

}  // namespace tortoise::internal
