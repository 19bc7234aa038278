// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/learning_run.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tortoise::internal {

template <typename T>
LearningRun<T>::LearningRun(const AnyObjective<T>& train,
                            const AnyObjective<T>* test,
                            const RunOptions& options,
                            std::span<const T> initial,
                            const RunControl& control, UpdateProbe<T>* probe)
    : VirtualRun<T>(train, test, options, control),
      server_(options, train.num_samples(), initial,
              [this](std::span<const T> w) { return this->Evaluate(w); }),
      workers_(static_cast<std::size_t>(this->num_workers_)),
      probe_(probe),
      ahead_(train, options),
      hand_([this](int w, Ticket<T> ticket) {
        this->flights_.Start({.worker = w,
                              .gradient = ticket.gradient,
                              .released = ticket.released,
                              .start = ticket.start});
        Worker& worker = at(w);
        worker.ticket = std::move(ticket);
        if (!worker.slot) return;  // else it was computed and cancelled
        ahead_.Return(std::exchange(worker.slot, nullptr));
      }) {}

template <typename T>
std::exception_ptr LearningRun<T>::Perform() {
  return this->Drive(server_.ledger(),
                     [this](const auto& event) { Arrive(event); });
}

template <typename T>
void LearningRun<T>::Arrive(const Flights::Event& event) {
  Worker& worker = at(event.worker);
  if (!worker.slot) ComputeFrom(event.worker);
  Slot* slot = std::exchange(worker.slot, nullptr);
  if (slot->failure) {
    this->failure_ = slot->failure;
    server_.End(
        Termination::kWorkerFailed, event.seconds,
        "worker " + std::to_string(event.worker) + " threw an exception");
    return;
  }
  probe_.Arrive(worker.ticket.snapshot);
  worker.ticket.snapshot = {};  // so that the update can reuse its memory
  const ModelRef<T> before = server_.model();
  server_.Arrive({.worker = event.worker,
                  .contribution = slot->computation.contribution(),
                  .loss = slot->loss,
                  .computed = event.computed,
                  .nominal = event.seconds,
                  .seconds = event.seconds},
                 hand_);
  if (!(server_.model() == before)) probe_.Update(before);
  ahead_.Return(slot);
}

// Computes the contribution of `worker` and those that arrive soon after it.
template <typename T>
void LearningRun<T>::ComputeFrom(int worker) {
  next_.clear();
  const std::size_t most = MostAhead();
  if (most > 1) {
    for (int w = 0; w < this->num_workers_; ++w) {
      if (w != worker && !at(w).slot && this->flights_.Arrives(w) &&
          this->flights_.arrival(w) <= this->options_.stop.seconds) {
        next_.push_back(w);
      }
    }
    const auto earlier = [this](int a, int b) {
      return this->flights_.arrival(a) < this->flights_.arrival(b);
    };
    const std::size_t count = std::min(most - 1, next_.size());
    std::partial_sort(next_.begin(),
                      next_.begin() + static_cast<std::ptrdiff_t>(count),
                      next_.end(), earlier);
    next_.resize(count);
  }
  next_.push_back(worker);
  jobs_.clear();
  for (const int w : next_) {
    const Ticket<T>& ticket = at(w).ticket;
    jobs_.push_back({.worker = w,
                     .gradient = ticket.gradient,
                     .snapshot = ticket.snapshot.parameters(),
                     .local_steps = this->options_.method.local_steps,
                     .step_size = this->options_.step_size});
  }
  ahead_.Compute(jobs_);
  for (const auto& job : jobs_) at(job.worker).slot = job.slot;
}

// How many contributions are worth computing now: no more than can arrive
// before the next update cancels the others or the last one ends the run.
template <typename T>
std::size_t LearningRun<T>::MostAhead() {
  const std::size_t most = ahead_.Room();
  const Synchrony& synchrony = this->options_.method.synchrony;
  const auto quorum = static_cast<std::size_t>(synchrony.quorum);
  const std::size_t lacking = quorum - server_.ledger().num_pending();
  const std::int64_t updates_left =
      this->options_.stop.updates - server_.updates();
  if (synchrony.cancels_stragglers || updates_left == 1) {
    return std::min(most, lacking);
  }
  return most;
}

template <typename T>
void LearningRun<T>::Count(Progress& progress) {
  progress.loss_estimate = server_.loss_estimate();
}

template <typename T>
void LearningRun<T>::CloseBooks(Summary& summary, std::span<T> w) {
  server_.Close();
  server_.Report(summary);
  const std::span<const T> last = server_.parameters();
  std::copy(last.begin(), last.end(), w.begin());
}

template class LearningRun<float>;
template class LearningRun<double>;

}  // namespace tortoise::internal
