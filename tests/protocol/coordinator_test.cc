// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/coordinator.h"

#include <stdexcept>
#include <string>

#include "gtest/gtest.h"
#include "protocol/outcome.h"

namespace tortoise::testing {
namespace {

// --- One scenario per preset, written out ------------------------------------

TEST(Coordinator, SyncUpdatesWhenAllHaveArrived) {
  Coordinator sync(3, {.quorum = 3, .waits_after_push = true});

  EXPECT_EQ(Copy(sync.Arrive(1)), (Outcome{.version = 0}));
  EXPECT_EQ(Copy(sync.Arrive(0)), (Outcome{.version = 0}));
  EXPECT_EQ(Copy(sync.Arrive(2)),
            (Outcome{.fires = true,
                     .version = 0,
                     .contributions = {{1, 0}, {0, 0}, {2, 0}},
                     .released = {0, 1, 2}}));
  EXPECT_EQ(sync.version(), 1);
  EXPECT_EQ(sync.version_read(1), 1);
}

TEST(Coordinator, KSyncCancelsTheSlowestAndRestartsAll) {
  Coordinator k_sync(
      4, {.quorum = 2, .waits_after_push = true, .cancels_stragglers = true});

  EXPECT_EQ(Copy(k_sync.Arrive(3)), (Outcome{.version = 0}));
  EXPECT_EQ(Copy(k_sync.Arrive(1)), (Outcome{.fires = true,
                                             .version = 0,
                                             .contributions = {{3, 0}, {1, 0}},
                                             .cancelled = {0, 2},
                                             .released = {0, 1, 2, 3}}));
  EXPECT_EQ(Copy(k_sync.Arrive(2)), (Outcome{.version = 1}));
}

TEST(Coordinator, KBatchSyncLetsTheFastContributeTwiceToOneVersion) {
  Coordinator k_batch_sync(3, {.quorum = 3, .cancels_stragglers = true});

  EXPECT_EQ(Copy(k_batch_sync.Arrive(1)),
            (Outcome{.version = 0, .released = {1}}));
  EXPECT_EQ(Copy(k_batch_sync.Arrive(1)),
            (Outcome{.version = 0, .released = {1}}));
  // Worker 1 is at work on a third contribution, which goes as well.
  EXPECT_EQ(Copy(k_batch_sync.Arrive(2)),
            (Outcome{.fires = true,
                     .version = 0,
                     .contributions = {{1, 0}, {1, 0}, {2, 0}},
                     .cancelled = {0, 1},
                     .released = {0, 1, 2}}));
}

TEST(Coordinator, AsyncUpdatesAtEveryArrivalAndReleasesOnlyThePusher) {
  Coordinator async(3, {});

  EXPECT_EQ(Copy(async.Arrive(1)), (Outcome{.fires = true,
                                            .version = 0,
                                            .contributions = {{1, 0}},
                                            .released = {1}}));
  EXPECT_EQ(Copy(async.Arrive(1)), (Outcome{.fires = true,
                                            .version = 1,
                                            .contributions = {{1, 1}},
                                            .released = {1}}));
  EXPECT_EQ(Copy(async.Arrive(0)), (Outcome{.fires = true,
                                            .version = 2,
                                            .contributions = {{0, 0}},
                                            .released = {0}}));
}

TEST(Coordinator, KAsyncReleasesItsContributorsTogether) {
  Coordinator k_async(3, {.quorum = 2, .waits_after_push = true});

  EXPECT_EQ(Copy(k_async.Arrive(2)), (Outcome{.version = 0}));
  EXPECT_EQ(Copy(k_async.Arrive(0)), (Outcome{.fires = true,
                                              .version = 0,
                                              .contributions = {{2, 0}, {0, 0}},
                                              .released = {0, 2}}));
  EXPECT_EQ(Copy(k_async.Arrive(1)), (Outcome{.version = 1}));
  EXPECT_EQ(Copy(k_async.Arrive(2)), (Outcome{.fires = true,
                                              .version = 1,
                                              .contributions = {{1, 0}, {2, 1}},
                                              .released = {1, 2}}));
}

TEST(Coordinator, KBatchAsyncRereadsAtOnceAndTheTriggerAfterTheUpdate) {
  Coordinator k_batch_async(2, {.quorum = 3});

  EXPECT_EQ(Copy(k_batch_async.Arrive(0)),
            (Outcome{.version = 0, .released = {0}}));
  EXPECT_EQ(k_batch_async.version_read(0), 0);
  EXPECT_EQ(Copy(k_batch_async.Arrive(0)),
            (Outcome{.version = 0, .released = {0}}));
  EXPECT_EQ(Copy(k_batch_async.Arrive(0)),
            (Outcome{.fires = true,
                     .version = 0,
                     .contributions = {{0, 0}, {0, 0}, {0, 0}},
                     .released = {0}}));
  EXPECT_EQ(k_batch_async.version_read(0), 1);
  EXPECT_EQ(k_batch_async.version_read(1), 0);
}

TEST(Coordinator, SspHoldsTheFastUntilTheSlowestPushes) {
  Coordinator ssp(3, {.staleness_bound = 1});

  EXPECT_EQ(ssp.Arrive(2).released.size(), 1u);  // 1 ahead: may continue
  EXPECT_EQ(Copy(ssp.Arrive(2)), (Outcome{.fires = true,  // 2 ahead
                                          .version = 1,
                                          .contributions = {{2, 1}},
                                          .held = {2}}));
  EXPECT_EQ(ssp.Arrive(0).held.size(), 0u);
  EXPECT_EQ(ssp.Arrive(0).held.size(), 1u);
  // Worker 1 raises the minimum; all start from the model as it is now.
  EXPECT_EQ(Copy(ssp.Arrive(1)), (Outcome{.fires = true,
                                          .version = 4,
                                          .contributions = {{1, 0}},
                                          .released = {0, 1, 2}}));
  EXPECT_EQ(ssp.version_read(0), 5);
  EXPECT_EQ(ssp.pushed(2), 2);
}

// (2s + 1)(P - 1) is not only a bound: a worker that is s ahead of all others
// reads, and each of the others pushes 2s + 1 times before it arrives.
TEST(Coordinator, SspReachesItsLargestStaleness) {
  constexpr int kWorkers = 3;
  constexpr int kBound = 2;
  Coordinator ssp(kWorkers, {.staleness_bound = kBound});
  for (int i = 0; i < kBound; ++i) ssp.Arrive(0);
  for (int i = 0; i < 2 * kBound + 1; ++i) {
    for (int w = 1; w < kWorkers; ++w) {
      const bool goes_on = !ssp.Arrive(w).released.empty();
      EXPECT_EQ(goes_on, i < 2 * kBound);
    }
  }
  const Decision last = ssp.Arrive(0);

  EXPECT_EQ(last.version - last.contributions[0].version_read,
            (2 * kBound + 1) * (kWorkers - 1));
  EXPECT_EQ(last.released.size(), 3u);
}

TEST(Coordinator, ShowsThePendingContributionsInOrderOfArrival) {
  Coordinator k_batch_async(2, {.quorum = 4});
  k_batch_async.Arrive(1);
  k_batch_async.Arrive(0);
  k_batch_async.Arrive(1);

  ASSERT_EQ(k_batch_async.pending().size(), 3u);
  EXPECT_EQ(k_batch_async.pending()[0].worker, 1);
  EXPECT_EQ(k_batch_async.pending()[1].worker, 0);
  EXPECT_EQ(k_batch_async.pending()[2].worker, 1);
  k_batch_async.Arrive(0);
  EXPECT_TRUE(k_batch_async.pending().empty());
}

TEST(Coordinator, OneWorkerIsPlainSgdWhateverTheTableSays) {
  for (const bool waits : {false, true}) {
    for (const bool cancels : {false, true}) {
      Coordinator one(
          1, {.waits_after_push = waits, .cancels_stragglers = cancels});
      for (int j = 0; j < 3; ++j) {
        EXPECT_EQ(Copy(one.Arrive(0)), (Outcome{.fires = true,
                                                .version = j,
                                                .contributions = {{0, j}},
                                                .released = {0}}));
      }
    }
  }
}

// --- Misuse ------------------------------------------------------------------

TEST(Synchrony, NamesTheBrokenRule) {
  EXPECT_EQ(Synchrony{}.Violation(1), std::nullopt);
  EXPECT_EQ(Synchrony{.quorum = 0}.Violation(2),
            (Violation{"quorum", "quorum = 0 must be >= 1"}));
  EXPECT_EQ(
      Synchrony{.staleness_bound = -1}.Violation(2),
      (Violation{"staleness_bound", "staleness_bound = -1 must be >= 0"}));
}

TEST(Synchrony, AllowsAQuorumAboveTheWorkersOnlyIfTheyGoOn) {
  EXPECT_EQ(Synchrony{.quorum = 3}.Violation(2), std::nullopt);
  EXPECT_EQ(
      (Synchrony{.quorum = 3, .waits_after_push = true}.Violation(2))->text,
      "quorum = 3 must be <= 2, the number of workers: each waits after "
      "its push, so the quorum would never fill");
}

TEST(Coordinator, ThrowsTheViolation) {
  try {
    Coordinator broken(0, {});
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "num_workers = 0 must be >= 1");
  }
}

}  // namespace
}  // namespace tortoise::testing
