// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/thinned_log.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

// Of rows 0, 1, ..., seen - 1, those that a log of this capacity keeps: every
// stride-th, for the smallest power of two that is sparse enough.
std::int64_t Stride(std::int64_t seen, std::int64_t capacity) {
  std::int64_t stride = 1;
  while ((seen + stride - 1) / stride > capacity) stride *= 2;
  return stride;
}

std::vector<int> Kept(std::int64_t seen, std::int64_t capacity) {
  std::vector<int> rows;
  if (capacity == 0) return rows;
  for (std::int64_t i = 0; i < seen; i += Stride(seen, capacity)) {
    rows.push_back(static_cast<int>(i));
  }
  return rows;
}

RC_GTEST_PROP(ThinnedLog, KeepsWhatTheSlowModelKeeps, ()) {
  const auto capacity = *rc::gen::inRange<std::int64_t>(1, 40);
  ThinnedLog<int> log(capacity);
  ThinnedLog<int>::Cursor cursor;
  std::vector<int> view;  // what a reader knows
  std::int64_t seen = 0;
  std::int64_t stride_read = 1;
  for (const auto appended : *rc::gen::container<std::vector<std::int64_t>>(
           rc::gen::inRange<std::int64_t>(0, 60))) {
    for (std::int64_t i = 0; i < appended; ++i) {
      log.Append(static_cast<int>(seen++));
    }
    std::vector<int> rows;
    const bool replaces = log.Read(cursor, rows);
    RC_ASSERT(replaces == (Stride(seen, capacity) != stride_read));
    stride_read = Stride(seen, capacity);
    if (replaces) view.clear();
    view.insert(view.end(), rows.begin(), rows.end());
    RC_ASSERT(view == Kept(seen, capacity));
    RC_ASSERT(log.seen() == seen);
    RC_ASSERT(log.size() == static_cast<std::int64_t>(view.size()));
  }
}

// A row lies in one of several chunks.
TEST(ThinnedLog, KeepsRowsOfManyChunks) {
  constexpr std::int64_t kCapacity = 50'000;
  constexpr std::int64_t kRows = 130'000;
  ThinnedLog<int> log(kCapacity);
  for (int i = 0; i < kRows; ++i) log.Append(i);
  std::vector<int> rows;
  ThinnedLog<int>::Cursor cursor;
  EXPECT_TRUE(log.Read(cursor, rows));
  EXPECT_EQ(rows, Kept(kRows, kCapacity));
}

TEST(ThinnedLog, KeepsNothingWithoutCapacity) {
  ThinnedLog<int> log(0);
  for (int i = 0; i < 10; ++i) log.Append(i);
  std::vector<int> rows;
  ThinnedLog<int>::Cursor cursor;
  EXPECT_FALSE(log.Read(cursor, rows));
  EXPECT_TRUE(rows.empty());
  EXPECT_EQ(log.seen(), 10);
  EXPECT_EQ(log.size(), 0);
}

}  // namespace
}  // namespace tortoise::internal
