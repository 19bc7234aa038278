// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/snapshots.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

constexpr double kMeanDelay = 0.25;

RunOptions MakeOptions(int snapshots, std::optional<double> stop_seconds) {
  RunOptions options;
  options.report.snapshots = snapshots;
  options.delay = DelayLaw::Constant(kMeanDelay);
  options.stop.updates = 1;
  if (stop_seconds) options.stop.seconds = *stop_seconds;
  return options;
}

// The snapshots of a run with updates at these times that ends at `end`. The
// model of version v is (v).
std::vector<Snapshot<double>> Follow(SnapshotGrid<double>& grid,
                                     ModelPool<double>& pool,
                                     const std::vector<double>& updates,
                                     double end) {
  const auto state = [&](std::size_t version) {
    Snapshot<double> s{.updates = static_cast<std::int64_t>(version),
                       .model = pool.Acquire()};
    s.model.Mutable().parameters[0] = static_cast<double>(version);
    return s;
  };
  Snapshot<double> now = state(0);
  for (std::size_t j = 0; j < updates.size(); ++j) {
    grid.AdvanceTo(updates[j], now);
    now = state(j + 1);
  }
  grid.Finish(end, updates.empty() ? 0.0 : updates.back(), now);
  return grid.snapshots();
}

// Each row is the model after all updates at times <= its own, rows are in
// order of time, and time 0 and the last update are among them.
void CheckRows(const std::vector<Snapshot<double>>& rows,
               const std::vector<double>& updates) {
  RC_ASSERT(!rows.empty());
  RC_ASSERT(rows.front().seconds == 0.0);
  for (std::size_t r = 0; r < rows.size(); ++r) {
    if (r > 0) RC_ASSERT(rows[r - 1].seconds < rows[r].seconds);
    const auto made =
        std::upper_bound(updates.begin(), updates.end(), rows[r].seconds) -
        updates.begin();
    RC_ASSERT(rows[r].updates == made);
    RC_ASSERT(rows[r].model->parameters[0] == static_cast<double>(made));
  }
  const double last = updates.empty() ? 0.0 : updates.back();
  RC_ASSERT(std::any_of(rows.begin(), rows.end(),
                        [&](const auto& row) { return row.seconds == last; }));
}

// Increasing times in (0, end], some of them on a coarse lattice so that they
// meet grid points.
std::vector<double> DrawUpdates(double end) {
  const auto marks =
      *rc::gen::container<std::vector<int>>(rc::gen::inRange(1, 1 << 20));
  const bool coarse = *rc::gen::arbitrary<bool>();
  std::vector<double> times;
  for (const int mark : marks) {
    const double share = coarse ? (mark % 64 + 1) / 64.0 : mark * 0x1p-20;
    times.push_back(end * share);
  }
  std::sort(times.begin(), times.end());
  return times;
}

RC_GTEST_PROP(SnapshotGrid, FixedGridEndsExactlyAtTheLastSecond, ()) {
  const int wanted = *rc::gen::inRange(1, 200);
  const double seconds = 1e-3 * *rc::gen::inRange(1, 1'000'000);
  const std::vector<double> updates = DrawUpdates(seconds);
  ModelPool<double> pool(1);
  SnapshotGrid<double> grid(MakeOptions(wanted, seconds));
  const auto rows = Follow(grid, pool, updates, seconds);
  CheckRows(rows, updates);
  RC_ASSERT(rows.back().seconds == seconds);
  std::size_t on_grid = 0;
  for (const auto& row : rows) {
    const double position = row.seconds / seconds * wanted;
    on_grid += std::abs(position - std::round(position)) < 1e-9;
  }
  RC_ASSERT(on_grid >= static_cast<std::size_t>(wanted) + 1);
  RC_ASSERT(rows.size() <= static_cast<std::size_t>(wanted) + 2);
}

TEST(SnapshotGrid, FixedGridOfARunThatEndsEarlyStopsThere) {
  ModelPool<double> pool(1);
  SnapshotGrid<double> grid(MakeOptions(4, 8.0));
  const auto rows = Follow(grid, pool, {1.0, 3.0, 5.0}, 5.0);
  std::vector<double> seconds;
  for (const auto& row : rows) seconds.push_back(row.seconds);
  EXPECT_EQ(seconds, (std::vector<double>{0.0, 2.0, 4.0, 5.0}));
}

RC_GTEST_PROP(SnapshotGrid, DoublingGridHoldsUpToTwiceAsMany, ()) {
  const auto wanted = *rc::gen::inRange<std::size_t>(1, 20);
  const double end = 0.1 * *rc::gen::inRange(1, 3000);
  const std::vector<double> updates = DrawUpdates(end);
  ModelPool<double> pool(1);
  SnapshotGrid<double> grid(
      MakeOptions(static_cast<int>(wanted), std::nullopt));
  const auto rows = Follow(grid, pool, updates, end);
  CheckRows(rows, updates);

  // The spacing is the smallest kMeanDelay 2^m with at most 2 wanted points.
  double spacing = kMeanDelay;
  while (std::floor(end / spacing) + 1.0 > 2.0 * static_cast<double>(wanted)) {
    spacing *= 2.0;
  }
  std::vector<double> expected;
  for (double g = 0.0; g <= end; g += spacing) expected.push_back(g);
  const double last = updates.empty() ? 0.0 : updates.back();
  if (std::find(expected.begin(), expected.end(), last) == expected.end()) {
    expected.push_back(last);
    std::sort(expected.begin(), expected.end());
  }
  std::vector<double> seconds;
  for (const auto& row : rows) seconds.push_back(row.seconds);
  RC_ASSERT(seconds == expected);
}

// --- Models that are there only now ------------------------------------------

// Copies at these times, as the grid asks for them or later; the model of
// version v is (v), and every copy is of the next version.
std::vector<double> CopyAt(SnapshotGrid<double>& grid,
                           const std::vector<double>& times) {
  ModelPool<double> pool(1);
  std::int64_t version = 0;
  for (const double now : times) {
    EXPECT_GE(now, grid.next());
    grid.KeepAt(now, {.updates = version++, .model = pool.Acquire()});
    EXPECT_GT(grid.next(), now);
  }
  std::vector<double> seconds;
  std::int64_t expected = -1;
  for (const auto& row : grid.snapshots()) {
    seconds.push_back(row.seconds);
    EXPECT_GT(row.updates, expected);
    expected = row.updates;
  }
  grid.snapshots().clear();  // before the pool
  return seconds;
}

TEST(SnapshotGrid, KeepsALateCopyOnceAndAtItsTime) {
  SnapshotGrid<double> grid(MakeOptions(8, 8.0));
  EXPECT_EQ(CopyAt(grid, {0.0, 1.25, 5.0, 6.5}),
            (std::vector<double>{0.0, 1.25, 5.0, 6.5}));
  EXPECT_EQ(grid.next(), 7.0);
}

TEST(SnapshotGrid, DoublesItsSpacingOverLateCopiesToo) {
  SnapshotGrid<double> grid(MakeOptions(2, std::nullopt));
  EXPECT_EQ(CopyAt(grid, {0.0, 0.3, 1.1, 1.3}),
            (std::vector<double>{0.0, 0.3, 1.1, 1.3}));
  EXPECT_EQ(grid.next(), 1.5);
}

TEST(SnapshotGrid, DropsEverySecondLateCopy) {
  SnapshotGrid<double> grid(MakeOptions(1, std::nullopt));
  EXPECT_EQ(CopyAt(grid, {0.0, 0.3, 1.1}), (std::vector<double>{0.0, 1.1}));
  EXPECT_EQ(grid.next(), 1.5);
}

TEST(SnapshotGrid, SkipsAMillionPointsAtOnce) {
  RunOptions options = MakeOptions(2, std::nullopt);
  options.delay = DelayLaw::Constant(1e-12);
  SnapshotGrid<double> grid(options);
  EXPECT_EQ(CopyAt(grid, {0.0, 10.0}), (std::vector<double>{0.0, 10.0}));
  EXPECT_LT(grid.next(), 10.0 + 1e-10);
}

// The final model is that of the last update and of what follows it; of points
// before it nobody knows.
TEST(SnapshotGrid, FillsOnlyFromTheLastUpdateOn) {
  ModelPool<double> pool(1);
  SnapshotGrid<double> grid(MakeOptions(8, 8.0));
  grid.KeepAt(0.0, {.model = pool.Acquire()});
  grid.KeepAt(2.5, {.updates = 1, .model = pool.Acquire()});
  grid.Finish(8.0, 5.5, {.updates = 9, .model = pool.Acquire()});
  std::vector<double> seconds;
  for (const auto& row : grid.snapshots()) seconds.push_back(row.seconds);
  EXPECT_EQ(seconds, (std::vector<double>{0.0, 2.5, 5.5, 6.0, 7.0, 8.0}));
  EXPECT_EQ(grid.snapshots()[2].updates, 9);
}

TEST(SnapshotGrid, StartsWithAMillisecondIfThereIsNoDelay) {
  RunOptions options = MakeOptions(10, std::nullopt);
  options.delay = DelayLaw::Constant(0.0);
  ModelPool<double> pool(1);
  SnapshotGrid<double> grid(options);
  EXPECT_EQ(grid.next(), 0.0);
  const auto rows = Follow(grid, pool, {0.0005}, 0.0015);
  ASSERT_EQ(rows.size(), 3u);
  EXPECT_EQ(rows[1].seconds, 0.0005);
  EXPECT_EQ(rows[2].seconds, 0.001);
}

}  // namespace
}  // namespace tortoise::internal
