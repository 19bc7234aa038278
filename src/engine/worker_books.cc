// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/worker_books.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace tortoise::internal {
namespace {

constexpr int kLossWindow = 20;

// Rounded up, so that a few rows among many workers are not none.
std::int64_t RowsPerWorker(const RunOptions& options) {
  const std::int64_t workers = options.method.num_workers;
  const std::int64_t rows = options.report.contributions;
  return rows / workers + (rows % workers > 0 ? 1 : 0);
}

}  // namespace

WorkerBooks::WorkerBooks(const RunOptions& options)
    : records_(RowsPerWorker(options)), estimate_(kLossWindow) {}

void WorkerBooks::Begin(const Release& release) {
  constexpr double kNever = std::numeric_limits<double>::quiet_NaN();
  records_.Started(release.pace.local_steps);
  in_flight_ = {.worker = release.worker,
                .local_steps = release.pace.local_steps,
                .gradient = release.gradient,
                .version_read = release.version,
                .seconds_released = release.released,
                .seconds_started = release.start,
                .seconds_computed = kNever,
                .seconds_arrived = kNever,
                .step = release.pace.step};
  is_in_flight_ = true;
}

void WorkerBooks::Count(const Written& written) {
  in_flight_.version_read = written.version_read;
  in_flight_.version_counted = written.version;
  in_flight_.seconds_computed = written.computed;
  in_flight_.seconds_arrived = written.seconds;
  in_flight_.bytes = static_cast<std::int64_t>(written.bytes);
  records_.Applied(in_flight_);
  is_in_flight_ = false;
  const std::int64_t staleness = written.version - written.version_read;
  records_.Updated({.update = written.version + 1,
                    .seconds = written.seconds,
                    .contributions = 1,
                    .mean_staleness = static_cast<double>(staleness)});
  estimate_.Add(written.loss);
}

void WorkerBooks::Close() {
  if (is_in_flight_) records_.Unfinished(in_flight_);
  is_in_flight_ = false;
}

AllBooks::AllBooks(const RunOptions& options) {
  for (int w = 0; w < options.method.num_workers; ++w) {
    books_.emplace_back(options);
  }
}

std::vector<std::unique_lock<WorkerBooks>> AllBooks::LockAll() {
  std::vector<std::unique_lock<WorkerBooks>> locks;
  locks.reserve(books_.size());
  for (WorkerBooks& books : books_) locks.emplace_back(books);
  return locks;
}

std::optional<double> AllBooks::MeanLoss() {
  double sum = 0.0;
  int count = 0;
  for (WorkerBooks& books : books_) {
    const MutexLock lock(books);
    if (!books.loss_estimate()) continue;
    sum += *books.loss_estimate();
    ++count;
  }
  if (count == 0) return std::nullopt;
  return sum / count;
}

bool AllBooks::Read(std::vector<ContributionRecord>& contributions,
                    std::vector<UpdateRecord>& updates) {
  const auto locks = LockAll();
  bool replaces = false;
  for (WorkerBooks& books : books_) {
    replaces |= books.records().Read(books.cursor(), contributions, updates);
  }
  if (replaces) {  // by one worker: then everybody's rows are given again
    contributions.clear();
    updates.clear();
    for (WorkerBooks& books : books_) {
      books.cursor() = Records::kFromStart;
      books.records().Read(books.cursor(), contributions, updates);
    }
  }
  std::stable_sort(contributions.begin(), contributions.end(),
                   [](const auto& a, const auto& b) {
                     // Those that never arrived come last.
                     return a.seconds_arrived < b.seconds_arrived ||
                            (!std::isnan(a.seconds_arrived) &&
                             std::isnan(b.seconds_arrived));
                   });
  std::stable_sort(
      updates.begin(), updates.end(),
      [](const auto& a, const auto& b) { return a.update < b.update; });
  return replaces;
}

void AllBooks::Close(Summary& summary) {
  for (WorkerBooks& books : books_) {
    const MutexLock lock(books);
    books.Close();
    books.records().AddTo(summary);
  }
}

}  // namespace tortoise::internal
