// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/server.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tortoise::internal {
namespace {

// On real threads workers should not wait for memory, so there is a model for
// each of them and each snapshot. In virtual time few are ever in use at once
// where workers wait, however many these are.
template <typename T>
std::size_t ReservedModels(const RunOptions& options, bool keeps_models) {
  if (options.clock == Clock::kVirtual) return 1;
  return static_cast<std::size_t>(options.method.num_workers) + 1 +
         (keeps_models ? SnapshotGrid<T>::MostHeld(options) : 0);
}

}  // namespace

void LossEstimate::Add(double loss) {
  value_ = value_ ? *value_ + rate_ * (loss - *value_) : loss;
}

template <typename T>
Server<T>::Server(const RunOptions& options, std::size_t num_samples,
                  std::span<const T> initial, EvaluateStopped evaluate)
    : options_(options),
      evaluate_(std::move(evaluate)),
      keeps_models_(SnapshotGrid<T>::ModelsFit(options, initial.size())),
      ledger_(options, num_samples),
      models_(MakeModels<T>(options.method, initial,
                            ReservedModels<T>(options, keeps_models_))),
      states_(static_cast<std::size_t>(options.method.num_workers)),
      estimate_(std::max(20, options.method.num_workers)),
      grid_(options) {}

// A release becomes a ticket with the model as it now is.
template <typename T>
auto Server<T>::Delivering(const Deliver& deliver) {
  return [&](const Release& release) {
    const int w = release.worker;
    deliver(w, {.release = release,
                .snapshot = models_->ReadBy(w),
                .state = states_[static_cast<std::size_t>(w)]});
  };
}

template <typename T>
void Server<T>::Start(const Deliver& deliver) {
  ledger_.Start(Delivering(deliver));
}

template <typename T>
void Server<T>::Arrive(Arrival<T> arrival, const Deliver& deliver) {
  if (ended()) return;
  // The time comes first: what arrives after the last second does not happen,
  // whatever its loss. Then the loss: one that is not finite ends the run here,
  // before it is in a model, whose update may be a long time away.
  if (arrival.nominal > options_.stop.seconds) {
    End(Termination::kSeconds, options_.stop.seconds);
    return;
  }
  if (!std::isfinite(arrival.contribution.loss)) {
    End(Termination::kDiverged, arrival.seconds,
        "a mini-batch loss is not finite");
    return;
  }
  const int worker = arrival.release.worker;
  estimate_.Add(arrival.contribution.loss);
  states_[static_cast<std::size_t>(worker)] =
      std::move(arrival.contribution.state);
  constexpr double kWeight = 1.0;  // all count alike
  models_->Add(arrival, kWeight, ledger_.pace());
  // The snapshot is dropped when all is done, not before the update, which
  // would write into a buffer that another processor has just read.
  const Decision& decision =
      ledger_.Arrive({.worker = worker,
                      .computed = arrival.computed,
                      .nominal = arrival.nominal,
                      .seconds = arrival.seconds,
                      .bytes = arrival.contribution.bytes,
                      .weight = kWeight});
  if (decision.fires && !Fire(ledger_.Clamp(arrival.seconds))) return;
  ledger_.ReleaseWorkers(Delivering(deliver));
}

// Makes the update; returns false if the run has ended, before it or by it.
template <typename T>
bool Server<T>::Fire(double now) {
  if (!TakeDueSnapshots(now)) return false;
  if (!models_->Update(ledger_.pace())) {
    End(Termination::kDiverged, now, "a parameter became NaN or infinite");
    return false;
  }
  ledger_.CountUpdate(now);
  return !ended();
}

// Returns false if a snapshot ended the run: its loss is at the target.
template <typename T>
bool Server<T>::TakeDueSnapshots(double now) {
  if (grid_.next() >= now) return true;
  Snapshot<T> state = State();
  if (!keeps_models_ || evaluate_next_) {
    if (!Evaluate(now, state)) return false;
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

// Returns false if the objective threw, which ends the run.
template <typename T>
bool Server<T>::Evaluate(double now, Snapshot<T>& state) {
  try {
    state.scores = evaluate_(parameters());
    return true;
  } catch (...) {
    failure_ = std::current_exception();
    End(Termination::kWorkerFailed, now,
        "the objective threw an exception in an evaluation");
    return false;
  }
}

template <typename T>
void Server<T>::Stall(int worker, double seconds) {
  ledger_.Stall(worker, seconds);
}

template <typename T>
void Server<T>::End(Termination termination, double seconds,
                    std::string message) {
  ledger_.End(termination, seconds, std::move(message));
}

template <typename T>
void Server<T>::Close() {
  ledger_.Close();
  grid_.Finish(ledger_.end_seconds(), records().last_update(), State());
}

template <typename T>
Snapshot<T> Server<T>::State() const {
  return {.updates = ledger_.updates(),
          .gradients = ledger_.gradients_applied(),
          .pace = ledger_.pace(),
          .model = model()};
}

template <typename T>
void Server<T>::Report(Summary& summary) const {
  ledger_.Report(summary);
  if (failure_) summary.failure = failure_;
}

template class Server<float>;
template class Server<double>;

}  // namespace tortoise::internal
