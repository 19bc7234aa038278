// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thread_server_run.h"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

#include "engine/progress.h"

namespace tortoise::internal {

template <typename T>
ThreadServerRun<T>::ThreadServerRun(const AnyObjective<T>& train,
                                    const AnyObjective<T>* test,
                                    const RunOptions& options,
                                    std::span<const T> initial,
                                    const RunControl& control)
    : ThreadRun<T>(train, test, options, control),
      server_(
          options, train.num_samples(), initial,
          [this](std::span<const T> w) { return this->EvaluateStopped(w); }),
      deliver_([this](int worker, Ticket<T> ticket) {
        this->gate_.AssertHeld();
        due_.Remove(worker);  // if it was cancelled
        deliveries_.push_back({0.0, worker, std::move(ticket)});
      }),
      computed_(static_cast<std::size_t>(this->num_workers_)),
      due_(this->num_workers_) {
  deliveries_.reserve(computed_.size());
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    server_.Start(deliver_);
    DeliverAll();
  });
}

// The gate outlives the server: its tickets must not refer to models any more.
template <typename T>
ThreadServerRun<T>::~ThreadServerRun() {
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    for (int w = 0; w < this->num_workers_; ++w) this->gate_.Hand(w, {});
  });
}

template <typename T>
void ThreadServerRun<T>::Work(ThreadWorker<T>& worker,
                              Computation<T>& computation) {
  const int id = worker.id();
  const std::function<bool()> cancelled = [&] {
    return this->gate_.Cancelled(id);
  };
  Wake wake = Wake::kTicket;
  while (wake != Wake::kStopped) {
    Ticket<T> ticket = this->gate_.Take(id);
    Computed& mine = computed_[static_cast<std::size_t>(id)];
    const auto compute = [&] {
      auto computed = computation.Contribute(ticket, cancelled);
      if (computed) mine.contribution = *std::move(computed);
      return computed.has_value();
    };
    Timing timing;
    switch (worker.Compute(ticket.release, compute, timing)) {
      case Attempt::kComputed:
        mine.ticket = std::move(ticket);
        wake = PushContribution(worker, timing);
        break;
      case Attempt::kInterrupted:
        wake = this->gate_.Await(id);  // at once: something else lies ready
        if (wake == Wake::kTicket) worker.CountCancelled(timing);
        break;
      case Attempt::kStalled:
        worker.Look(this->clock_.Now());
        wake = Push(id, [&] {
          this->gate_.AssertHeld();
          server_.Stall(id, this->clock_.Now());
        });
        break;
      case Attempt::kTraceEnded:
        wake = Push(id, [&] {
          this->gate_.AssertHeld();
          server_.End(Termination::kTraceEnded, this->clock_.Now(),
                      "the trace has no delay " +
                          std::to_string(ticket.release.gradient) +
                          " for worker " + std::to_string(id));
        });
        break;
    }
    if (wake == Wake::kDeadline) wake = worker.Await();
  }
}

// Pushes under the gate's lock; if that ends the run, everybody is told.
template <typename T>
template <typename Decide>
Wake ThreadServerRun<T>::Push(int worker, Decide&& decide) {
  return this->gate_.Push(worker, [&] {
    this->gate_.AssertHeld();
    decide();
    if (server_.ended()) this->StopWorkers();
  });
}

template <typename T>
Wake ThreadServerRun<T>::PushContribution(ThreadWorker<T>& worker,
                                          Timing& timing) {
  const int id = worker.id();
  // Nobody else looks at it before it is due.
  Computed& mine = computed_[static_cast<std::size_t>(id)];
  mine.computed = timing.computed;
  mine.arrived.reset();
  const bool waits = worker.MustWait(timing);
  if (waits) {
    this->gate_.Locked([&] {
      this->gate_.AssertHeld();
      if (!this->gate_.Cancelled(id)) due_.Schedule(id, timing.nominal);
    });
    worker.WaitOut(timing);
  }
  // Whatever has ended the wait, the gate knows whether the ticket still
  // counts.
  const Wake wake = Push(id, [&] {
    this->gate_.AssertHeld();
    if (!waits) due_.Schedule(id, timing.nominal);
    const double now = this->clock_.Now();
    ArriveUntil(std::max(now, timing.nominal), now);
  });
  if (mine.arrived) {
    timing.arrived = *mine.arrived;
    worker.CountPushed(mine.ticket.release, timing);
    worker.Look(this->clock_.Now());
  } else if (wake == Wake::kTicket) {
    mine.ticket = {};
    worker.CountCancelled(timing);
  }
  return wake;
}

// Lets all arrive that is due by then; the clock shows `now`.
template <typename T>
void ThreadServerRun<T>::ArriveUntil(double seconds, double now) {
  for (bool is_first = true; !due_.empty() && !server_.ended();
       is_first = false) {
    const EventQueue::Event next = due_.Next();
    if (next.seconds > seconds) return;
    due_.Pop();
    if (!is_first) now = this->clock_.Now();
    Computed& computed = computed_[static_cast<std::size_t>(next.worker)];
    computed.arrived = now;
    server_.Arrive({.release = computed.ticket.release,
                    .contribution = std::move(computed.contribution),
                    .snapshot = std::move(computed.ticket.snapshot),
                    .computed = computed.computed,
                    .nominal = next.seconds,
                    .seconds = now},
                   deliver_);
    DeliverAll();
  }
}

// Whoever is due first is woken first: waking many takes longer than the
// shortest of their delays.
template <typename T>
void ThreadServerRun<T>::DeliverAll() {
  if (deliveries_.size() > 1) {
    for (Delivery& delivery : deliveries_) {
      const std::optional<double> work = this->tape_.Work(
          static_cast<std::uint64_t>(delivery.worker),
          static_cast<std::uint64_t>(delivery.ticket.release.gradient),
          static_cast<std::uint64_t>(delivery.ticket.release.pace.local_steps));
      delivery.due = delivery.ticket.release.start + work.value_or(0.0);
    }
    std::ranges::sort(deliveries_, {}, &Delivery::due);
  }
  for (Delivery& delivery : deliveries_) {
    this->gate_.Hand(delivery.worker, std::move(delivery.ticket));
  }
  deliveries_.clear();
}

template <typename T>
void ThreadServerRun<T>::End(Termination termination, double seconds,
                             std::string message) {
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    if (termination == Termination::kSeconds) {
      ArriveUntil(seconds, this->clock_.Now());
    }
    server_.End(termination, seconds, std::move(message));
    this->StopWorkers();
  });
}

template <typename T>
void ThreadServerRun<T>::Count(Progress& progress) {
  std::int64_t applied = 0;
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    progress.updates = server_.updates();
    progress.loss_estimate = server_.loss_estimate();
    applied = server_.records().applied();
  });
  EstimateEnd(this->options_, this->train_.num_samples(), applied, progress);
}

template <typename T>
void ThreadServerRun<T>::Read(typename BasicRun<T>::NewRecords& records) {
  this->gate_.Locked([&] {
    this->gate_.AssertHeld();
    records.replaces = server_.ledger().Read(cursor_, records.contributions,
                                             records.updates, records.events);
  });
}

template <typename T>
void ThreadServerRun<T>::CloseBooks(Summary& summary, std::span<T> w) {
  this->gate_.AssertHeld();  // nobody else is left
  server_.Close();
  server_.Report(summary);
  const std::span<const T> final_parameters = server_.parameters();
  std::copy(final_parameters.begin(), final_parameters.end(), w.begin());
}

template class ThreadServerRun<float>;
template class ThreadServerRun<double>;

}  // namespace tortoise::internal
