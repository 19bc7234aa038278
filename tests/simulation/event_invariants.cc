// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "simulation/event_invariants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace tortoise::testing {

EventInvariants::EventInvariants(const RunOptions& options)
    : method_(options.method),
      local_steps_(options.method.local_steps),
      step_(options.step_size),
      last_second_(options.stop.seconds),
      workers_(static_cast<std::size_t>(method_.num_workers)) {}

void EventInvariants::Require(bool holds, const char* what) {
  if (holds || !problem_.empty()) return;
  problem_ = what;
  if (event_ == nullptr) return;
  problem_ += fmt::format(
      " (event {}: {} of worker {}, gradient {}, version {}, at {} s)",
      num_events_, ToString(event_->kind), event_->worker, event_->gradient,
      event_->version, event_->seconds);
}

bool EventInvariants::Take(const EventRecord& event) {
  event_ = &event;
  Require(event.seconds >= now_, "time goes back");
  Require(event.seconds <= last_second_, "an event after the last second");
  Require(event.pace.quorum == method_.synchrony.quorum, "a wrong quorum");
  Require(event.pace.local_steps == local_steps_, "wrong local steps");
  Require(event.pace.step == step_, "a wrong step");
  Require(event.kind == EventKind::kUpdate
              ? event.worker == -1
              : event.worker >= 0 && event.worker < method_.num_workers,
          "no such worker");
  if (!problem_.empty()) return false;
  now_ = event.seconds;
  switch (event.kind) {
    case EventKind::kRelease:
      Release(event);
      break;
    case EventKind::kArrival:
      Arrival(event);
      break;
    case EventKind::kUpdate:
      Update(event);
      break;
    case EventKind::kCancel:
      Cancel(event);
      break;
    case EventKind::kDrop:
      Require(false, "dropped, where nothing is");
      break;
  }
  may_cancel_ = event.kind == EventKind::kUpdate ||
                (event.kind == EventKind::kCancel && may_cancel_);
  ++num_events_;
  event_ = nullptr;
  return problem_.empty();
}

void EventInvariants::Release(const EventRecord& event) {
  Worker& worker = at(event.worker);
  Require(!worker.is_in_flight, "released while it computes");
  Require(!worker.is_pending, "released before its push was counted");
  Require(!IsTooFarAhead(worker), "released too far ahead");
  Require(event.gradient == worker.next_gradient, "not its next gradient");
  Require(event.version == version_, "a snapshot of another version");
  worker.is_in_flight = true;
  worker.next_gradient += local_steps_;
  worker.version_read = event.version;
  ++started_;
}

void EventInvariants::Arrival(const EventRecord& event) {
  NobodyIsForgotten();
  Worker& worker = at(event.worker);
  Require(worker.is_in_flight, "arrives without a release");
  Require(event.gradient == worker.next_gradient - local_steps_,
          "another gradient than was released");
  Require(event.version == worker.version_read,
          "another snapshot than was released");
  Require(static_cast<int>(pending_.size()) < method_.synchrony.quorum,
          "a full quorum made no update");
  worker.is_in_flight = false;
  worker.is_pending = method_.synchrony.waits_after_push;
  ++worker.pushed;
  pending_.push_back(event.version);
}

void EventInvariants::Update(const EventRecord& event) {
  Require(static_cast<int>(pending_.size()) == method_.synchrony.quorum,
          "an update without its quorum");
  Require(event.version == version_ + 1, "an update skips a version");
  const std::int64_t num_workers = method_.num_workers;
  const bool all_wait = method_.synchrony.waits_after_push &&
                        method_.synchrony.quorum == num_workers;
  for (const std::int64_t version_read : pending_) {
    const std::int64_t staleness = version_ - version_read;
    Require(staleness >= 0, "a snapshot from the future");
    if (method_.synchrony.cancels_stragglers || all_wait) {
      Require(staleness == 0, "stale, where all start afresh");
    }
    if (method_.synchrony.staleness_bound && method_.synchrony.quorum == 1) {
      const std::int64_t s = *method_.synchrony.staleness_bound;
      Require(staleness <= (2 * s + 1) * (num_workers - 1),
              "staler than the bound allows");
    }
    staleness_ += staleness;
  }
  applied_ += static_cast<std::int64_t>(pending_.size());
  pending_.clear();
  for (Worker& worker : workers_) worker.is_pending = false;
  ++version_;
  last_update_ = event.seconds;
}

void EventInvariants::Cancel(const EventRecord& event) {
  Worker& worker = at(event.worker);
  Require(method_.synchrony.cancels_stragglers, "cancelled, where all run on");
  Require(may_cancel_, "cancelled without an update");
  Require(worker.is_in_flight, "cancelled while it does nothing");
  Require(event.gradient == worker.next_gradient - local_steps_,
          "cancels another gradient");
  Require(event.version == worker.version_read, "cancels another snapshot");
  worker.is_in_flight = false;
  ++cancelled_;
}

bool EventInvariants::IsTooFarAhead(const Worker& worker) const {
  if (!method_.synchrony.staleness_bound) return false;
  std::int64_t slowest = worker.pushed;
  for (const Worker& other : workers_) {
    slowest = std::min(slowest, other.pushed);
  }
  return worker.pushed - slowest > *method_.synchrony.staleness_bound;
}

// Who does nothing has a reason for it.
void EventInvariants::NobodyIsForgotten() {
  for (const Worker& worker : workers_) {
    Require(worker.is_in_flight || worker.is_pending || IsTooFarAhead(worker),
            "a worker was not released");
  }
}

void EventInvariants::CompareWith(const Summary& summary) {
  const auto& gradients = summary.gradients;
  Require(summary.updates == version_, "the summary has other updates");
  Require(gradients.started == started_ * local_steps_,
          "the summary has other gradients started");
  Require(gradients.applied == applied_ * local_steps_,
          "the summary has other gradients applied");
  Require(gradients.cancelled == cancelled_ * local_steps_,
          "the summary has other gradients cancelled");
  Require(
      gradients.unfinished == (started_ - applied_ - cancelled_) * local_steps_,
      "the summary has other gradients unfinished");
  Require(summary.last_update_seconds == last_update_,
          "the summary has another last update");
  Require(summary.seconds >= now_, "the run ended before its last event");
  Require(static_cast<std::int64_t>(summary.staleness.total()) == applied_,
          "the summary has the staleness of others");
  std::int64_t sum = 0;
  for (const auto& [staleness, count] : summary.staleness.Counts()) {
    sum += staleness * static_cast<std::int64_t>(count);
  }
  Require(sum == staleness_, "the summary has another staleness");
  std::int64_t in_flight = 0;
  for (const Worker& worker : workers_) in_flight += worker.is_in_flight;
  Require(in_flight + static_cast<std::int64_t>(pending_.size()) ==
              started_ - applied_ - cancelled_,
          "contributions were lost");
}

}  // namespace tortoise::testing
