// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_worker.h"

#include <algorithm>
#include <cmath>
#include <ctime>

namespace tortoise::internal {
namespace {

// A worker that woke late by up to this begins late through no fault of its
// computation. A bound keeps nominal times from falling behind on a machine
// that is overloaded.
constexpr double kForgivenLateness = 2e-4;

}  // namespace

template <typename T>
ThreadWorker<T>::ThreadWorker(int id, const RunOptions& options,
                              const RunClock& clock, const DelayTape& tape,
                              Gate& gate)
    : id_(id),
      delay_mode_(options.delay_mode),
      clock_(clock),
      tape_(tape),
      gate_(gate),
      speed_(options.speed, id, options.seed, options.repeat) {}

template <typename T>
typename ThreadWorker<T>::Begun ThreadWorker<T>::Begin(const Release& release,
                                                       Timing& timing) {
  const double start = release.start;
  timing.taken = now_;
  if (start > now_) {
    if (!WaitUntil(start)) return {.ended = Attempt::kInterrupted};
    now_ = clock_.Now();
  }
  timing.begun = now_;

  const std::optional<double> work =
      tape_.Work(static_cast<std::uint64_t>(id_),
                 static_cast<std::uint64_t>(release.gradient),
                 static_cast<std::uint64_t>(release.pace.local_steps));
  if (!work) return {.ended = Attempt::kTraceEnded};
  const bool total = delay_mode_ == DelayMode::kTotal;
  const double deadline = total ? speed_.FinishTime(start, *work) : 0.0;
  if (std::isinf(deadline)) return {.ended = Attempt::kStalled};
  return {.ended = std::nullopt,
          .work = *work,
          .deadline = deadline,
          .stood_still = clock_.StoodStill()};
}

template <typename T>
Attempt ThreadWorker<T>::Finish(const Release& release, const Begun& begun,
                                Timing& timing) {
  now_ = timing.computed = clock_.Now();
  timing.owed = clock_.StoodStill() - begun.stood_still;
  spent_.gradients_computed += release.pace.local_steps;
  const double late = std::min(timing.begun - release.start, kForgivenLateness);
  const double computed = timing.computed + timing.owed - late;
  const double deadline = delay_mode_ == DelayMode::kTotal
                              ? begun.deadline
                              : speed_.FinishTime(computed, begun.work);
  if (std::isinf(deadline)) return Attempt::kStalled;

  timing.nominal = std::max(deadline, computed);
  return Attempt::kComputed;
}

template <typename T>
bool ThreadWorker<T>::WaitOut(Timing& timing) {
  timing.arrived = timing.computed;
  if (!MustWait(timing)) return true;
  const bool reached = WaitUntil(timing.nominal);
  timing.arrived = clock_.Now();
  return reached;
}

template <typename T>
void ThreadWorker<T>::CountPushed(const Release& release,
                                  const Timing& timing) {
  spent_.communicating += timing.begun - timing.taken;
  spent_.computing += timing.computed - timing.begun + timing.owed;
  spent_.straggling +=
      std::max(0.0, timing.arrived - timing.computed - timing.owed);
  spent_.gradients_pushed += release.pace.local_steps;
  if (MustWait(timing)) spent_.overshoot.Count(timing.arrived - timing.nominal);
}

template <typename T>
void ThreadWorker<T>::CountCancelled(const Timing& timing) {
  now_ = clock_.Now();
  spent_.cancelled += now_ - timing.taken;
}

template <typename T>
Wake ThreadWorker<T>::Await() {
  const double since = now_;
  const Wake wake = gate_.Await(id_);
  now_ = clock_.Now();
  spent_.waiting += now_ - since;
  return wake;
}

// Returns false if something else ended the wait. The clock may have paused
// meanwhile, so a deadline on steady time is only a first guess.
template <typename T>
bool ThreadWorker<T>::WaitUntil(double seconds) {
  do {
    if (gate_.WaitUntil(id_, clock_.Deadline(seconds)) != Wake::kDeadline) {
      return false;
    }
  } while (clock_.Now() < seconds);
  return true;
}

template <typename T>
void ThreadWorker<T>::CountProcessorSeconds() {
  timespec used{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &used);
  spent_.processor_seconds = static_cast<double>(used.tv_sec) +
                             static_cast<double>(used.tv_nsec) * 1e-9;
}

template class ThreadWorker<float>;
template class ThreadWorker<double>;

}  // namespace tortoise::internal
