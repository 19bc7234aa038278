// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/in_place_run.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>

#include "engine/progress.h"
#include "tortoise/optimizer/rules.h"

namespace tortoise::internal {

template <typename T>
struct InPlaceRun<T>::Hands {
  Hands(InPlaceRun& run, Lane& own)
      : lane(own), view(run.shared_.coordinates()) {
    if (!run.reads_sparse_) ticket.snapshot = run.pool_.Acquire();
  }
  Lane& lane;
  SparseView<T> view;
  // The snapshot is a private copy; none if the objective is sparse.
  Ticket<T> ticket;
  Contribution<T> contribution;
};

template <typename T>
InPlaceRun<T>::InPlaceRun(const AnyObjective<T>& train,
                          const AnyObjective<T>* test,
                          const RunOptions& options, std::span<const T> initial,
                          const RunControl& control)
    : ThreadRun<T>(train, test, options, control),
      reads_sparse_(train.is_sparse() && options.method.local_steps == 1),
      shared_(initial, std::get<InPlace>(options.method.aggregation).memory),
      round_delays_(options.round_delay, options.seed, options.repeat),
      num_active_(this->num_workers_),
      pool_(initial.size()),
      last_finite_(pool_.Acquire()),
      grid_(options) {
  for (int w = 0; w < this->num_workers_; ++w) lanes_.emplace_back(options);
  std::copy(initial.begin(), initial.end(),
            last_finite_.Mutable().parameters.begin());
  // The snapshot of time 0 is taken before there is any worker.
  grid_.AdvanceTo(std::numeric_limits<double>::min(), State());
}

template <typename T>
void InPlaceRun<T>::Work(ThreadWorker<T>& worker, Computation<T>& computation) {
  const int id = worker.id();
  Hands hands(*this, lanes_[static_cast<std::size_t>(id)]);
  Release& release = hands.ticket.release;
  release.worker = id;
  release.pace = this->options_.initial_pace();
  while (!this->gate_.stopped()) {
    release.released = this->clock_.Now();
    Begin(hands.lane, release);
    Timing timing;
    const auto compute = [&] { return Compute(hands, computation); };
    switch (worker.Compute(release, compute, timing)) {
      case Attempt::kComputed:
        if (!worker.WaitOut(timing)) return;
        if (timing.nominal > this->options_.stop.seconds) {
          End(Termination::kSeconds, this->options_.stop.seconds, {});
          return;
        }
        release.start = Write(hands, timing);
        worker.CountPushed(release, timing);
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
    release.gradient += release.pace.local_steps;
  }
}

template <typename T>
void InPlaceRun<T>::Begin(Lane& lane, const Release& release) {
  constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
  const std::lock_guard lock(lane.mutex);
  lane.records.Started(release.pace.local_steps);
  lane.in_flight = {.worker = release.worker,
                    .local_steps = release.pace.local_steps,
                    .gradient = release.gradient,
                    .version_read = version_.Total(),
                    .seconds_released = release.released,
                    .seconds_started = release.start,
                    .seconds_computed = kNever,
                    .seconds_arrived = kNever,
                    .step = release.pace.step};
  lane.is_in_flight = true;
}

// Reads the shared parameters and computes. The version is read first, so an
// update counted in between makes the contribution staler, never fresher.
template <typename T>
bool InPlaceRun<T>::Compute(Hands& hands, Computation<T>& computation) {
  Release& release = hands.ticket.release;
  release.version = version_.Total();
  if (reads_sparse_) {
    hands.contribution.loss = computation.ContributeSparse(
        release.worker, hands.view, release.gradient);
    using Entry = typename decltype(hands.view.entries())::value_type;
    hands.contribution.bytes = hands.view.entries().size() * sizeof(Entry);
    return true;
  }
  shared_.Read(hands.ticket.snapshot.Mutable().parameters);
  auto computed = computation.Contribute(
      hands.ticket, [&] { return this->gate_.Cancelled(release.worker); });
  if (computed) hands.contribution = *std::move(computed);
  return computed.has_value();
}

// Writes the contribution and books it; returns when the next one starts.
template <typename T>
double InPlaceRun<T>::Write(Hands& hands, const Timing& timing) {
  const RunOptions& options = this->options_;
  const Release& release = hands.ticket.release;
  if (!std::isfinite(hands.contribution.loss)) {
    End(Termination::kDiverged, this->clock_.Now(),
        "a mini-batch loss is not finite");
    return timing.nominal;
  }
  std::int64_t version = 0;
  std::int64_t applied = 0;
  {
    const std::lock_guard lock(hands.lane.mutex);
    if (this->gate_.stopped()) return timing.nominal;
    const T scale = static_cast<T>(
        ServerScale(release.pace.local_steps, release.pace.step));
    if (reads_sparse_) {
      shared_.AddSparse(hands.view.entries(), scale);
    } else {
      shared_.Add(hands.contribution.vector, scale);
    }
    version = version_.Increment();
    const double now = std::min(this->clock_.Now(), options.stop.seconds);
    ContributionRecord record = hands.lane.in_flight;
    record.version_read = release.version;
    record.version_counted = version;
    record.seconds_computed = timing.computed;
    record.seconds_arrived = now;
    record.bytes = static_cast<std::int64_t>(hands.contribution.bytes);
    hands.lane.is_in_flight = false;
    hands.lane.records.Applied(record);
    hands.lane.records.Updated(
        {.update = version + 1,
         .seconds = now,
         .contributions = 1,
         .mean_staleness = static_cast<double>(version - release.version)});
    hands.lane.estimate.Add(hands.contribution.loss);
    applied = (version + 1) * options.method.local_steps;
  }
  const std::size_t n = this->train_.num_samples();
  if (version + 1 >= options.stop.updates) {
    End(Termination::kUpdates, this->clock_.Now(), {});
  } else if (n > 0 && std::isfinite(options.stop.epochs) &&
             static_cast<double>(applied) * options.batch_size >=
                 options.stop.epochs * static_cast<double>(n)) {
    End(Termination::kEpochs, this->clock_.Now(), {});
  }
  return timing.nominal +
         round_delays_.Seconds(static_cast<std::uint64_t>(version) + 1);
}

// A worker has stopped for good; the last one to do so ends the run.
template <typename T>
void InPlaceRun<T>::Leave() {
  if (num_active_.fetch_sub(1) > 1) return;
  End(Termination::kWorkerStopped, this->clock_.Now(),
      "all workers have stopped for good");
}

template <typename T>
void InPlaceRun<T>::End(Termination termination, double seconds,
                        std::string message) {
  this->gate_.Locked([&] {
    if (termination_) return;
    termination_ = termination;
    end_seconds_ = std::min(seconds, this->options_.stop.seconds);
    message_ = std::move(message);
    this->StopWorkers();
  });
}

template <typename T>
void InPlaceRun<T>::Count(Progress& progress) {
  progress.updates = version_.Total();
  double sum = 0.0;
  int count = 0;
  for (Lane& lane : lanes_) {
    const std::lock_guard lock(lane.mutex);
    if (!lane.estimate.value()) continue;
    sum += *lane.estimate.value();
    ++count;
  }
  if (count > 0) progress.loss_estimate = sum / count;
  EstimateEnd(this->options_, this->train_.num_samples(),
              progress.updates * this->options_.method.local_steps, progress);
}

template <typename T>
void InPlaceRun<T>::Read(typename BasicRun<T>::NewRecords& records) {
  auto& [replaces, contributions, updates, events] = records;
  const auto locks = LockAll();
  for (Lane& lane : lanes_) {
    replaces |= lane.records.Read(lane.cursor, contributions, updates);
  }
  if (replaces) {  // by one worker: then everybody's rows are given again
    contributions.clear();
    updates.clear();
    for (Lane& lane : lanes_) {
      lane.cursor = Records::kFromStart;
      lane.records.Read(lane.cursor, contributions, updates);
    }
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const auto& a, const auto& b) {
                     // Those that never arrived come last.
                     return a.seconds_arrived < b.seconds_arrived ||
                            (!std::isnan(a.seconds_arrived) &&
                             std::isnan(b.seconds_arrived));
                   });
  std::stable_sort(
      updates.begin(), updates.end(),
      [](const auto& a, const auto& b) { return a.update < b.update; });
}

template <typename T>
std::vector<std::unique_lock<std::mutex>> InPlaceRun<T>::LockAll() {
  std::vector<std::unique_lock<std::mutex>> locks;
  for (Lane& lane : lanes_) locks.emplace_back(lane.mutex);
  return locks;
}

template <typename T>
void InPlaceRun<T>::DoChore() {
  TakeSnapshot(EstimateIsAtTarget());
}

template <typename T>
bool InPlaceRun<T>::EstimateIsAtTarget() {
  if (!this->options_.stop.target_loss) return false;
  Progress progress;
  Count(progress);
  return progress.loss_estimate &&
         *progress.loss_estimate <= *this->options_.stop.target_loss;
}

template <typename T>
void InPlaceRun<T>::TakeSnapshot(bool evaluate) {
  const auto locks = LockAll();
  Snapshot<T> state = State();
  const double now = std::min(this->clock_.Now(), this->options_.stop.seconds);
  if (!state.model) {
    End(Termination::kDiverged, now, "a parameter became NaN or infinite");
    return;
  }
  if (evaluate) {
    state.scores = this->EvaluateStopped(state.model->parameters);
    if (state.scores->loss <= *this->options_.stop.target_loss) {
      End(Termination::kTargetLoss, now, {});
    }
  }
  grid_.AdvanceTo(std::nextafter(now, now + 1.0), state);
}

// The model as it is; without a model if it is not finite. Requires all locks.
template <typename T>
Snapshot<T> InPlaceRun<T>::State() {
  Snapshot<T> state;
  ModelRef<T> model = pool_.Acquire();
  shared_.Read(model.Mutable().parameters);
  state.updates = version_.Total();
  model.Mutable().version = state.updates;
  state.gradients = state.updates * this->options_.method.local_steps;
  state.pace = this->options_.initial_pace();
  if (IsFinite<T>(model->parameters)) {
    state.model = model;
    last_finite_ = std::move(model);
  }
  return state;
}

template <typename T>
void InPlaceRun<T>::CloseBooks(Summary& summary, std::span<T> w) {
  for (Lane& lane : lanes_) {
    if (lane.is_in_flight) lane.records.Unfinished(lane.in_flight);
    lane.is_in_flight = false;
    lane.records.AddTo(summary);
  }
  Snapshot<T> state = State();
  summary.termination = termination_.value_or(Termination::kInterrupted);
  summary.message = message_;
  if (!state.model) {
    summary.termination = Termination::kDiverged;
    summary.message = "a parameter became NaN or infinite";
    state.model = last_finite_;
    // The model is older than the updates beside it: no losses.
    constexpr double kNone = std::numeric_limits<double>::quiet_NaN();
    state.scores = Scores{kNone, kNone, kNone};
  }
  // Whoever was writing when the run ended finished its update.
  end_seconds_ = std::max(end_seconds_, summary.last_update_seconds);
  summary.seconds = end_seconds_;
  summary.updates = state.updates;
  grid_.Finish(end_seconds_, summary.last_update_seconds, state);
  const std::span<const T> final_parameters = state.model->parameters;
  std::copy(final_parameters.begin(), final_parameters.end(), w.begin());
}

template class InPlaceRun<float>;
template class InPlaceRun<double>;

}  // namespace tortoise::internal
