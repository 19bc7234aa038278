// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/virtual_time_run.h"

namespace tortoise::internal {

template <typename T>
VirtualTimeRun<T>::VirtualTimeRun(const AnyObjective<T>& train,
                                  const RunOptions& options,
                                  const RunControl& control)
    : VirtualRun<T>(train, nullptr, options, control),
      ledger_(options, train.num_samples()),
      grid_(options) {}

template <typename T>
void VirtualTimeRun<T>::Start() {
  ledger_.Start([&](const Release& r) { this->flights_.Start(r); });
}

// Flat: an event takes less time than the calls would.
template <typename T>
[[gnu::flatten]] std::exception_ptr VirtualTimeRun<T>::Perform() {
  return this->Drive(ledger_, [this](const auto& event) { Arrive(event); });
}

template <typename T>
inline void VirtualTimeRun<T>::Arrive(const Flights::Event& event) {
  const Decision& decision = ledger_.Arrive({.worker = event.worker,
                                             .computed = event.computed,
                                             .nominal = event.seconds,
                                             .seconds = event.seconds});
  if (decision.fires) {
    if (grid_.next() < event.seconds) grid_.AdvanceTo(event.seconds, State());
    ledger_.CountUpdate(event.seconds);
    if (ledger_.ended()) return;
  }
  ledger_.ReleaseWorkers([&](const Release& r) { this->flights_.Start(r); });
}

template <typename T>
void VirtualTimeRun<T>::CloseBooks(Summary& summary, std::span<T>) {
  ledger_.Close();
  grid_.Finish(ledger_.end_seconds(), ledger_.records().last_update(), State());
  ledger_.Report(summary);
}

template <typename T>
Snapshot<T> VirtualTimeRun<T>::State() const {
  return {.updates = ledger_.updates(),
          .gradients = ledger_.gradients_applied(),
          .pace = ledger_.pace(),
          .model = {}};
}

template class VirtualTimeRun<float>;
template class VirtualTimeRun<double>;

}  // namespace tortoise::internal
