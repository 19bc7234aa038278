// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/compute_ahead.h"

#include <algorithm>
#include <utility>

#include "core/clock.h"

namespace tortoise::internal {
namespace {

// Contributions that are computed or being computed and have not arrived, per
// processor: enough to keep all of them busy while the owner does something
// else, and few enough for their buffers to stay in the caches.
constexpr std::size_t kAheadPerProcessor = 8;

}  // namespace

template <typename T>
void ComputeAhead<T>::Slot::Compute() {
  failure = nullptr;
  try {
    auto computed = computation.Contribute(job.ticket, [this] {
      return is_cancelled.load(std::memory_order_relaxed);
    });
    if (computed) contribution = *std::move(computed);
  } catch (...) {
    failure = std::current_exception();
  }
}

template <typename T>
ComputeAhead<T>::ComputeAhead(const AnyObjective<T>& objective,
                              const RunOptions& options)
    : objective_(objective),
      options_(options),
      num_helpers_(static_cast<std::size_t>(AvailableProcessors()) - 1),
      workers_(static_cast<std::size_t>(options.method.num_workers)),
      waiting_(options.method.num_workers),
      background_([this] { Work(); }) {}

template <typename T>
ComputeAhead<T>::~ComputeAhead() {
  const MutexLock lock(mutex_);
  may_begin_ = 0;
  for (Slot& slot : slots_) {
    slot.is_cancelled.store(true, std::memory_order_relaxed);
  }
}

template <typename T>
void ComputeAhead<T>::Start(Job job) {
  const MutexLock lock(mutex_);
  const int id = job.ticket.release.worker;
  Worker& worker = at(id);
  Drop(worker);
  waiting_.Schedule(id, job.arrival);
  worker.job = std::move(job);
}

template <typename T>
void ComputeAhead<T>::Cancel(int worker) {
  const MutexLock lock(mutex_);
  waiting_.Remove(worker);
  Drop(at(worker));
}

// A slot that is being filled comes back when that is over.
template <typename T>
void ComputeAhead<T>::Drop(Worker& worker) {
  worker.job = {};
  Slot* const slot = std::exchange(worker.slot, nullptr);
  if (!slot) return;
  slot->is_cancelled.store(true, std::memory_order_relaxed);
  if (slot->is_done) Recycle(*slot);
}

template <typename T>
typename ComputeAhead<T>::Slot& ComputeAhead<T>::Arrive(int worker,
                                                        std::size_t most) {
  const MutexLock lock(mutex_);
  if (arrived_) Recycle(*std::exchange(arrived_, nullptr));
  const bool has_begun = at(worker).slot != nullptr;
  if (!has_begun) {
    waiting_.Remove(worker);
    if (idle_.empty()) AddSlot();
    Begin(worker);
  }
  Slot& slot = *at(worker).slot;
  Admit(most);
  if (!has_begun) Finish(slot);
  while (!slot.is_done) {
    if (Slot* const next = BeginNext()) {
      Finish(*next);
    } else {
      finished_.Wait(mutex_);
    }
  }
  at(worker).slot = nullptr;
  arrived_ = &slot;
  return slot;
}

// Sets how many may begin from now on, and sees to it that somebody does.
template <typename T>
void ComputeAhead<T>::Admit(std::size_t most) {
  if (num_helpers_ == 0) return;
  most = std::min(most, kAheadPerProcessor * (num_helpers_ + 1));
  const std::size_t held = slots_.size() - idle_.size();
  may_begin_ = std::min(waiting_.size(), most > held ? most - held : 0);
  // Here, because a copy of an objective may throw.
  while (idle_.size() < may_begin_) AddSlot();
  while (num_working_ < std::min(num_helpers_, may_begin_)) {
    ++num_working_;
    background_.Begin();
  }
}

// In the background.
template <typename T>
void ComputeAhead<T>::Work() {
  const MutexLock lock(mutex_);
  while (Slot* const slot = BeginNext()) Finish(*slot);
  --num_working_;
}

template <typename T>
typename ComputeAhead<T>::Slot* ComputeAhead<T>::BeginNext() {
  if (may_begin_ == 0 || waiting_.empty()) return nullptr;
  --may_begin_;
  return &Begin(waiting_.Pop().worker);
}

template <typename T>
typename ComputeAhead<T>::Slot& ComputeAhead<T>::Begin(int worker) {
  Slot& slot = *idle_.back();
  idle_.pop_back();
  slot.job = std::move(at(worker).job);
  slot.is_done = false;
  slot.is_cancelled.store(false, std::memory_order_relaxed);
  at(worker).slot = &slot;
  return slot;
}

template <typename T>
void ComputeAhead<T>::Finish(Slot& slot) {
  mutex_.unlock();
  slot.Compute();
  mutex_.lock();
  slot.is_done = true;
  if (slot.is_cancelled.load(std::memory_order_relaxed)) Recycle(slot);
  finished_.NotifyOne();
}

template <typename T>
void ComputeAhead<T>::AddSlot() {
  idle_.push_back(&slots_.emplace_back(objective_, options_));
}

template <typename T>
void ComputeAhead<T>::Recycle(Slot& slot) {
  slot.job = {};
  slot.contribution = {};
  idle_.push_back(&slot);
}

template class ComputeAhead<float>;
template class ComputeAhead<double>;

}  // namespace tortoise::internal
