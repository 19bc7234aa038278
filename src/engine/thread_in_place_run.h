// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <span>
#include <string>
#include <vector>

#include "engine/ending.h"
#include "engine/shared_access.h"
#include "engine/thread_run.h"
#include "engine/worker_books.h"
#include "tortoise/memory/shared_parameters.h"
#include "tortoise/memory/version_counter.h"

namespace tortoise::internal {

/// A run without a coordinator: each worker reads and writes the shared
/// parameters itself and waits for nobody. A contribution reads the model, and
/// the version, when its injected delay begins, and writes when it ends; its
/// staleness is the number of updates that were counted in between.
///
/// The watching thread makes the snapshots: it takes the locks of all workers'
/// books, stops the clock and copies a model that is between updates. Nobody
/// knows what the model was before, so a snapshot lies at the time of its copy,
/// a little after its point of the grid, and what passed unseen has no row.
/// Workers that are writing when an update limit is reached finish: there may
/// be up to P - 1 updates more than asked for.
///
/// Reference: Niu, Recht, Re, Wright, "HOGWILD!", NIPS 2011.
template <typename T>
class ThreadInPlaceRun final : public ThreadRun<T> {
 public:
  ThreadInPlaceRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
                   const RunOptions& options, std::span<const T> initial,
                   const RunControl& control);

 private:
  void Work(ThreadWorker<T>& worker, Computation<T>& computation) override;
  void End(Termination termination, double seconds,
           std::string message) override;
  void Count(Progress& progress) override;
  void Read(typename BasicRun<T>::NewRecords& records) override;
  double next_snapshot() const override { return grid_.next(); }
  void TakeDueSnapshot() override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return grid_.snapshots(); }

  bool Arrive(ThreadWorker<T>& worker, SharedAccess<T>& access,
              const Contribution<T>& contribution, const Timing& timing,
              Release& release);
  std::optional<Termination> Write(ThreadWorker<T>& worker,
                                   SharedAccess<T>& access,
                                   const Contribution<T>& contribution,
                                   const Timing& timing, Release& release);
  void Leave();
  void TakeSnapshot(bool evaluate);
  [[nodiscard]] Snapshot<T> State();
  [[nodiscard]] bool EstimateIsAtTarget();

  const Pace pace_;
  const bool by_coordinate_;
  const bool keeps_models_;  // else snapshots are evaluated during the run
  SharedParameters<T> shared_;
  VersionCounter version_;
  RoundDelays round_delays_;
  AllBooks books_;
  std::atomic<int> num_active_;

  ModelPool<T> pool_;
  ModelRef<T> last_finite_;
  SnapshotGrid<T> grid_;
  Ending ending_;  // under the gate's lock
};

}  // namespace tortoise::internal
