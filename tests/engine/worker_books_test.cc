// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/worker_books.h"

#include <cmath>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/core/mutex.h"
#include "tortoise/protocol/method.h"

namespace tortoise::internal {
namespace {

RunOptions TwoWorkers(std::int64_t rows = 100) {
  RunOptions options;
  options.method = MakeMethod("hogwild", 2);
  options.report.contributions = rows;
  return options;
}

// Contribution `gradient` of a worker, begun on `version_read` and written as
// update `version` + 1 at `seconds`.
void Write(WorkerBooks& books, int worker, std::int64_t gradient,
           std::int64_t version_read, std::int64_t version, double seconds,
           double loss = 1.0) {
  const MutexLock lock(books);
  books.Begin({.worker = worker, .gradient = gradient});
  books.Count({.version_read = version_read,
               .version = version,
               .loss = loss,
               .computed = seconds,
               .seconds = seconds,
               .bytes = 0});
}

void Begin(WorkerBooks& books, int worker, std::int64_t gradient) {
  const MutexLock lock(books);
  books.Begin({.worker = worker, .gradient = gradient});
}

TEST(AllBooks, GiveRowsInOrderOfTimeAndUpdatesInOrderOfVersion) {
  AllBooks books(TwoWorkers());
  // The second update was written by worker 0, which looked at the clock first.
  Write(books.of(0), 0, 0, 0, 1, 1.0);
  Write(books.of(1), 1, 0, 0, 0, 1.5);
  Write(books.of(0), 0, 1, 1, 2, 2.0);
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  EXPECT_FALSE(books.Read(contributions, updates));
  ASSERT_EQ(contributions.size(), 3u);
  EXPECT_EQ(contributions[0].version_counted, 1);
  EXPECT_EQ(contributions[1].version_counted, 0);
  EXPECT_EQ(contributions[2].version_counted, 2);
  ASSERT_EQ(updates.size(), 3u);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(updates[i].update, static_cast<std::int64_t>(i) + 1);
  }
  EXPECT_EQ(updates[1].mean_staleness, 1.0);
}

TEST(AllBooks, GiveOnlyWhatIsNew) {
  AllBooks books(TwoWorkers());
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  Write(books.of(0), 0, 0, 0, 0, 1.0);
  books.Read(contributions, updates);
  Write(books.of(1), 1, 0, 0, 1, 2.0);
  contributions.clear();
  updates.clear();
  EXPECT_FALSE(books.Read(contributions, updates));
  ASSERT_EQ(contributions.size(), 1u);
  EXPECT_EQ(contributions[0].worker, 1);
  EXPECT_EQ(updates.size(), 1u);
}

// Of four rows for two workers each keeps two, so the third of worker 0 thins
// its log, and the rows of both are given again.
TEST(AllBooks, GiveAllAgainOnceOneWorkerThinsItsRows) {
  AllBooks books(TwoWorkers(4));
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  Write(books.of(1), 1, 0, 0, 0, 1.0);
  Write(books.of(0), 0, 0, 0, 1, 2.0);
  books.Read(contributions, updates);
  Write(books.of(0), 0, 1, 0, 2, 3.0);
  Write(books.of(0), 0, 2, 0, 3, 4.0);
  contributions.clear();
  updates.clear();
  EXPECT_TRUE(books.Read(contributions, updates));
  ASSERT_EQ(contributions.size(), 3u);
  EXPECT_EQ(contributions[0].worker, 1);
  EXPECT_EQ(contributions[2].gradient, 2);
}

TEST(AllBooks, CloseWhatIsInFlightAsUnfinishedAfterAllThatArrived) {
  AllBooks books(TwoWorkers());
  Begin(books.of(0), 0, 0);
  Write(books.of(1), 1, 0, 0, 0, 1.0);
  Summary summary;
  books.Close(summary);
  EXPECT_EQ(summary.gradients.started, 2);
  EXPECT_EQ(summary.gradients.applied, 1);
  EXPECT_EQ(summary.gradients.unfinished, 1);
  EXPECT_EQ(summary.last_update_seconds, 1.0);
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  books.Read(contributions, updates);
  ASSERT_EQ(contributions.size(), 2u);
  EXPECT_EQ(contributions[0].fate, Fate::kApplied);
  EXPECT_EQ(contributions[1].fate, Fate::kUnfinished);
  EXPECT_TRUE(std::isnan(contributions[1].seconds_arrived));
}

TEST(AllBooks, AverageTheLossesOfWhoHasAny) {
  AllBooks books(TwoWorkers());
  EXPECT_FALSE(books.MeanLoss());
  Write(books.of(0), 0, 0, 0, 0, 1.0, /*loss=*/3.0);
  EXPECT_EQ(books.MeanLoss(), 3.0);
  Write(books.of(1), 1, 0, 0, 1, 2.0, /*loss=*/1.0);
  EXPECT_EQ(books.MeanLoss(), 2.0);
}

}  // namespace
}  // namespace tortoise::internal
