// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <stop_token>

#include "tortoise/engine/options.h"
#include "tortoise/engine/summary.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise {

/// How far a run is.
struct Progress {
  bool evaluating = false;  // the race is over; losses are being computed
  double seconds = 0.0;     // on the run's clock
  // Until the end, if stop.seconds, updates or epochs allow an estimate.
  std::optional<double> seconds_left = std::nullopt;
  double fraction = 0.0;  // of the run, or of the evaluation; in [0, 1]
  std::int64_t updates = 0;
  // Running mean of mini-batch losses.
  std::optional<double> loss_estimate = std::nullopt;
};

/// New rows of the records, in order of arrival or cancelling.
struct RecordBatch {
  // The records were thinned: the spans hold everything that is kept, and
  // replace all rows that were given before.
  bool replaces = false;
  std::span<const ContributionRecord> contributions;
  std::span<const UpdateRecord> updates;
  // If options.report.events: those since the last batch, never replaced.
  // Nothing more once the contributions were thinned.
  std::span<const EventRecord> events = {};
};

/// Watches a run. All functions are called on the thread that called `Run`,
/// while the workers run on. An exception stops the run and reaches the caller.
class RunObserver {
 public:
  virtual ~RunObserver() = default;
  virtual void OnProgress(const Progress&) {}    // ten times a second
  virtual void OnRecords(const RecordBatch&) {}  // every second, and at the end
};

/// How to reach into a run from outside. Every member may be left as it is.
struct RunControl {
  RunObserver* observer = nullptr;
  std::stop_token stop = {};             // ends the run as kInterrupted
  std::stop_token skip_evaluation = {};  // leaves the remaining losses NaN
};

/// Runs one racer, on the clock that its options name.
///
///   - Clock::kWall: P threads that share one model, started together and
///     joined before it returns.
///   - Clock::kVirtual: events in order of time, on the delay tape alone. The
///     outcome, every bit of it, is a function of the objective, the options
///     and `w`; gradients in flight are computed ahead on all processors.
///     A method that writes in place is async with whole updates. With an
///     objective without parameters only the events happen, for any number of
///     workers.
///
/// `w`, [num_parameters], holds the initial parameters and then the final
/// ones. `test` may be null; it is evaluated together with `train`, after the
/// run or with its clock stopped. T is float or double.
///
/// Throws std::invalid_argument with the text of `Violation` before anything
/// starts. Does not throw what a worker threw: see Summary::failure.
template <typename T>
[[nodiscard]] Summary Run(const AnyObjective<T>& train,
                          const AnyObjective<T>* test,
                          const RunOptions& options, std::span<T> w,
                          const RunControl& control = {});

/// Looks at models during a run in virtual time or a replay, from one thread.
template <typename T>
class UpdateProbe {
 public:
  virtual ~UpdateProbe() = default;

  /// An update of version `version` counts a contribution computed from
  /// `snapshot`, of version `version_read`. Called once per contribution, in
  /// order of arrival. The spans, [num_parameters], are valid during the call.
  virtual void OnContribution(std::int64_t version, std::span<const T> model,
                              std::int64_t version_read,
                              std::span<const T> snapshot) = 0;
};

/// `Run` in virtual time, with a probe. Requires options.clock to be kVirtual.
template <typename T>
[[nodiscard]] Summary RunInVirtualTime(const AnyObjective<T>& train,
                                       const AnyObjective<T>* test,
                                       const RunOptions& options,
                                       std::span<T> w,
                                       const RunControl& control = {},
                                       UpdateProbe<T>* probe = nullptr);

}  // namespace tortoise
