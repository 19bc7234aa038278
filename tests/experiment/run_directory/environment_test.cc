// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/environment.h"

#include <sched.h>

#include <algorithm>
#include <ctime>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using testing::MatchesRegex;

TEST(Environment, DescribesThisMachine) {
  const Machine machine = DescribeMachine();
  EXPECT_EQ(machine.processors.size(), static_cast<std::size_t>([] {
              cpu_set_t set;
              CPU_ZERO(&set);
              sched_getaffinity(0, sizeof(set), &set);
              return CPU_COUNT(&set);
            }()));
  EXPECT_TRUE(std::ranges::is_sorted(machine.processors));
  EXPECT_GE(machine.online_processors, 1);
  EXPECT_THAT(machine.kernel, MatchesRegex("Linux [0-9].*"));
  ASSERT_TRUE(machine.memory_bytes);
  EXPECT_GT(*machine.memory_bytes, std::uint64_t{1} << 20);
}

TEST(Environment, SaysHowItWasBuilt) {
  const BuildInfo build = GetBuildInfo();
  EXPECT_THAT(build.version, MatchesRegex("[0-9]+\\.[0-9]+\\.[0-9]+"));
  EXPECT_FALSE(build.commit.empty());
  EXPECT_THAT(build.compiler, MatchesRegex("(GNU|Clang) [0-9].*"));
  EXPECT_THAT(build.flags, testing::HasSubstr("-ffp-contract=off"));
}

TEST(Environment, DatesAreUtc) {
  EXPECT_THAT(UtcDate(),
              MatchesRegex("20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:"
                           "[0-5][0-9]:[0-6][0-9]Z"));
}

TEST(Environment, LoadsAreNumbersOfTasks) {
  for (const double load : LoadAverage()) EXPECT_GE(load, 0.0);
  EXPECT_LE(LoadAverage().size(), 3u);
}

// Whatever else runs here: a share is one, and what this process does is not
// the work of others. Ticks of /proc/stat are 10 ms long.
TEST(Environment, OwnWorkIsNotThatOfOthers) {
  const ForeignLoad load;
  const std::clock_t end = std::clock() + CLOCKS_PER_SEC / 5;
  while (std::clock() < end) {
  }
  const auto share = load.Share();
  ASSERT_TRUE(share);
  EXPECT_GE(*share, 0.0);
  EXPECT_LE(*share, 1.0);
}

}  // namespace
}  // namespace tortoise
