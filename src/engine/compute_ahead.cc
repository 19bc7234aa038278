// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/compute_ahead.h"

#include <limits>

#include "tortoise/core/clock.h"
#include "tortoise/core/parallel.h"

namespace tortoise::internal {
namespace {

// Contributions in a batch, per processor: enough to keep all of them busy
// although some take longer than others.
constexpr std::size_t kAheadPerProcessor = 8;

}  // namespace

template <typename T>
ComputeAhead<T>::ComputeAhead(const AnyObjective<T>& objective,
                              const RunOptions& options)
    : objective_(objective),
      options_(options),
      processors_(static_cast<std::size_t>(AvailableProcessors())) {}

template <typename T>
std::size_t ComputeAhead<T>::Room() const {
  const std::size_t held = slots_.size() - idle_.size();
  const std::size_t wanted =
      processors_ > 1 ? kAheadPerProcessor * processors_ : 1;
  return wanted > held ? wanted - held : 1;
}

template <typename T>
typename ComputeAhead<T>::Slot* ComputeAhead<T>::Take() {
  if (idle_.empty()) return &slots_.emplace_back(objective_, options_);
  Slot* slot = idle_.back();
  idle_.pop_back();
  return slot;
}

template <typename T>
void ComputeAhead<T>::Compute(std::span<Job> jobs) {
  for (Job& job : jobs) job.slot = Take();
  ForEachBlock(jobs.size(), [jobs](std::size_t i) {
    const Job& job = jobs[i];
    Slot& slot = *job.slot;
    slot.failure = nullptr;
    try {
      slot.computation.SetLocalSteps(job.local_steps, job.step_size);
      const auto loss = slot.computation.Contribute(
          job.worker, job.snapshot, job.gradient, [] { return false; });
      slot.loss = loss.value_or(std::numeric_limits<double>::quiet_NaN());
    } catch (...) {
      slot.failure = std::current_exception();
    }
  });
}

template class ComputeAhead<float>;
template class ComputeAhead<double>;

}  // namespace tortoise::internal
