// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/server.h"

#include <algorithm>
#include <cmath>
#include <utility>

namespace tortoise::internal {

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
      model_(initial,
             static_cast<std::size_t>(options.method.synchrony.participants) +
                 1 + (keeps_models_ ? SnapshotGrid<T>::MostHeld(options) : 0)),
      estimate_(std::max(20, options.method.synchrony.participants)),
      grid_(options) {}

// A release becomes a ticket with the model as it now is.
template <typename T>
auto Server<T>::Handing(const Hand& hand) {
  return [&](const Release& release) {
    hand(release.worker, {.snapshot = model_.current(),
                          .gradient = release.gradient,
                          .released = release.released,
                          .start = release.start});
  };
}

template <typename T>
void Server<T>::Start(const Hand& hand) {
  ledger_.Start(Handing(hand));
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
  estimate_.Add(arrival.loss);
  model_.Add(arrival.contribution, options_.method.synchrony.quorum);
  const Decision& decision = ledger_.Arrive({.worker = arrival.worker,
                                             .computed = arrival.computed,
                                             .nominal = arrival.nominal,
                                             .seconds = arrival.seconds});
  if (decision.fires && !Fire(ledger_.Clamp(arrival.seconds))) return;
  ledger_.ReleaseWorkers(Handing(hand));
}

// Makes the update; returns false if the run has ended, before it or by it.
template <typename T>
bool Server<T>::Fire(double now) {
  if (!TakeDueSnapshots(now)) return false;
  if (!model_.Update(options_.method.synchrony.quorum,
                     options_.method.local_steps, options_.step_size)) {
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
    state.scores = evaluate_(parameters());
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
          .quorum = options_.method.synchrony.quorum,
          .local_steps = options_.method.local_steps,
          .model = model_.current()};
}

template class Server<float>;
template class Server<double>;

}  // namespace tortoise::internal
