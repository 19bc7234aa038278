// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/records.h"
#include "engine/server.h"
#include "tortoise/core/aligned.h"
#include "tortoise/core/mutex.h"
#include "tortoise/engine/options.h"
#include "tortoise/engine/summary.h"

namespace tortoise::internal {

/// The books of one worker that writes in place: what it has in flight, what
/// became of the rest, and its running loss. Under a lock of their own, which
/// nobody else takes but the watching thread, ten times a second at most.
class TORTOISE_CAPABILITY("books") alignas(kFalseSharingRange) WorkerBooks {
 public:
  explicit WorkerBooks(const RunOptions& options);

  void lock() TORTOISE_ACQUIRE() { mutex_.lock(); }
  void unlock() TORTOISE_RELEASE() { mutex_.unlock(); }

  /// The worker starts its next contribution.
  void Begin(const Release& release) TORTOISE_REQUIRES(this);

  /// What is in flight was written, as update `version` + 1.
  struct Written {
    std::int64_t version_read;
    std::int64_t version;
    double loss;      // mean of its mini-batches
    double computed;  // end of its computation, seconds
    double seconds;   // when it was written
    std::size_t bytes;
  };
  void Count(const Written& written) TORTOISE_REQUIRES(this);

  /// The run has ended: what is in flight is unfinished.
  void Close() TORTOISE_REQUIRES(this);

  [[nodiscard]] std::optional<double> loss_estimate() const
      TORTOISE_REQUIRES(this) {
    return estimate_.value();
  }
  [[nodiscard]] const Records& records() const TORTOISE_REQUIRES(this) {
    return records_;
  }
  [[nodiscard]] Records::Cursor& cursor() TORTOISE_REQUIRES(this) {
    return cursor_;
  }

 private:
  std::mutex mutex_;
  Records records_;
  Records::Cursor cursor_;
  LossEstimate estimate_;
  ContributionRecord in_flight_;
  bool is_in_flight_ = false;
};

/// The books of all workers.
class AllBooks {
 public:
  explicit AllBooks(const RunOptions& options);

  [[nodiscard]] WorkerBooks& of(int worker) {
    return books_[static_cast<std::size_t>(worker)];
  }

  /// Nobody begins or counts while these are held.
  [[nodiscard]] std::vector<std::unique_lock<WorkerBooks>> LockAll();

  /// Takes the locks: the mean of the workers' running losses.
  [[nodiscard]] std::optional<double> MeanLoss();
  /// Takes the locks: rows that are new, in order of time and of version;
  /// returns whether they replace all that were read before.
  bool Read(std::vector<ContributionRecord>& contributions,
            std::vector<UpdateRecord>& updates) TORTOISE_UNCHECKED_LOCKS;

  /// After the run: closes all books and adds them to `summary`.
  void Close(Summary& summary);

 private:
  std::deque<WorkerBooks> books_;
};

}  // namespace tortoise::internal
