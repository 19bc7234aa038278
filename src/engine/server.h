// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/model_pool.h"
#include "engine/records.h"
#include "engine/snapshots.h"
#include "tortoise/engine/options.h"
#include "tortoise/protocol/coordinator.h"
#include "tortoise/straggler/delay_tape.h"

namespace tortoise::internal {

/// What a worker is released with.
template <typename T>
struct Ticket {
  ModelRef<T> snapshot;
  std::int64_t gradient = 0;  // index of its first draw
  double released = 0.0;      // seconds on the run's clock
  double start = 0.0;         // nominal: when its work begins, after D
};

/// A contribution that was pushed.
template <typename T>
struct Arrival {
  int worker;
  std::span<const T> contribution;  // [num_parameters]; not kept
  double loss;                      // mean mini-batch loss
  double computed;                  // end of its computation, seconds
  double nominal;                   // when it should have arrived
  double seconds;                   // when it did
};

/// Running mean of mini-batch losses: over about the last `window` of them.
class LossEstimate {
 public:
  explicit LossEstimate(int window) : rate_(1.0 / window) {}
  void Add(double loss);
  [[nodiscard]] std::optional<double> value() const { return value_; }

 private:
  double rate_;
  std::optional<double> value_;
};

/// The server of a run with a coordinator: the model, its updates, who is
/// released with what, and the books. It knows neither threads nor clocks: the
/// time of an arrival is an argument. Not thread-safe; an engine calls it with
/// one arrival at a time.
template <typename T>
class Server {
 public:
  /// Gives a worker its next ticket, which replaces the one it has.
  using Hand = std::function<void(int worker, Ticket<T> ticket)>;
  /// The scores of a model, computed while the clock stands still.
  using EvaluateStopped = std::function<Scores(std::span<const T>)>;

  Server(const RunOptions& options, std::size_t num_samples,
         std::span<const T> initial, EvaluateStopped evaluate);

  /// Releases all workers at time 0 on version 0.
  void Start(const Hand& hand);

  /// A contribution arrives. Does nothing once the run has ended.
  void Arrive(const Arrival<T>& arrival, const Hand& hand);

  /// Worker `worker` will never finish its ticket: its speed is 0 for good.
  /// Ends the run when nobody else can push either.
  void Stall(int worker, double seconds);

  /// Ends the run, unless it has ended already.
  void End(Termination termination, double seconds, std::string message = {});

  [[nodiscard]] bool ended() const { return termination_.has_value(); }
  [[nodiscard]] std::int64_t updates() const { return updates_; }
  [[nodiscard]] std::optional<double> loss_estimate() const {
    return estimate_.value();
  }
  [[nodiscard]] const Records& records() const { return records_; }

  /// Closes the books of an ended run: what is in flight is unfinished.
  void Close();

  /// After `Close`: the model after the last update, the snapshots in order of
  /// time, and everything in a summary that is the server's.
  [[nodiscard]] std::span<const T> parameters() const {
    return current_.parameters();
  }
  [[nodiscard]] std::vector<Snapshot<T>>& snapshots() {
    return grid_.snapshots();
  }
  void Report(Summary& summary) const;

 private:
  enum class Activity : std::uint8_t { kWorking, kStalled, kIdle };
  struct Worker {
    Activity activity = Activity::kIdle;
    std::int64_t next_gradient = 0;
    ContributionRecord record;  // of the contribution in flight
    double held_start = 0.0;    // when it could have started, if held
    bool held = false;
  };

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }
  void Add(const Arrival<T>& arrival);
  bool TakeDueSnapshots(double now);
  bool Fire(const Decision& decision, const Arrival<T>& arrival);
  bool MakeNextModel(const Arrival<T>& arrival);
  void CountUpdate(const Decision& decision, double now);
  void Release(const Decision& decision, const Arrival<T>& arrival,
               const Hand& hand);
  void HandTicket(int worker, double released, double start, const Hand& hand);
  void MarkHeld(const Decision& decision, int worker, double start);
  void EndIfAllStalled(double seconds);
  [[nodiscard]] Snapshot<T> State() const;

  const RunOptions options_;
  const std::size_t num_samples_;
  const EvaluateStopped evaluate_;
  const bool keeps_models_;  // else snapshots are evaluated during the run

  Coordinator coordinator_;
  RoundDelays round_delays_;
  std::vector<Worker> workers_;
  int num_working_ = 0;

  ModelPool<T> pool_;
  ModelRef<T> current_;
  AlignedVector<T> sum_;  // of the contributions since the last update
  int num_summed_ = 0;
  double latest_nominal_ = 0.0;             // among them
  std::vector<ContributionRecord> pushed_;  // theirs, in order of arrival

  std::int64_t updates_ = 0;
  LossEstimate estimate_;
  bool evaluate_next_ = false;
  Records records_;
  SnapshotGrid<T> grid_;

  std::optional<Termination> termination_;
  std::string message_;
  double end_seconds_ = 0.0;
};

}  // namespace tortoise::internal
