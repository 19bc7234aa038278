// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/timeline.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "experiment/temporary_folder.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::internal {
namespace {

constexpr int kWorkers = 3;

struct Rows {
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
};

// Some rows in order of time; some contributions never arrived.
Rows RandomRows() {
  Rows rows;
  double now = 0.0;
  const int count = *rc::gen::inRange(0, 40);
  for (int i = 0; i < count; ++i) {
    const double before = now;
    now += *rc::gen::inRange(0, 5) / 8.0;
    const int kind = *rc::gen::inRange(0, 4);
    rows.contributions.push_back({.worker = *rc::gen::inRange(0, kWorkers),
                                  .gradient = i,
                                  .version_read = i / 2,
                                  .seconds_released = before,
                                  .seconds_started = before,
                                  .seconds_computed = before,
                                  .seconds_arrived = now,
                                  .fate = kind == 0   ? Fate::kCancelled
                                          : kind == 1 ? Fate::kUnfinished
                                                      : Fate::kApplied});
    if (kind == 1) {
      rows.contributions.back().seconds_arrived =
          std::numeric_limits<double>::quiet_NaN();
    }
    if (kind > 1) rows.updates.push_back({.update = i + 1, .seconds = now});
  }
  return rows;
}

// The next rows of `all`, as many as chance has it.
template <typename Row>
std::span<const Row> Next(const std::vector<Row>& all, std::size_t& from,
                          std::minstd_rand& chance) {
  const std::size_t first = from;
  from = std::min<std::size_t>(all.size(), first + chance() % 6);
  return std::span(all).subspan(first, from - first);
}

// Gives `rows` in batches. Others may come first, to be replaced.
void AddInBatches(const Rows& rows, Timeline& timeline) {
  const int replaced = *rc::gen::inRange(0, 3);
  for (int i = 0; i < replaced; ++i) {
    const Rows before = RandomRows();
    timeline.Add({.replaces = i > 0,
                  .contributions = before.contributions,
                  .updates = before.updates});
  }
  // Not of rapidcheck, whose small cases would never come to an end.
  std::minstd_rand chance(*rc::gen::inRange(1u, 1'000'000u));
  std::size_t contribution = 0;
  std::size_t update = 0;
  bool replaces = replaced > 0;
  while (replaces || contribution < rows.contributions.size() ||
         update < rows.updates.size()) {
    const auto contributions = Next(rows.contributions, contribution, chance);
    const auto updates = Next(rows.updates, update, chance);
    timeline.Add({.replaces = replaces,
                  .contributions = contributions,
                  .updates = updates});
    replaces = false;
  }
}

std::string Written(const Timeline& timeline) {
  const TemporaryFolder folder;
  timeline.Write(folder.path() + "/trace.json");
  return ReadText(folder.path() + "/trace.json");
}

RC_GTEST_PROP(Timeline, IsTheSameHoweverItsRowsCome, ()) {
  // From no room to room for all.
  const auto bytes = static_cast<std::size_t>(*rc::gen::inRange(200, 20'000));
  Timeline whole(bytes, 2);
  Timeline parts(bytes, 2);
  for (const char* name : {"a", "b"}) {
    const Rows rows = RandomRows();
    whole.BeginRun(name, kWorkers);
    whole.Add({.replaces = false,
               .contributions = rows.contributions,
               .updates = rows.updates});
    parts.BeginRun(name, kWorkers);
    AddInBatches(rows, parts);
  }
  const std::string text = Written(whole);
  RC_ASSERT(Written(parts) == text);
  RC_ASSERT(text.size() <= bytes);
}

// A worker waits from an arrival to its next release, whose draws come right
// after those of the contribution before, however many these were.
TEST(Timeline, ShowsWaitsAlsoWhereLocalStepsChange) {
  Timeline timeline(10'000, 1);
  timeline.BeginRun("a", 1);
  const std::vector<ContributionRecord> rows = {
      {.worker = 0, .local_steps = 4, .gradient = 0, .seconds_arrived = 1.0},
      {.worker = 0,
       .local_steps = 2,
       .gradient = 4,
       .seconds_released = 3.0,
       .seconds_started = 3.0,
       .seconds_computed = 4.0,
       .seconds_arrived = 4.0},
      // Gradient 6 was thinned away.
      {.worker = 0,
       .gradient = 7,
       .seconds_released = 6.0,
       .seconds_started = 6.0,
       .seconds_computed = 6.5,
       .seconds_arrived = 6.5}};
  timeline.Add({.contributions = rows, .updates = {}});
  const std::string text = Written(timeline);
  const std::string wait =
      R"({"name":"wait","ph":"X","pid":1,"tid":0,"ts":1e+06,"dur":2e+06)";
  EXPECT_NE(text.find(wait), std::string::npos) << text;
  EXPECT_EQ(text.find("wait"), text.rfind("wait"));
}

// A million names would not fit: then the file is whole all the same.
TEST(Timeline, OfAMillionWorkersStaysWithinItsBytes) {
  Timeline timeline(100'000, 1);
  timeline.BeginRun("a", 1'000'000);
  const std::string text = Written(timeline);
  EXPECT_LE(text.size(), 100'000u);
  EXPECT_TRUE(text.ends_with("\n]}\n"));
}

}  // namespace
}  // namespace tortoise::internal
