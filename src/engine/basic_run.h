// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <exception>
#include <memory>
#include <span>
#include <vector>

#include "engine/evaluator.h"
#include "engine/snapshots.h"
#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// What every run does, whatever its clock: it is performed, its books are
/// closed, and the snapshots that it left are evaluated. How it is performed is
/// a derived class's business.
template <typename T>
class BasicRun {
 public:
  BasicRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
           const RunOptions& options, const RunControl& control);
  virtual ~BasicRun() = default;
  BasicRun(const BasicRun&) = delete;
  BasicRun& operator=(const BasicRun&) = delete;

  /// Runs; `w` receives the final parameters. Call once.
  Summary Execute(std::span<T> w);

 protected:
  // New rows since the last call; see RecordBatch.
  struct NewRecords {
    bool replaces = false;
    std::vector<ContributionRecord> contributions;
    std::vector<UpdateRecord> updates;
    std::vector<EventRecord> events;
  };

  // --- What a derived class provides ---------------------------------------

  /// Makes updates until the run has ended. Returns what a worker threw.
  virtual std::exception_ptr Perform() = 0;
  /// The time of the run's clock, and counts so far.
  virtual void FillProgress(Progress& progress) = 0;
  virtual void Read(NewRecords& records) = 0;
  /// After `Perform`: closes the books, fills in the summary and the final
  /// parameters.
  virtual void Close(Summary& summary, std::span<T> w) = 0;
  virtual std::vector<Snapshot<T>>& snapshots() = 0;

  // --- What it may use ------------------------------------------------------

  void ReportProgress();
  void ReportRecords();
  /// Scores of a model over all data.
  [[nodiscard]] Scores Evaluate(std::span<const T> w);

  const AnyObjective<T>& train_;
  const RunOptions options_;
  const RunControl control_;
  const int num_workers_;

 private:
  bool TryEvaluate(Snapshot<T>& snapshot, Summary& summary);
  void EvaluateCurve(Summary& summary);
  void CopyCurve(Summary& summary);

  Evaluator<T> train_evaluator_;
  std::unique_ptr<Evaluator<T>> test_evaluator_;
  NewRecords new_records_;
};

}  // namespace tortoise::internal
