// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <utility>
#include <vector>

#include "tortoise/protocol/coordinator.h"

namespace tortoise::testing {

/// What a contribution was: who made it, when, and from which version.
struct LoopContribution {
  int worker;
  std::int64_t index;         // counts what this worker ever started, from 0
  std::int64_t version_read;  // of its snapshot
  double released;
  double started;  // when its work began
  double arrived;  // or the moment at which it was cancelled
};

/// One update: `staleness[k]` belongs to `contributions[k]`, both in order of
/// arrival. Update j of a result is `updates[j - 1]` and makes version j.
struct LoopUpdate {
  double seconds;
  std::vector<LoopContribution> contributions;
  std::vector<std::int64_t> staleness;
  std::vector<LoopContribution> cancelled;  // in order of worker id
};

/// Why a loop ended.
enum class LoopEnd {
  kUpdates,        // as many as asked for
  kSeconds,        // the next arrival would be later
  kNobodyArrives,  // those who work will never arrive
  kTapeEnded,      // a worker started what its tape does not hold
};

struct LoopResult {
  LoopEnd end = LoopEnd::kUpdates;
  double seconds = 0.0;  // when it ended
  std::vector<LoopUpdate> updates;
  std::vector<LoopContribution> unfinished;  // pushed, in no update
  std::vector<LoopContribution> in_flight;   // never pushed

  /// Time of the last update / updates.
  [[nodiscard]] double SecondsPerUpdate() const {
    return updates.back().seconds / static_cast<double>(updates.size());
  }

  /// Over the contributions of all updates but the first `skip`.
  [[nodiscard]] double MeanStaleness(std::size_t skip = 0) const {
    double sum = 0.0;
    double count = 0.0;
    for (std::size_t j = skip; j < updates.size(); ++j) {
      for (const std::int64_t staleness : updates[j].staleness) {
        sum += static_cast<double>(staleness);
        count += 1.0;
      }
    }
    return sum / count;
  }
};

struct LoopStop {
  std::size_t updates = std::numeric_limits<std::size_t>::max();
  double seconds = std::numeric_limits<double>::infinity();  // inclusive
};

/// The exact times of a race in which computing and bookkeeping take no time:
/// the oracle that engines are compared with. It follows the definitions one
/// by one, walks over all workers at every event, and shares no code with the
/// library (`Method` only carries the settings).
///
///   - `work(w, i)`: seconds of contribution i of worker w. Contributions are
///     counted from 0, cancelled ones included. For tau local steps pass the
///     sum of the draws i tau ... i tau + tau - 1. Infinity: never arrives.
///   - or `finish(w, i, start)`: when contribution i of worker w, which begins
///     at `start`, arrives. Infinity: never. kTapeEnds: there is none, and the
///     run ends at `start`.
///   - `round_delay(j)`: seconds between update j (counted from 1) and the
///     start of the workers that it releases; none by default.
///
/// Arrivals at equal times are taken in order of worker id. Ends after
/// `stop.updates`, at the last arrival at or before `stop.seconds`, when nobody
/// will ever arrive, or when a tape has ended. What the last of `stop.updates`
/// released has started, and is in flight.
class EventLoop {
 public:
  using Work = std::function<double(int worker, std::int64_t index)>;
  using Finish =
      std::function<double(int worker, std::int64_t index, double start)>;
  using RoundDelay = std::function<double(std::int64_t update)>;

  static constexpr double kTapeEnds = -1.0;

  EventLoop(const Method& method, Finish finish, RoundDelay round_delay = {})
      : method_(method),
        finish_(std::move(finish)),
        round_delay_(std::move(round_delay)),
        workers_(static_cast<std::size_t>(method.num_workers)) {}

  EventLoop(const Method& method, Work work, RoundDelay round_delay = {})
      : EventLoop(method,
                  Finish([work = std::move(work)](int w, std::int64_t i,
                                                  double start) {
                    return start + work(w, i);
                  }),
                  std::move(round_delay)) {}

  /// Call once.
  LoopResult Run(const LoopStop& stop) {
    for (int w = 0; w < method_.num_workers; ++w) Start(w, 0.0, 0.0);
    while (GoesOn(stop)) Arrive(EarliestArrival());
    result_.unfinished = quorum_;
    for (const Worker& worker : workers_) {
      if (worker.state == State::kWorking) {
        result_.in_flight.push_back(worker.current);
      }
    }
    return std::move(result_);
  }

 private:
  enum class State { kWorking, kWaiting, kHeld };

  struct Worker {
    State state = State::kWorking;
    LoopContribution current{};  // while working
    bool tape_ended = false;
    std::int64_t started = 0;  // contributions
    std::int64_t pushed = 0;
    double may_start = 0.0;  // while held: when it would have started
  };

  Worker& at(int w) { return workers_[static_cast<std::size_t>(w)]; }

  std::int64_t version() const {
    return static_cast<std::int64_t>(result_.updates.size());
  }

  // The end of a run, if this is it.
  bool GoesOn(const LoopStop& stop) {
    const int next = EarliestArrival();
    const double seconds = next < 0 ? LastStart() : at(next).current.arrived;
    if (result_.updates.size() >= stop.updates) {
      result_.end = LoopEnd::kUpdates;
      return false;
    }
    result_.seconds = std::min(seconds, stop.seconds);
    if (seconds > stop.seconds) {
      result_.end = LoopEnd::kSeconds;
    } else if (next < 0) {
      result_.end = LoopEnd::kNobodyArrives;
    } else if (at(next).tape_ended) {
      result_.end = LoopEnd::kTapeEnded;
    } else {
      return true;
    }
    return false;
  }

  // From when on nobody did anything that led anywhere.
  double LastStart() {
    double last = result_.seconds;
    for (const Worker& worker : workers_) {
      if (worker.state == State::kWorking) {
        last = std::max(last, worker.current.started);
      }
    }
    return last;
  }

  int EarliestArrival() {
    int earliest = -1;
    double seconds = std::numeric_limits<double>::infinity();
    for (int w = 0; w < method_.num_workers; ++w) {
      const Worker& worker = at(w);
      if (worker.state == State::kWorking && worker.current.arrived < seconds) {
        earliest = w;
        seconds = worker.current.arrived;
      }
    }
    return earliest;
  }

  void Start(int w, double now, double seconds) {
    Worker& worker = at(w);
    const double finish = finish_(w, worker.started, seconds);
    worker.state = State::kWorking;
    worker.tape_ended = finish == kTapeEnds;
    worker.current = {.worker = w,
                      .index = worker.started,
                      .version_read = version(),
                      .released = now,
                      .started = seconds,
                      .arrived = worker.tape_ended ? seconds : finish};
    ++worker.started;
  }

  void Arrive(int pusher) {
    const double now = at(pusher).current.arrived;
    at(pusher).state = State::kWaiting;
    ++at(pusher).pushed;
    quorum_.push_back(at(pusher).current);

    const bool fires =
        quorum_.size() == static_cast<std::size_t>(method_.synchrony.quorum);
    if (fires) Update(now);
    double start = now;
    if (fires && round_delay_) start += round_delay_(version());

    for (int w = 0; w < method_.num_workers; ++w) {
      const bool waits_for_this =
          method_.synchrony.waits_after_push ? fires : w == pusher;
      if (at(w).state == State::kWaiting && waits_for_this) {
        at(w).state = State::kHeld;
        at(w).may_start = start;
      } else if (at(w).state == State::kWorking && fires &&
                 method_.synchrony.cancels_stragglers) {
        Start(w, now, start);
      }
    }
    // Everyone who may start was just made "held"; most are so for no time.
    for (int w = 0; w < method_.num_workers; ++w) {
      if (at(w).state == State::kHeld && !IsTooFarAhead(w)) {
        Start(w, now, std::max(now, at(w).may_start));
      }
    }
  }

  void Update(double now) {
    LoopUpdate update{.seconds = now,
                      .contributions = std::move(quorum_),
                      .staleness = {},
                      .cancelled = {}};
    quorum_.clear();
    for (const LoopContribution& c : update.contributions) {
      update.staleness.push_back(version() - c.version_read);
    }
    for (const Worker& worker : workers_) {
      if (method_.synchrony.cancels_stragglers &&
          worker.state == State::kWorking) {
        update.cancelled.push_back(worker.current);
        update.cancelled.back().arrived = now;
      }
    }
    result_.updates.push_back(std::move(update));
  }

  bool IsTooFarAhead(int w) {
    if (!method_.synchrony.staleness_bound) return false;
    std::int64_t slowest = at(w).pushed;
    for (const Worker& worker : workers_) {
      slowest = std::min(slowest, worker.pushed);
    }
    return at(w).pushed - slowest > *method_.synchrony.staleness_bound;
  }

  Method method_;
  Finish finish_;
  RoundDelay round_delay_;
  std::vector<Worker> workers_;
  std::vector<LoopContribution> quorum_;
  LoopResult result_;
};

}  // namespace tortoise::testing
