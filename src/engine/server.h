// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <exception>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ledger.h"
#include "engine/models.h"
#include "engine/snapshots.h"
#include "engine/ticket.h"
#include "tortoise/engine/options.h"

namespace tortoise::internal {

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

/// The server of a run with a coordinator: the ledger, the models, what workers
/// carry from one contribution to the next, and the snapshots for the loss
/// curve. It knows neither threads nor clocks: the time of an arrival is an
/// argument. Not thread-safe; an engine calls it with one arrival at a time.
template <typename T>
class Server {
 public:
  /// Gives a worker its next ticket, which replaces the one it has.
  using Deliver = std::function<void(int worker, Ticket<T> ticket)>;
  /// The scores of a model, computed while the clock stands still. If it
  /// throws, the run ends as kWorkerFailed.
  using EvaluateStopped = std::function<Scores(std::span<const T>)>;

  Server(const RunOptions& options, std::size_t num_samples,
         std::span<const T> initial, EvaluateStopped evaluate);

  /// Releases all workers at time 0 on version 0.
  void Start(const Deliver& deliver);

  /// A contribution arrives. Does nothing once the run has ended.
  void Arrive(Arrival<T> arrival, const Deliver& deliver);

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
  [[nodiscard]] const ModelRef<T>& model() const { return models_->Reported(); }

  /// Closes the books of an ended run: what is in flight is unfinished.
  void Close();

  /// After `Close`: the model after the last update, the snapshots in order of
  /// time, and everything in a summary that is the server's.
  [[nodiscard]] std::span<const T> parameters() const {
    return model()->parameters;
  }
  [[nodiscard]] std::vector<Snapshot<T>>& snapshots() {
    return grid_.snapshots();
  }
  void Report(Summary& summary) const;

 private:
  bool Fire(double now);
  bool TakeDueSnapshots(double now);
  bool Evaluate(double now, Snapshot<T>& state);
  [[nodiscard]] Snapshot<T> State() const;
  [[nodiscard]] auto Delivering(const Deliver& deliver);

  const RunOptions options_;
  const EvaluateStopped evaluate_;
  const bool keeps_models_;  // else snapshots are evaluated during the run

  Ledger ledger_;
  std::unique_ptr<Models<T>> models_;
  std::vector<StateRef<T>> states_;  // [P], each as of its last arrival
  LossEstimate estimate_;
  bool evaluate_next_ = false;
  SnapshotGrid<T> grid_;
  std::exception_ptr failure_;  // what an evaluation threw
};

}  // namespace tortoise::internal
