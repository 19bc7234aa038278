// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/model_pool.h"
#include "engine/server_model.h"
#include "engine/snapshots.h"
#include "tortoise/engine/options.h"

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

/// The server of a run with a coordinator: the ledger, the model, and the
/// snapshots of it for the loss curve. It knows neither threads nor clocks: the
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

  [[nodiscard]] bool ended() const { return ledger_.ended(); }
  [[nodiscard]] std::int64_t updates() const { return ledger_.updates(); }
  [[nodiscard]] std::optional<double> loss_estimate() const {
    return estimate_.value();
  }
  [[nodiscard]] const Records& records() const { return ledger_.records(); }
  [[nodiscard]] Ledger& ledger() { return ledger_; }
  [[nodiscard]] const ModelRef<T>& model() const { return model_.current(); }

  /// Closes the books of an ended run: what is in flight is unfinished.
  void Close();

  /// After `Close`: the model after the last update, the snapshots in order of
  /// time, and everything in a summary that is the server's.
  [[nodiscard]] std::span<const T> parameters() const {
    return model_.current().parameters();
  }
  [[nodiscard]] std::vector<Snapshot<T>>& snapshots() {
    return grid_.snapshots();
  }
  void Report(Summary& summary) const { ledger_.Report(summary); }

 private:
  bool Fire(double now);
  bool TakeDueSnapshots(double now);
  [[nodiscard]] Snapshot<T> State() const;
  [[nodiscard]] auto Handing(const Hand& hand);

  const RunOptions options_;
  const EvaluateStopped evaluate_;
  const bool keeps_models_;  // else snapshots are evaluated during the run

  Ledger ledger_;
  ServerModel<T> model_;
  LossEstimate estimate_;
  bool evaluate_next_ = false;
  SnapshotGrid<T> grid_;
};

}  // namespace tortoise::internal
