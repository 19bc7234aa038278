// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/virtual_server_run.h"

#include <algorithm>
#include <string>
#include <utility>

namespace tortoise::internal {

template <typename T>
VirtualServerRun<T>::VirtualServerRun(const AnyObjective<T>& train,
                                      const AnyObjective<T>* test,
                                      const RunOptions& options,
                                      std::span<const T> initial,
                                      const RunControl& control,
                                      UpdateProbe<T>* probe)
    : VirtualRun<T>(train, test, options, control),
      server_(options, train.num_samples(), initial,
              [this](std::span<const T> w) { return this->Evaluate(w); }),
      probe_(probe),
      ahead_(train, options),
      deliver_(
          [this](int w, Ticket<T> ticket) { Release(w, std::move(ticket)); }) {}

template <typename T>
void VirtualServerRun<T>::Release(int worker, Ticket<T> ticket) {
  this->flights_.Start(ticket.release);
  if (!this->flights_.Arrives(worker) ||
      this->flights_.arrival(worker) > this->options_.stop.seconds) {
    ahead_.Cancel(worker);
    return;
  }
  ahead_.Start(
      {.ticket = std::move(ticket), .arrival = this->flights_.arrival(worker)});
}

template <typename T>
std::exception_ptr VirtualServerRun<T>::Perform() {
  return this->Drive(server_.ledger(),
                     [this](const auto& event) { Arrive(event); });
}

template <typename T>
void VirtualServerRun<T>::Arrive(const Flights::Event& event) {
  auto& slot = ahead_.Arrive(event.worker, MostArrivals());
  if (slot.failure) {
    this->failure_ = slot.failure;
    server_.End(
        Termination::kWorkerFailed, event.seconds,
        "worker " + std::to_string(event.worker) + " threw an exception");
    return;
  }
  Ticket<T>& ticket = slot.job.ticket;
  probe_.Arrive(ticket.snapshot);
  const ModelRef<T> before = server_.model();
  server_.Arrive({.release = ticket.release,
                  .contribution = std::move(slot.contribution),
                  .snapshot = std::move(ticket.snapshot),
                  .computed = event.computed,
                  .nominal = event.seconds,
                  .seconds = event.seconds},
                 deliver_);
  if (!(server_.model() == before)) probe_.Update(before);
}

// How many contributions can arrive before the next update cancels the others
// or the last one ends the run, including the one that arrives.
template <typename T>
std::size_t VirtualServerRun<T>::MostArrivals() {
  const auto quorum = static_cast<std::size_t>(server_.ledger().pace().quorum);
  const std::size_t lacking = quorum - server_.ledger().num_pending();
  if (this->options_.method.synchrony.cancels_stragglers) return lacking;
  const std::int64_t later_updates =
      this->options_.stop.updates - server_.updates() - 1;
  constexpr std::int64_t kFar = 1'000'000'000;  // no product of it overflows
  return lacking +
         quorum * static_cast<std::size_t>(std::min(later_updates, kFar));
}

template <typename T>
void VirtualServerRun<T>::Count(Progress& progress) {
  progress.loss_estimate = server_.loss_estimate();
}

template <typename T>
void VirtualServerRun<T>::CloseBooks(Summary& summary, std::span<T> w) {
  server_.Close();
  server_.Report(summary);
  const std::span<const T> last = server_.parameters();
  std::copy(last.begin(), last.end(), w.begin());
}

template class VirtualServerRun<float>;
template class VirtualServerRun<double>;

}  // namespace tortoise::internal
