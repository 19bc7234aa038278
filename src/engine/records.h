// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/thinned_log.h"
#include "tortoise/engine/options.h"
#include "tortoise/engine/run.h"
#include "tortoise/engine/summary.h"
#include "tortoise/memory/staleness_histogram.h"

namespace tortoise::internal {

/// What happened to contributions and updates: the rows and the counts. One per
/// server; in place, one per worker. Not thread-safe.
class Records {
 public:
  /// Keeps at most `capacity` rows of contributions, and as many of updates.
  explicit Records(std::int64_t capacity)
      : contributions_(capacity), updates_(capacity) {}

  /// A contribution of `gradients` draws was started.
  void Started(std::int64_t gradients) { started_ += gradients; }
  /// It was counted by an update: `record` has its version_counted.
  void Applied(const ContributionRecord& record) {
    applied_ += record.local_steps;
    staleness_.Count(record.version_counted - record.version_read);
    Append(record, Fate::kApplied);
  }
  /// A hint that a contribution of about this staleness is applied soon.
  void Prefetch(std::int64_t staleness) const {
    staleness_.Prefetch(staleness);
  }
  void Cancelled(const ContributionRecord& record) {
    cancelled_ += record.local_steps;
    Append(record, Fate::kCancelled);
  }
  /// The same for a row that nobody keeps, which need not be made then.
  [[nodiscard]] bool WantsNext() const { return contributions_.WantsNext(); }
  void CancelledUnseen(std::int64_t gradients) {
    cancelled_ += gradients;
    contributions_.Skip();
  }
  /// It arrived, and no update will count it.
  void Dropped(const ContributionRecord& record) {
    dropped_ += record.local_steps;
    Append(record, Fate::kDropped);
  }
  void Unfinished(const ContributionRecord& record) {
    Append(record, Fate::kUnfinished);
  }
  void Updated(const UpdateRecord& record) {
    last_update_ = record.seconds;
    updates_.Append(record);
  }

  [[nodiscard]] std::int64_t applied() const { return applied_; }
  [[nodiscard]] double last_update() const { return last_update_; }
  /// Some rows of contributions were dropped.
  [[nodiscard]] bool is_thinned() const {
    return contributions_.seen() > contributions_.size();
  }

  /// Where a reader of the logs is.
  struct Cursor {
    ThinnedLog<ContributionRecord>::Cursor contributions;
    ThinnedLog<UpdateRecord>::Cursor updates;
  };
  /// Agrees with no log, so that all rows are read.
  static constexpr Cursor kFromStart{{0, 0}, {0, 0}};

  /// Appends the rows that are new since `cursor`; see RecordBatch::replaces.
  /// If either log was thinned, all rows of both.
  bool Read(Cursor& cursor, std::vector<ContributionRecord>& contributions,
            std::vector<UpdateRecord>& updates) const;

  /// Adds counts, staleness and row numbers to `summary`. Requires that all
  /// that is in flight was reported as unfinished.
  void AddTo(Summary& summary) const;

 private:
  void Append(const ContributionRecord& record, Fate fate) {
    ContributionRecord* kept = contributions_.Append(record);
    if (kept != nullptr) kept->fate = fate;
  }

  std::int64_t started_ = 0;
  std::int64_t applied_ = 0;
  std::int64_t cancelled_ = 0;
  std::int64_t dropped_ = 0;
  double last_update_ = 0.0;
  StalenessHistogram staleness_;
  ThinnedLog<ContributionRecord> contributions_;
  ThinnedLog<UpdateRecord> updates_;
};

}  // namespace tortoise::internal
