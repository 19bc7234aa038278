// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/server.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "tortoise/optimizer/rules.h"

namespace tortoise::internal {
namespace {

// Above this, snapshots are evaluated with the clock stopped instead of kept.
constexpr double kSnapshotBytes = 1e9;

}  // namespace

void LossEstimate::Add(double loss) {
  value_ = value_ ? *value_ + rate_ * (loss - *value_) : loss;
}

template <typename T>
Server<T>::Server(const RunOptions& options, std::size_t num_samples,
                  std::span<const T> initial, EvaluateStopped evaluate)
    : options_(options),
      num_samples_(num_samples),
      evaluate_(std::move(evaluate)),
      keeps_models_(static_cast<double>(SnapshotGrid<T>::MostHeld(options)) *
                        static_cast<double>(initial.size_bytes()) <=
                    kSnapshotBytes),
      coordinator_(options.method.synchrony),
      round_delays_(options.round_delay, options.seed, options.repeat),
      workers_(static_cast<std::size_t>(options.method.synchrony.participants)),
      pool_(initial.size(),
            workers_.size() + 2 +
                (keeps_models_ ? SnapshotGrid<T>::MostHeld(options) : 0)),
      current_(pool_.Acquire()),
      sum_(initial.size()),
      estimate_(std::max(20, options.method.synchrony.participants)),
      records_(options.report.contributions),
      grid_(options) {
  std::copy(initial.begin(), initial.end(),
            current_.Mutable().parameters.begin());
  current_.Mutable().version = 0;
  pushed_.reserve(workers_.size());
}

template <typename T>
void Server<T>::Start(const Hand& hand) {
  for (int w = 0; w < options_.method.synchrony.participants; ++w) {
    HandTicket(w, 0.0, 0.0, hand);
  }
}

template <typename T>
void Server<T>::Arrive(const Arrival<T>& arrival, const Hand& hand) {
  if (ended()) return;
  if (arrival.nominal > options_.stop.seconds) {
    End(Termination::kSeconds, options_.stop.seconds);
    return;
  }
  if (!std::isfinite(arrival.loss)) {
    End(Termination::kDiverged, arrival.seconds,
        "a mini-batch loss is not finite");
    return;
  }
  Worker& worker = at(arrival.worker);
  worker.record.seconds_computed = arrival.computed;
  worker.record.seconds_arrived =
      std::min(arrival.seconds, options_.stop.seconds);
  worker.activity = Activity::kIdle;
  --num_working_;
  pushed_.push_back(worker.record);
  Add(arrival);

  const Decision decision = coordinator_.Arrive(arrival.worker);
  if (decision.fires && !Fire(decision, arrival)) return;
  Release(decision, arrival, hand);
  EndIfAllStalled(arrival.seconds);
}

// Sums the contributions of an update in order of arrival. One that makes an
// update alone is used where it lies.
template <typename T>
void Server<T>::Add(const Arrival<T>& arrival) {
  estimate_.Add(arrival.loss);
  latest_nominal_ = num_summed_ == 0
                        ? arrival.nominal
                        : std::max(latest_nominal_, arrival.nominal);
  if (options_.method.synchrony.quorum > 1) {
    if (num_summed_ == 0) {
      std::copy(arrival.contribution.begin(), arrival.contribution.end(),
                sum_.begin());
    } else {
      Accumulate<T>(sum_, arrival.contribution);
    }
  }
  ++num_summed_;
}

// Makes the update; returns false if the run has ended, before it or by it.
template <typename T>
bool Server<T>::Fire(const Decision& decision, const Arrival<T>& arrival) {
  const double now = std::min(arrival.seconds, options_.stop.seconds);
  if (!TakeDueSnapshots(now)) return false;
  if (!MakeNextModel(arrival)) {
    End(Termination::kDiverged, now, "a parameter became NaN or infinite");
    return false;
  }
  CountUpdate(decision, now);

  const StopRule& stop = options_.stop;
  if (updates_ >= stop.updates) {
    End(Termination::kUpdates, now);
  } else if (num_samples_ > 0 && std::isfinite(stop.epochs) &&
             static_cast<double>(records_.applied()) * options_.batch_size >=
                 stop.epochs * static_cast<double>(num_samples_)) {
    End(Termination::kEpochs, now);
  }
  return !ended();
}

// Returns false if a snapshot ended the run: its loss is at the target.
template <typename T>
bool Server<T>::TakeDueSnapshots(double now) {
  if (grid_.next() >= now) return true;
  Snapshot<T> state = State();
  if (!keeps_models_ || evaluate_next_) {
    state.scores = evaluate_(current_.parameters());
    if (!keeps_models_) state.model = {};
  }
  grid_.AdvanceTo(now, state);
  const std::optional<double>& target = options_.stop.target_loss;
  if (!target) return true;
  if (state.scores && state.scores->loss <= *target) {
    End(Termination::kTargetLoss, now);
    return false;
  }
  evaluate_next_ = estimate_.value() && *estimate_.value() <= *target;
  return true;
}

//     after = before - (eta / K) sum of gradients       one local step
//     after = before + (1 / K) sum of changes           more
template <typename T>
bool Server<T>::MakeNextModel(const Arrival<T>& arrival) {
  const Synchrony& synchrony = options_.method.synchrony;
  const double step =
      options_.method.local_steps == 1 ? -options_.step_size : 1.0;
  const std::span<const T> sum =
      synchrony.quorum == 1 ? arrival.contribution : std::span<const T>(sum_);
  ModelRef<T> next = pool_.Acquire();
  AlignedVector<T>& after = next.Mutable().parameters;
  ServerStep<T>(current_.parameters(), sum,
                static_cast<T>(step / synchrony.quorum), after);
  num_summed_ = 0;
  if (!IsFinite<T>(after)) return false;
  next.Mutable().version = updates_ + 1;
  current_ = std::move(next);
  return true;
}

template <typename T>
void Server<T>::CountUpdate(const Decision& decision, double now) {
  ++updates_;
  double staleness = 0.0;
  for (ContributionRecord& record : pushed_) {
    record.version_counted = decision.version;
    staleness += static_cast<double>(decision.version - record.version_read);
    records_.Applied(record, options_.method.local_steps);
  }
  const auto count = static_cast<int>(pushed_.size());
  pushed_.clear();
  records_.Updated({.update = updates_,
                    .seconds = now,
                    .contributions = count,
                    .mean_staleness = staleness / count});
}

template <typename T>
void Server<T>::Release(const Decision& decision, const Arrival<T>& arrival,
                        const Hand& hand) {
  const double now = std::min(arrival.seconds, options_.stop.seconds);
  for (const int w : decision.cancelled) {
    ContributionRecord record = at(w).record;
    record.seconds_arrived = now;
    records_.Cancelled(record, options_.method.local_steps);
    if (at(w).activity == Activity::kWorking) --num_working_;
    at(w).activity = Activity::kIdle;
  }
  // Lateness does not pile up: what comes next starts when this should have
  // arrived. An update is due when the last of its contributions was.
  const double start =
      decision.fires
          ? latest_nominal_ +
                round_delays_.Seconds(static_cast<std::uint64_t>(updates_))
          : arrival.nominal;
  for (const int w : decision.released) {
    const bool was_held = std::exchange(at(w).held, false);
    HandTicket(w, now,
               was_held ? std::max(arrival.nominal, at(w).held_start) : start,
               hand);
  }
  if (!options_.method.synchrony.staleness_bound) return;
  if (!options_.method.synchrony.waits_after_push) {
    MarkHeld(decision, arrival.worker, start);
  } else {
    for (const CountedContribution& c : decision.contributions) {
      MarkHeld(decision, c.worker, start);
    }
  }
  for (const int w : decision.cancelled) MarkHeld(decision, w, start);
}

// A worker whose turn it was to be released, but that was not, is held.
template <typename T>
void Server<T>::MarkHeld(const Decision& decision, int worker, double start) {
  if (std::binary_search(decision.released.begin(), decision.released.end(),
                         worker)) {
    return;
  }
  at(worker).held = true;
  at(worker).held_start = start;
}

template <typename T>
void Server<T>::HandTicket(int w, double released, double start,
                           const Hand& hand) {
  Worker& worker = at(w);
  worker.record = {.worker = w,
                   .gradient = worker.next_gradient,
                   .version_read = current_.version(),
                   .seconds_released = released,
                   .seconds_started = start,
                   .seconds_computed = std::numeric_limits<double>::quiet_NaN(),
                   .seconds_arrived = std::numeric_limits<double>::quiet_NaN()};
  worker.activity = Activity::kWorking;
  ++num_working_;
  records_.Started(options_.method.local_steps);
  worker.next_gradient += options_.method.local_steps;
  hand(w, {.snapshot = current_,
           .gradient = worker.record.gradient,
           .released = released,
           .start = start});
}

template <typename T>
void Server<T>::Stall(int worker, double seconds) {
  if (ended() || at(worker).activity != Activity::kWorking) return;
  at(worker).activity = Activity::kStalled;
  --num_working_;
  EndIfAllStalled(seconds);
}

template <typename T>
void Server<T>::EndIfAllStalled(double seconds) {
  if (num_working_ > 0 || ended()) return;
  std::string stopped;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    if (workers_[w].activity != Activity::kStalled) continue;
    stopped += (stopped.empty() ? "" : ", ") + std::to_string(w);
  }
  End(Termination::kWorkerStopped, seconds,
      "no worker computes and none will start: stopped for good: " + stopped);
}

template <typename T>
void Server<T>::End(Termination termination, double seconds,
                    std::string message) {
  if (ended()) return;
  termination_ = termination;
  end_seconds_ = std::min(seconds, options_.stop.seconds);
  message_ = std::move(message);
}

template <typename T>
void Server<T>::Close() {
  for (const ContributionRecord& record : pushed_) {
    records_.Unfinished(record);
  }
  pushed_.clear();
  for (Worker& worker : workers_) {
    if (worker.activity != Activity::kIdle) records_.Unfinished(worker.record);
    worker.activity = Activity::kIdle;
  }
  grid_.Finish(end_seconds_, records_.last_update(), State());
}

template <typename T>
Snapshot<T> Server<T>::State() const {
  return {.updates = updates_,
          .gradients = records_.applied(),
          .quorum = options_.method.synchrony.quorum,
          .local_steps = options_.method.local_steps,
          .model = current_};
}

template <typename T>
void Server<T>::Report(Summary& summary) const {
  summary.termination = termination_.value_or(Termination::kInterrupted);
  summary.message = message_;
  summary.seconds = end_seconds_;
  summary.updates = updates_;
  records_.AddTo(summary);
}

template class Server<float>;
template class Server<double>;

}  // namespace tortoise::internal
