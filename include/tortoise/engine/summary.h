// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <exception>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tortoise/core/words.h"
#include "tortoise/memory/staleness_histogram.h"
#include "tortoise/protocol/pace.h"

namespace tortoise {

/// Why a run ended. In every case the parameters are those after the last
/// update that was counted. If kDiverged these are the last that were finite;
/// in place, the last finite ones that a snapshot was taken of.
enum class Termination {
  kSeconds,        // the clock reached stop.seconds
  kUpdates,        // as many updates as asked for
  kEpochs,         // as many epochs as asked for
  kTargetLoss,     // the training loss is at or below stop.target_loss
  kDiverged,       // NaN or infinity in the parameters or a loss
  kWorkerStopped,  // nobody can push any more: workers stopped for good
  kWorkerFailed,   // an exception in a worker; see Summary::failure
  kTraceEnded,     // a worker needed more delays than the trace holds
  kInterrupted,    // asked to stop from outside
};

inline constexpr Word<Termination> kTerminationWords[] = {
    {Termination::kSeconds, "seconds"},
    {Termination::kUpdates, "updates"},
    {Termination::kEpochs, "epochs"},
    {Termination::kTargetLoss, "target_loss"},
    {Termination::kDiverged, "diverged"},
    {Termination::kWorkerStopped, "worker_stopped"},
    {Termination::kWorkerFailed, "worker_failed"},
    {Termination::kTraceEnded, "trace_ended"},
    {Termination::kInterrupted, "interrupted"}};
constexpr std::span<const Word<Termination>> WordsOf(Termination) {
  return kTerminationWords;
}

/// One point of the loss curve: the model after all updates at times <=
/// `seconds`. Losses are over all data, computed off the clock; NaN if they
/// were not computed (no test data, or evaluation was skipped).
struct CurvePoint {
  double seconds = 0.0;
  std::int64_t updates = 0;
  std::int64_t gradients = 0;  // applied
  double loss = 0.0;
  double test_loss = 0.0;
  double test_accuracy = 0.0;  // in [0, 1]; NaN for regression
  Pace pace = {};              // in force then
};

/// What became of a contribution. One that is dropped arrived, and was counted
/// by no update.
enum class Fate { kApplied, kCancelled, kUnfinished, kDropped };
inline constexpr Word<Fate> kFateWords[] = {{Fate::kApplied, "applied"},
                                            {Fate::kCancelled, "cancelled"},
                                            {Fate::kUnfinished, "unfinished"},
                                            {Fate::kDropped, "dropped"}};
constexpr std::span<const Word<Fate>> WordsOf(Fate) { return kFateWords; }

/// One contribution, from its release to its end. Seconds of the run's clock;
/// NaN for what never happened.
struct ContributionRecord {
  int worker = 0;
  int local_steps = 1;                // tau: draws that it takes
  std::int64_t gradient = 0;          // index of its first draw on the tape
  std::int64_t version_read = 0;      // of its snapshot
  std::int64_t version_counted = -1;  // when counted; -1 if it was not
  double seconds_released = 0.0;
  double seconds_started = 0.0;   // nominal: when the release was due, + D
  double seconds_computed = 0.0;  // end of the real computation
  double seconds_arrived = 0.0;   // or the moment of cancelling
  double step = 0.0;              // eta that it was released with
  std::int64_t bytes = 0;         // pushed; 0 if it never arrived
  float weight = 1.0F;            // in its update's mean
  Fate fate = Fate::kUnfinished;
};

/// One update.
struct UpdateRecord {
  std::int64_t update = 1;  // makes version `update`
  double seconds = 0.0;
  int contributions = 1;
  double mean_staleness = 0.0;
};

/// What happened, in the one order in which it happened.
enum class EventKind : std::uint8_t {
  kRelease,
  kArrival,
  kUpdate,
  kCancel,
  kDrop,
};
inline constexpr Word<EventKind> kEventKindWords[] = {
    {EventKind::kRelease, "release"},
    {EventKind::kArrival, "arrival"},
    {EventKind::kUpdate, "update"},
    {EventKind::kCancel, "cancel"},
    {EventKind::kDrop, "drop"}};
constexpr std::span<const Word<EventKind>> WordsOf(EventKind) {
  return kEventKindWords;
}

/// One event of a run, with what is needed to replay it. A release fixes the
/// snapshot of version `version`; an update makes version `version` of the
/// contributions that arrived since the last one. A drop takes the place of an
/// arrival that no update counts.
struct EventRecord {
  EventKind kind = EventKind::kRelease;
  int worker = -1;             // -1: an update has none
  std::int64_t gradient = -1;  // first draw of the contribution; -1: update
  std::int64_t version = 0;    // of the snapshot; of an update: that it makes
  double seconds = 0.0;
  // In force; but tau of an arrival, a drop or a cancelling is that which its
  // contribution was released with.
  Pace pace = {.step = 0.0};
};

/// What a run measured.
struct Summary {
  Termination termination = Termination::kUpdates;
  std::string message;         // one sentence for a user
  std::exception_ptr failure;  // kWorkerFailed only

  int num_workers = 1;
  double seconds = 0.0;              // from the start to the end of the run
  double last_update_seconds = 0.0;  // 0 if there was no update
  std::int64_t updates = 0;

  // started = applied + cancelled + dropped + unfinished, always.
  struct {
    std::int64_t started = 0;
    std::int64_t applied = 0;
    std::int64_t cancelled = 0;
    std::int64_t dropped = 0;
    std::int64_t unfinished = 0;
  } gradients;

  StalenessHistogram staleness;  // of every counted contribution
  std::vector<CurvePoint> curve;

  // Summed over workers. `straggling` is the wait for an injected delay to
  // pass, `waiting` for others; `cancelled` is all time spent on contributions
  // that were cancelled.
  struct {
    double computing = 0.0;
    double straggling = 0.0;
    double waiting = 0.0;
    double communicating = 0.0;
    double cancelled = 0.0;
  } worker_seconds;

  // How late contributions arrived after injected delays, in seconds.
  struct {
    std::optional<double> p50;
    std::optional<double> p99;
  } delay_overshoot;

  // P x computing per gradient / (processors x mean X); nothing without delay.
  std::optional<double> compute_load;
  std::optional<double> computing_per_gradient;  // mean seconds

  std::string parameters_checksum;  // FNV-1a of the final parameters

  // Rows that the records were thinned to, and how many there were.
  std::int64_t contributions_recorded = 0;
  std::int64_t contributions_kept = 0;
  std::int64_t updates_kept = 0;

  [[nodiscard]] double initial_loss() const;  // NaN if not computed
  [[nodiscard]] double final_loss() const;
  [[nodiscard]] double best_loss() const;

  /// last_update_seconds / updates; NaN without updates.
  [[nodiscard]] double seconds_per_update() const;

  /// Time of the first point of the curve at or below `loss`, if any.
  [[nodiscard]] std::optional<double> SecondsTo(double loss) const;

  /// One line.
  [[nodiscard]] std::string BriefReport() const;
  /// A table of everything measured.
  [[nodiscard]] std::string FullReport() const;
};

}  // namespace tortoise
