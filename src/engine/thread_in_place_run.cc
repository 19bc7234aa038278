// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_in_place_run.h"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <optional>
#include <utility>

#include "engine/progress.h"
#include "tortoise/optimizer/steps.h"

namespace tortoise::internal {

template <typename T>
ThreadInPlaceRun<T>::ThreadInPlaceRun(const AnyObjective<T>& train,
                                      const AnyObjective<T>* test,
                                      const RunOptions& options,
                                      std::span<const T> initial,
                                      const RunControl& control)
    : ThreadRun<T>(train, test, options, control),
      pace_(options.initial_pace()),
      by_coordinate_(train.is_sparse() && options.method.local_steps == 1),
      keeps_models_(SnapshotGrid<T>::ModelsFit(options, initial.size())),
      shared_(initial, std::get<InPlace>(options.method.aggregation).memory),
      round_delays_(options.round_delay, options.seed, options.repeat),
      books_(options),
      num_active_(this->num_workers_),
      pool_(initial.size()),
      last_finite_(pool_.Acquire()),
      grid_(options),
      ending_(options, train.num_samples()) {
  std::copy(initial.begin(), initial.end(),
            last_finite_.Mutable().parameters.begin());
  // The snapshot of time 0 is taken before there is any worker.
  grid_.KeepAt(0.0, State());
}

template <typename T>
void ThreadInPlaceRun<T>::Work(ThreadWorker<T>& worker,
                               Computation<T>& computation) {
  const int id = worker.id();
  const auto access = MakeSharedAccess<T>(shared_, computation, by_coordinate_);
  const std::function<bool()> cancelled = [&] {
    return this->gate_.Cancelled(id);
  };
  WorkerBooks& books = books_.of(id);
  Release release = {.worker = id, .pace = pace_};
  {
    const MutexLock lock(books);
    release.version = version_.Total();
    books.Begin(release);
  }
  bool goes_on = true;
  while (goes_on && !this->gate_.stopped()) {
    std::optional<Contribution<T>> contribution;
    const auto compute = [&] {
      // The version is read first, so an update counted in between makes the
      // contribution staler, never fresher.
      release.version = version_.Total();
      contribution = access->Contribute(release, cancelled);
      return contribution.has_value();
    };
    Timing timing;
    switch (worker.Compute(release, compute, timing)) {
      case Attempt::kComputed:
        goes_on = worker.WaitOut(timing) &&
                  Arrive(worker, *access, *contribution, timing, release);
        break;
      case Attempt::kInterrupted:
        return;
      case Attempt::kStalled:
        Leave();
        return;
      case Attempt::kTraceEnded:
        End(Termination::kTraceEnded, this->clock_.Now(),
            "the trace has no delay " + std::to_string(release.gradient) +
                " for worker " + std::to_string(id));
        return;
    }
  }
}

// A contribution is there. Returns false if the run has ended, before it or by
// it.
template <typename T>
bool ThreadInPlaceRun<T>::Arrive(ThreadWorker<T>& worker,
                                 SharedAccess<T>& access,
                                 const Contribution<T>& contribution,
                                 const Timing& timing, Release& release) {
  const StopRule& stop = this->options_.stop;
  if (timing.nominal > stop.seconds) {
    End(Termination::kSeconds, stop.seconds, {});
    return false;
  }
  if (!std::isfinite(contribution.loss)) {
    End(Termination::kDiverged, this->clock_.Now(),
        "a mini-batch loss is not finite");
    return false;
  }
  const auto limit = Write(worker, access, contribution, timing, release);
  if (limit) End(*limit, release.released, {});
  return !limit;
}

// Writes the contribution and books it, and begins the next one if that has met
// no stop rule.
template <typename T>
std::optional<Termination> ThreadInPlaceRun<T>::Write(
    ThreadWorker<T>& worker, SharedAccess<T>& access,
    const Contribution<T>& contribution, const Timing& timing,
    Release& release) {
  WorkerBooks& books = books_.of(worker.id());
  const MutexLock lock(books);
  if (this->gate_.stopped()) return std::nullopt;
  access.Write(contribution,
               static_cast<T>(ServerScale(pace_.local_steps, pace_.step)));
  const std::int64_t version = version_.Increment();
  const double now = this->clock_.Now();
  books.Count({.version_read = release.version,
               .version = version,
               .loss = contribution.loss,
               .computed = timing.computed,
               .seconds = ending_.Clamp(now),
               .bytes = contribution.bytes});
  worker.CountPushed(release, timing);
  release.released = ending_.Clamp(now);
  const std::int64_t updates = version + 1;
  const auto limit = ending_.Reached(updates, updates * pace_.local_steps);
  if (limit) return limit;
  release.gradient += pace_.local_steps;
  release.version = version_.Total();
  release.start = timing.nominal +
                  round_delays_.Seconds(static_cast<std::uint64_t>(updates));
  books.Begin(release);
  worker.Look(now);
  return std::nullopt;
}

// A worker has stopped for good; the last one to do so ends the run.
template <typename T>
void ThreadInPlaceRun<T>::Leave() {
  if (num_active_.fetch_sub(1) > 1) return;
  End(Termination::kWorkerStopped, this->clock_.Now(),
      "all workers have stopped for good");
}

template <typename T>
void ThreadInPlaceRun<T>::End(Termination termination, double seconds,
                              std::string message) {
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    ending_.End(termination, seconds, std::move(message));
    this->StopWorkers();
  });
}

template <typename T>
void ThreadInPlaceRun<T>::Count(Progress& progress) {
  progress.updates = version_.Total();
  progress.loss_estimate = books_.MeanLoss();
  EstimateEnd(this->options_, this->train_.num_samples(),
              progress.updates * pace_.local_steps, progress);
}

template <typename T>
void ThreadInPlaceRun<T>::Read(typename BasicRun<T>::NewRecords& records) {
  records.replaces = books_.Read(records.contributions, records.updates);
}

template <typename T>
void ThreadInPlaceRun<T>::TakeDueSnapshot() {
  try {
    TakeSnapshot(!keeps_models_ || EstimateIsAtTarget());
  } catch (...) {
    this->Fail("the objective threw an exception in an evaluation");
  }
}

template <typename T>
bool ThreadInPlaceRun<T>::EstimateIsAtTarget() {
  if (!this->options_.stop.target_loss) return false;
  const std::optional<double> estimate = books_.MeanLoss();
  return estimate && *estimate <= *this->options_.stop.target_loss;
}

// Whoever is writing finishes, and has looked at the clock, before it is
// stopped; it continues before anybody writes again. So the row holds all
// updates up to its time, and none that is later.
template <typename T>
void ThreadInPlaceRun<T>::TakeSnapshot(bool evaluate) {
  const auto locks = books_.LockAll();
  const StoppedClock stopped(this->clock_);
  const StopRule& stop = this->options_.stop;
  const double now = this->clock_.Now();
  if (now >= stop.seconds) return;  // the last row is the final model's
  Snapshot<T> state = State();
  if (!state.model) {
    End(Termination::kDiverged, now, "a parameter became NaN or infinite");
    return;
  }
  if (evaluate) {
    state.scores = this->Evaluate(state.model->parameters);
    if (!keeps_models_) state.model = {};
    if (stop.target_loss && state.scores->loss <= *stop.target_loss) {
      End(Termination::kTargetLoss, now, {});
    }
  }
  grid_.KeepAt(now, state);
}

// The model as it is; without a model if it is not finite. Requires all locks.
template <typename T>
Snapshot<T> ThreadInPlaceRun<T>::State() {
  Snapshot<T> state;
  ModelRef<T> model = pool_.Acquire();
  shared_.Read(model.Mutable().parameters);
  state.updates = version_.Total();
  model.Mutable().version = state.updates;
  state.gradients = state.updates * pace_.local_steps;
  state.pace = pace_;
  if (IsFinite<T>(model->parameters)) {
    state.model = model;
    last_finite_ = std::move(model);
  }
  return state;
}

template <typename T>
void ThreadInPlaceRun<T>::CloseBooks(Summary& summary, std::span<T> w) {
  books_.Close(summary);
  // Whoever was writing when the run ended finished its update.
  ending_.Prolong(summary.last_update_seconds);
  ending_.Report(summary);
  Snapshot<T> state = State();
  if (!state.model) {
    summary.termination = Termination::kDiverged;
    summary.message = "a parameter became NaN or infinite";
    state.model = last_finite_;
    // The model is older than the updates beside it: no losses.
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    state.scores = Scores{kNone, kNone, kNone};
  }
  summary.updates = state.updates;
  grid_.Finish(summary.seconds, summary.last_update_seconds, state);
  const std::span<const T> final_parameters = state.model->parameters;
  std::copy(final_parameters.begin(), final_parameters.end(), w.begin());
}

template class ThreadInPlaceRun<float>;
template class ThreadInPlaceRun<double>;

}  // namespace tortoise::internal
