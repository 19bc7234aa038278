// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tortoise/engine/options.h"
#include "tortoise/engine/summary.h"

namespace tortoise::testing {

/// Follows a run event by event, with books of its own, and says what is wrong
/// with the first event that may not happen.
class EventInvariants {
 public:
  explicit EventInvariants(const RunOptions& options);

  /// Takes the next event. Returns false if it, or one before it, is wrong.
  bool Take(const EventRecord& event);

  /// Compares the books with what an ended run says of itself.
  void CompareWith(const Summary& summary);

  /// What is wrong, or nothing.
  [[nodiscard]] const std::string& problem() const { return problem_; }

 private:
  struct Worker {
    bool is_in_flight = false;
    bool is_pending = false;  // it waits for the update that counts its push
    std::int64_t next_gradient = 0;
    std::int64_t version_read = 0;
    std::int64_t pushed = 0;
  };

  void Release(const EventRecord& event);
  void Arrival(const EventRecord& event);
  void Update(const EventRecord& event);
  void Cancel(const EventRecord& event);
  void NobodyIsForgotten();
  [[nodiscard]] bool IsTooFarAhead(const Worker& worker) const;
  void Require(bool holds, const char* what);

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }

  const Method method_;
  const std::int64_t local_steps_;
  const double step_;
  const double last_second_;
  std::vector<Worker> workers_;
  std::vector<std::int64_t> pending_;  // versions read, in order of arrival
  std::int64_t version_ = 0;
  double now_ = 0.0;
  bool may_cancel_ = false;  // an update was just made

  std::int64_t started_ = 0;  // contributions
  std::int64_t applied_ = 0;
  std::int64_t cancelled_ = 0;
  std::int64_t staleness_ = 0;  // sum over applied contributions
  double last_update_ = 0.0;

  const EventRecord* event_ = nullptr;
  std::int64_t num_events_ = 0;
  std::string problem_;
};

}  // namespace tortoise::testing
