// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "engine/server.h"
#include "engine/thread_run.h"
#include "tortoise/memory/shared_parameters.h"
#include "tortoise/memory/version_counter.h"

namespace tortoise::internal {

/// A run without a coordinator: each worker reads and writes the shared
/// parameters itself and waits for nobody. A contribution reads the model, and
/// the version, when its injected delay begins, and writes when it ends; its
/// staleness is the number of updates that were counted in between.
///
/// Every worker keeps its own books under a lock of its own, which nobody else
/// takes but the watching thread, ten times a second at most. That thread takes
/// all of them to make a snapshot, which is therefore a model between updates.
/// Workers that are writing when an update limit is reached finish: there may
/// be up to P - 1 updates more than asked for.
///
/// Reference: Niu, Recht, Re, Wright, "HOGWILD!", NIPS 2011.
template <typename T>
class InPlaceRun final : public ThreadRun<T> {
 public:
  InPlaceRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
             const RunOptions& options, std::span<const T> initial,
             const RunControl& control);

 private:
  // Rounded up, so that a few rows among many workers are not none.
  static std::int64_t RowsPerWorker(const RunOptions& options) {
    const std::int64_t workers = options.method.num_workers;
    const std::int64_t rows = options.report.contributions;
    return rows / workers + (rows % workers > 0 ? 1 : 0);
  }
  struct alignas(kFalseSharingRange) Lane {
    explicit Lane(const RunOptions& options)
        : records(RowsPerWorker(options)), estimate(20) {}
    std::mutex mutex;
    Records records;
    LossEstimate estimate;
    ContributionRecord in_flight;
    bool is_in_flight = false;
    Records::Cursor cursor;
  };
  // What a worker has of its own while it runs.
  struct Hands;

  void Work(ThreadWorker<T>& worker, Computation<T>& computation) override;
  void End(Termination termination, double seconds,
           std::string message) override;
  void Count(Progress& progress) override;
  void Read(typename BasicRun<T>::NewRecords& records) override;
  double next_chore() const override { return grid_.next(); }
  void DoChore() override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return grid_.snapshots(); }

  void Begin(Lane& lane, const Release& release);
  bool Compute(Hands& hands, Computation<T>& computation);
  double Write(Hands& hands, const Timing& timing);
  void Leave();
  std::vector<std::unique_lock<std::mutex>> LockAll();
  void TakeSnapshot(bool evaluate);
  [[nodiscard]] Snapshot<T> State();
  [[nodiscard]] bool EstimateIsAtTarget();

  const bool reads_sparse_;
  SharedParameters<T> shared_;
  ExactVersionCounter version_;
  RoundDelays round_delays_;
  std::deque<Lane> lanes_;
  std::atomic<int> num_active_;

  ModelPool<T> pool_;
  ModelRef<T> last_finite_;
  SnapshotGrid<T> grid_;

  std::optional<Termination> termination_;  // under the gate's lock
  std::string message_;
  double end_seconds_ = 0.0;
};

}  // namespace tortoise::internal
