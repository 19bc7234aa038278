// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/records.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

struct Rows {
  bool replaces = false;
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
};

Rows Read(const Records& records, Records::Cursor& cursor) {
  Rows rows;
  rows.replaces = records.Read(cursor, rows.contributions, rows.updates);
  return rows;
}

std::string Fates(const Rows& rows) {
  std::string fates;
  for (const auto& row : rows.contributions) fates += ToString(row.fate)[0];
  return fates;
}

TEST(Records, CountGradientsAndAddUp) {
  Records records(100);
  for (int i = 0; i < 6; ++i) records.Started(3);
  records.Applied({.local_steps = 3, .version_read = 1, .version_counted = 5});
  records.Applied({.local_steps = 3, .version_read = 5, .version_counted = 5});
  records.Updated({.update = 6, .seconds = 1.5});
  records.Cancelled({.local_steps = 3});
  records.Dropped({.local_steps = 3});
  records.Unfinished({});
  records.Unfinished({});

  Summary summary;
  records.AddTo(summary);
  EXPECT_EQ(summary.gradients.started, 18);
  EXPECT_EQ(summary.gradients.applied, 6);
  EXPECT_EQ(summary.gradients.cancelled, 3);
  EXPECT_EQ(summary.gradients.dropped, 3);
  EXPECT_EQ(summary.gradients.unfinished, 6);
  EXPECT_EQ(summary.last_update_seconds, 1.5);
  EXPECT_EQ(summary.contributions_recorded, 6);
  EXPECT_EQ(summary.contributions_kept, 6);
  EXPECT_EQ(summary.updates_kept, 1);
  EXPECT_EQ(summary.staleness.total(), 2u);
  EXPECT_EQ(summary.staleness.Mean(), 2.0);
  EXPECT_EQ(summary.staleness.Max(), 4);
}

TEST(Records, OfSeveralWorkersAddUp) {
  Summary summary;
  for (const double seconds : {2.0, 1.0}) {
    Records records(10);
    records.Started(1);
    records.Applied({.version_counted = 1});
    records.Updated({.seconds = seconds});
    records.AddTo(summary);
  }
  EXPECT_EQ(summary.gradients.started, 2);
  EXPECT_EQ(summary.gradients.applied, 2);
  EXPECT_EQ(summary.gradients.unfinished, 0);
  EXPECT_EQ(summary.last_update_seconds, 2.0);
  EXPECT_EQ(summary.staleness.total(), 2u);
}

TEST(Records, GiveEachRowOnceWithItsFate) {
  Records records(100);
  Records::Cursor cursor;
  records.Applied({.worker = 1, .version_counted = 0});
  records.Updated({.update = 1});
  Rows rows = Read(records, cursor);
  EXPECT_EQ(Fates(rows), "a");
  EXPECT_EQ(rows.contributions[0].worker, 1);
  EXPECT_EQ(rows.updates.size(), 1u);
  EXPECT_FALSE(rows.replaces);

  records.Cancelled({.worker = 2});
  records.Unfinished({.worker = 3});
  rows = Read(records, cursor);
  EXPECT_EQ(Fates(rows), "cu");
  EXPECT_TRUE(rows.updates.empty());
  EXPECT_FALSE(rows.replaces);

  rows = Read(records, cursor);
  EXPECT_TRUE(rows.contributions.empty());
  EXPECT_TRUE(rows.updates.empty());
}

// The contributions were thinned and the updates were not, yet both are given
// from the start: the reader drops all that it has.
TEST(Records, ReplaceBothLogsWhenOneIsThinned) {
  Records records(4);
  Records::Cursor cursor;
  for (int j = 1; j <= 2; ++j) {
    records.Applied({.worker = 2 * j, .version_counted = j});
    records.Applied({.worker = 2 * j + 1, .version_counted = j});
    records.Updated({.update = j});
  }
  EXPECT_FALSE(Read(records, cursor).replaces);
  records.Applied({.worker = 6, .version_counted = 3});
  const Rows rows = Read(records, cursor);
  EXPECT_TRUE(rows.replaces);
  ASSERT_EQ(rows.contributions.size(), 3u);
  EXPECT_EQ(rows.contributions[0].worker, 2);
  EXPECT_EQ(rows.contributions[1].worker, 4);
  EXPECT_EQ(rows.contributions[2].worker, 6);
  EXPECT_EQ(rows.updates.size(), 2u);

  records.Updated({.update = 3});
  EXPECT_FALSE(Read(records, cursor).replaces);
}

// Workers with records of their own are read one after the other into the same
// rows: thinning of the second leaves the rows of the first alone.
TEST(Records, AppendAlsoWhatReplaces) {
  Rows rows;
  rows.contributions = {{.worker = 77}};
  rows.updates = {{.update = 77}};
  Records records(1);
  for (int j = 1; j <= 3; ++j) {
    records.Applied({.worker = j, .version_counted = j});
    records.Updated({.update = j});
  }
  for (Records::Cursor cursor : {Records::Cursor{}, Records::kFromStart}) {
    EXPECT_TRUE(records.Read(cursor, rows.contributions, rows.updates));
  }
  ASSERT_EQ(rows.contributions.size(), 3u);
  EXPECT_EQ(rows.contributions[0].worker, 77);
  EXPECT_EQ(rows.contributions[1].worker, 1);
  EXPECT_EQ(rows.contributions[2].worker, 1);
  ASSERT_EQ(rows.updates.size(), 3u);
  EXPECT_EQ(rows.updates[0].update, 77);
}

}  // namespace
}  // namespace tortoise::internal
