// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tortoise/core/large_vector.h"
#include "tortoise/protocol/method.h"

namespace tortoise {

/// A contribution counted by an update: who pushed it, and the version of the
/// snapshot that it was computed from.
struct CountedContribution {
  int worker;
  std::int64_t version_read;
};

/// What an arrival leads to. The spans are valid until the next arrival.
struct Decision {
  bool fires = false;  // does an update fire?

  // Staleness is `version` minus version_read: the version when the
  // contributions are counted, that is, before the update.
  std::int64_t version = 0;

  // The contributions of the update in order of arrival; empty unless fires.
  std::span<const CountedContribution> contributions = {};

  // Workers whose work is thrown away; they are in `released` too.
  std::span<const int> cancelled = {};

  // Workers that start a new contribution from the model as it now is (after
  // the update, if one fires), in order of worker id.
  std::span<const int> released = {};

  // Workers that would start one, but have to wait for slower ones from now on,
  // in order of worker id.
  std::span<const int> held = {};
};

/// Decides, and does nothing else: it has no clock, no threads and no model. An
/// arrival goes in, a decision comes out. The thread engine and the virtual
/// engine drive this same class, so what is tested without threads is what runs
/// with them.
///
/// At the start every participant is released on version 0. Not thread-safe.
/// An arrival costs O(1) amortised, plus O(workers released or cancelled);
/// nothing is allocated after construction but for quorums above P.
class Coordinator {
 public:
  /// For P = `num_workers`. Throws std::invalid_argument with the text of
  /// `Violation`.
  Coordinator(int num_workers, const Synchrony& synchrony);

  /// Worker `worker` pushes the contribution it was released for.
  /// Requires: it was released and has not pushed since. The decision is valid
  /// until the next arrival.
  const Decision& Arrive(int worker);

  /// A hint that `worker` arrives soon: with a million workers, few are in the
  /// cache.
  void Prefetch(int worker) const {
    __builtin_prefetch(&workers_[static_cast<std::size_t>(worker)], 1);
    __builtin_prefetch(&states_[static_cast<std::size_t>(worker)], 1);
  }

  /// From now on an update needs K = `quorum` contributions. Requires that none
  /// is pending: that an update has just fired, or nobody has arrived yet.
  /// Throws std::invalid_argument for a K that these workers could not fill.
  void SetQuorum(int quorum);

  [[nodiscard]] int num_workers() const { return num_workers_; }
  /// With the quorum that is in force.
  [[nodiscard]] const Synchrony& synchrony() const { return synchrony_; }

  /// Number of updates so far.
  [[nodiscard]] std::int64_t version() const { return version_; }

  /// Version of the snapshot that `worker` was last released on.
  [[nodiscard]] std::int64_t version_read(int worker) const {
    return workers_[static_cast<std::size_t>(worker)].version_read;
  }

  /// Contributions that `worker` has pushed so far.
  [[nodiscard]] std::int64_t pushed(int worker) const {
    return workers_[static_cast<std::size_t>(worker)].pushed;
  }

  /// Pushed, but counted by no update yet, in order of arrival.
  [[nodiscard]] std::span<const CountedContribution> pending() const {
    return decision_.fires ? std::span<const CountedContribution>() : pending_;
  }

 private:
  enum class State : std::uint8_t { kWorking, kWaiting, kHeld };
  struct Worker {
    std::int64_t version_read = 0;
    std::int64_t pushed = 0;
  };

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }
  State& state(int worker) { return states_[static_cast<std::size_t>(worker)]; }
  [[nodiscard]] bool Exceeds(const Worker& worker) const {
    return synchrony_.staleness_bound &&
           worker.pushed - slowest_ > *synchrony_.staleness_bound;
  }
  void Release(int worker);
  void ReleaseTogether();
  void ReleaseHeld();
  void SortReleased();
  void RaiseSlowest();

  int num_workers_;
  Synchrony synchrony_;
  std::int64_t version_ = 0;
  Decision decision_;
  internal::LargeVector<Worker> workers_;
  internal::LargeVector<State> states_;
  std::vector<CountedContribution> pending_;  // or counted, if it fires
  // [P], of which the decision shows the first ones.
  std::vector<int> cancelled_;
  std::vector<int> released_;
  std::vector<int> held_;  // empty without a staleness bound
  std::size_t num_cancelled_ = 0;
  std::size_t num_released_ = 0;
  std::size_t num_newly_held_ = 0;

  // The smallest `pushed`, and how many workers have it, if there is a
  // staleness bound. Only a rise of the minimum can end a hold.
  std::int64_t slowest_ = 0;
  int num_slowest_ = 0;
  int num_held_ = 0;
};

// Inline, since a million workers in virtual time arrive some ten million times
// a second.

inline const Decision& Coordinator::Arrive(int worker) {
  assert(state(worker) == State::kWorking);
  if (decision_.fires) pending_.clear();
  num_released_ = 0;
  num_cancelled_ = 0;
  num_newly_held_ = 0;
  Worker& pusher = at(worker);
  pending_.push_back({worker, pusher.version_read});
  const std::int64_t slowest_before = slowest_;
  const bool was_slowest = pusher.pushed == slowest_;
  ++pusher.pushed;
  if (synchrony_.staleness_bound && was_slowest) RaiseSlowest();
  state(worker) = State::kWaiting;

  const bool fires =
      pending_.size() == static_cast<std::size_t>(synchrony_.quorum);
  decision_.fires = fires;
  decision_.version = version_;
  decision_.contributions = std::span(pending_).first(fires * pending_.size());
  version_ += fires;
  if (fires && (synchrony_.waits_after_push || synchrony_.cancels_stragglers)) {
    ReleaseTogether();
  } else if (!synchrony_.waits_after_push) {
    Release(worker);
  }
  if (num_held_ > 0 && slowest_ > slowest_before) ReleaseHeld();
  decision_.cancelled = std::span(cancelled_).first(num_cancelled_);
  decision_.released = std::span(released_).first(num_released_);
  decision_.held = std::span(held_).first(num_newly_held_);
  return decision_;
}

// Starts a new contribution of `worker`, or holds it.
inline void Coordinator::Release(int worker) {
  Worker& released = at(worker);
  const bool was_held = state(worker) == State::kHeld;
  if (Exceeds(released)) {
    if (was_held) return;
    state(worker) = State::kHeld;
    ++num_held_;
    held_[num_newly_held_++] = worker;
    return;
  }
  num_held_ -= was_held;
  state(worker) = State::kWorking;
  released.version_read = version_;
  released_[num_released_++] = worker;
}

}  // namespace tortoise
