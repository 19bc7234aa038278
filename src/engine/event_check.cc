// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/event_check.h"

#include <cmath>
#include <stdexcept>

namespace tortoise::internal {

void EventCheck::Follow(const EventRecord& event) {
  ++num_events_;
  CheckFields(event);
  seconds_ = event.seconds;
  switch (event.kind) {
    case EventKind::kRelease:
      Release(event);
      break;
    case EventKind::kArrival:
      End(event);
      Count(event);
      break;
    case EventKind::kCancel:
    case EventKind::kDrop:
      End(event);
      break;
    case EventKind::kUpdate:
      Update(event);
      break;
  }
}

void EventCheck::CheckFields(const EventRecord& event) const {
  if (event.kind == EventKind::kUpdate) {
    if (event.worker != -1 || event.gradient != -1) {
      Refuse("an update has no worker and no gradient");
    }
  } else if (event.worker < 0 ||
             static_cast<std::size_t>(event.worker) >= workers_.size()) {
    Refuse("there is no worker " + std::to_string(event.worker));
  }
  if (event.pace.quorum < 1) Refuse("the quorum must be >= 1");
  if (event.pace.local_steps < 1) Refuse("local_steps must be >= 1");
  if (!std::isfinite(event.pace.step) || event.pace.step <= 0.0) {
    Refuse("the step must be > 0");
  }
  if (!std::isfinite(event.seconds) || event.seconds < seconds_) {
    Refuse("time must not go back");
  }
}

void EventCheck::Release(const EventRecord& event) {
  Worker& worker = workers_[static_cast<std::size_t>(event.worker)];
  const std::string name = "worker " + std::to_string(event.worker);
  if (worker.is_working) {
    Refuse(name + " is released, but has not arrived with gradient " +
           std::to_string(worker.gradient) + " yet");
  }
  if (event.gradient != worker.next_gradient) {
    Refuse(name + " is released for gradient " +
           std::to_string(event.gradient) + ", but its next one is " +
           std::to_string(worker.next_gradient));
  }
  if (event.version != updates_) {
    Refuse(name + " is released on version " + std::to_string(event.version) +
           ", but the model has version " + std::to_string(updates_));
  }
  worker = {.is_working = true,
            .gradient = event.gradient,
            .next_gradient = event.gradient + event.pace.local_steps,
            .version = event.version,
            .local_steps = event.pace.local_steps};
}

void EventCheck::End(const EventRecord& event) {
  Worker& worker = workers_[static_cast<std::size_t>(event.worker)];
  if (!worker.is_working || event.gradient != worker.gradient ||
      event.version != worker.version ||
      event.pace.local_steps != worker.local_steps) {
    Refuse("worker " + std::to_string(event.worker) +
           " was not released for gradient " + std::to_string(event.gradient) +
           " on version " + std::to_string(event.version) + " with " +
           std::to_string(event.pace.local_steps) + " local steps");
  }
  worker.is_working = false;
}

void EventCheck::Count(const EventRecord& arrival) {
  if (num_pending_ == 0) pace_ = arrival.pace;
  if (arrival.pace.quorum != pace_.quorum) {
    Refuse("the quorum changes before its update");
  }
  if (arrival.pace.step != pace_.step) {
    Refuse("the step changes before its update");
  }
  if (num_pending_ == pace_.quorum) {
    Refuse("the update before it is missing");
  }
  ++num_pending_;
}

void EventCheck::Update(const EventRecord& event) {
  if (event.version != updates_ + 1) {
    Refuse("the update makes version " + std::to_string(event.version) +
           " after version " + std::to_string(updates_));
  }
  if (num_pending_ != event.pace.quorum || pace_.quorum != event.pace.quorum) {
    Refuse("the update counts " + std::to_string(event.pace.quorum) +
           " contributions, but " + std::to_string(num_pending_) +
           " have arrived");
  }
  if (event.pace.step != pace_.step) {
    Refuse("the update and its contributions have different steps");
  }
  num_pending_ = 0;
  ++updates_;
}

void EventCheck::Refuse(const std::string& what) const {
  throw std::invalid_argument("event " + std::to_string(num_events_) + ": " +
                              what);
}

void CheckEvents(int num_workers, std::span<const EventRecord> events) {
  EventCheck check(num_workers);
  for (const EventRecord& event : events) check.Follow(event);
}

}  // namespace tortoise::internal
