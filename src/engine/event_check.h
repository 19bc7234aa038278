// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tortoise/engine/summary.h"

namespace tortoise::internal {

/// Follows the events of a run and refuses what no run records. It knows what
/// follows from the meaning of events, not what a coordinator would decide: so
/// any protocol passes, and a row that was lost or changed is noticed where the
/// rest contradicts it.
class EventCheck {
 public:
  explicit EventCheck(int num_workers)
      : workers_(static_cast<std::size_t>(num_workers)) {}

  /// Takes the next event. Throws std::invalid_argument that names its number.
  void Follow(const EventRecord& event);

 private:
  // The contribution that a worker was released for last.
  struct Worker {
    bool is_working = false;
    std::int64_t gradient = 0;
    std::int64_t next_gradient = 0;
    std::int64_t version = 0;
    int local_steps = 1;
  };

  void CheckFields(const EventRecord& event) const;
  void Release(const EventRecord& event);
  void End(const EventRecord& event);  // an arrival, a drop or a cancelling
  void Count(const EventRecord& arrival);
  void Update(const EventRecord& event);
  [[noreturn]] void Refuse(const std::string& what) const;

  std::vector<Worker> workers_;
  std::size_t num_events_ = 0;
  double seconds_ = 0.0;  // of the last event
  std::int64_t updates_ = 0;
  // Arrived, but counted by no update yet; the quorum and step of that.
  int num_pending_ = 0;
  Pace pace_;
};

/// Follows all of them.
void CheckEvents(int num_workers, std::span<const EventRecord> events);

}  // namespace tortoise::internal
