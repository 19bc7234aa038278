// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Lists that make racers, and overrides.

#include "experiment/settings/expand.h"

#include <string>
#include <vector>

#include "experiment/settings/overrides.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TomlValue Parse(const std::string& text) { return ParseToml(text, "f.toml"); }

std::vector<std::string> Suffixes(const std::string& racer) {
  std::vector<std::string> suffixes;
  for (const SingleRacer& each : ExpandLists(Parse(racer))) {
    suffixes.push_back(each.suffix);
  }
  return suffixes;
}

// --- Lists -------------------------------------------------------------------

TEST(ExpandLists, MakesTheProductWithTheLastRunningFastest) {
  EXPECT_THAT(Suffixes("quorum = [1, 2]\nstep.size = [0.1, 0.2]"),
              ElementsAre(" K=1 size=0.1", " K=1 size=0.2", " K=2 size=0.1",
                          " K=2 size=0.2"));
  EXPECT_THAT(Suffixes("quorum = 1"), ElementsAre(""));
}

TEST(ExpandLists, NamesTheProtocolOnlyBesideAName) {
  EXPECT_THAT(Suffixes("protocol = [\"sync\", \"async\"]"),
              ElementsAre("", ""));
  EXPECT_THAT(Suffixes("name = \"x\"\nprotocol = [\"sync\", \"async\"]"),
              ElementsAre(" protocol=sync", " protocol=async"));
}

TEST(ExpandLists, LeavesListsThatAreValues) {
  EXPECT_THAT(Suffixes("workers.speed = [1, 2]\n"
                       "workers.stops_at = [\"never\", 3]\n"
                       "workers.delay = { distribution = "
                       "\"hyper-exponential\", means = [1, 2], probabilities "
                       "= [0.5, 0.5] }"),
              ElementsAre(""));
}

TEST(ExpandLists, RemembersTheChoices) {
  const auto racers =
      ExpandLists(Parse("workers.delay.mean = [\"5ms\", 0.25]"));
  ASSERT_EQ(racers.size(), 2u);
  ASSERT_EQ(racers[0].choices.size(), 1u);
  EXPECT_EQ(racers[0].choices[0].key, "workers.delay.mean");
  EXPECT_EQ(racers[0].choices[0].value, "\"5ms\"");
  EXPECT_EQ(racers[0].choices[0].number, 0.005);
  EXPECT_EQ(racers[1].choices[0].number, 0.25);
  EXPECT_EQ(racers[1].table.Find("workers.delay.mean")->number, 0.25);
}

TEST(ExpandLists, RefusesEmptyListsAndThousandsOfRacers) {
  EXPECT_THROW((void)Suffixes("quorum = []"), InputError);
  std::string list = "0";
  for (int k = 1; k < 40; ++k) list += ", " + std::to_string(k);
  EXPECT_THROW(
      (void)Suffixes("quorum = [" + list + "]\nlocal_steps = [" + list + "]"),
      InputError);
}

TEST(CommonLists, GoToTheRacersThatDoNotGiveTheirOwn) {
  TomlValue root = Parse(
      "[step]\nsize = [0.1, 0.2]\n[workers]\ndelay = { distribution = "
      "\"exponential\", mean = [1, 2] }\n"
      "[[racer]]\nprotocol = \"sync\"\n"
      "[[racer]]\nstep.size = 0.5\n"
      "workers.delay = { distribution = \"constant\", value = 1 }\n");
  DistributeCommonLists(root);
  EXPECT_EQ(root.Find("step.size")->number, 0.1);
  EXPECT_EQ(root.Find("workers.delay.mean")->integer, 1);
  const auto& racers = root.Find("racer")->items;
  EXPECT_EQ(ExpandLists(racers[0]).size(), 4u);
  EXPECT_EQ(ExpandLists(racers[1]).size(), 1u);
}

TEST(CommonTables, AreFilledInAndALawReplacedAsAWhole) {
  const TomlValue root = Parse(
      "[workers]\ncount = 4\ndelay = { distribution = \"exponential\", mean = "
      "1 }\n");
  const TomlValue changed =
      WithCommonTables(root, Parse("workers.delay.mean = 2"));
  EXPECT_EQ(changed.Find("workers.count")->integer, 4);
  EXPECT_EQ(changed.Find("workers.delay.mean")->integer, 2);
  EXPECT_EQ(changed.Find("workers.delay.distribution")->text, "exponential");
  const TomlValue replaced = WithCommonTables(
      root,
      Parse("workers.delay = { distribution = \"constant\", value = 3 }"));
  EXPECT_EQ(replaced.Find("workers.delay.mean"), nullptr);
  EXPECT_EQ(replaced.Find("workers.delay.value")->integer, 3);
}

// --- Overrides ---------------------------------------------------------------

TomlValue With(const std::string& override) {
  TomlValue root = Parse("seed = 1\n[[racer]]\nquorum = 2\n[[racer]]\n");
  ApplyOverride(override, root);
  return root;
}

TEST(Override, ReplacesOrAddsAValue) {
  EXPECT_EQ(With("seed=7").Find("seed")->integer, 7);
  EXPECT_EQ(With("workers.delay.mean=5ms").Find("workers.delay.mean")->text,
            "5ms");
  EXPECT_TRUE(With("step.size=[0.1, 0.2]").Find("step.size")->is_list());
  EXPECT_EQ(
      With("racer.1.quorum=3").Find("racer")->items[1].Find("quorum")->integer,
      3);
  EXPECT_EQ(With("seed=\"a b\"").Find("seed")->text, "a b");
}

TEST(Override, IsNamedWhereItsValueIsAtFault) {
  const TomlValue root = With("workers={ count = 3 }");
  EXPECT_EQ(root.Find("workers.count")->where.file, "--set workers");
  EXPECT_EQ(root.Find("workers.count")->path, "workers.count");
}

TEST(Override, RefusesWhatIsNoPathOrNoValue) {
  const auto error = [](const std::string& override) -> std::string {
    try {
      (void)With(override);
      return "accepted";
    } catch (const InputError& e) {
      return e.what();
    }
  };
  EXPECT_THAT(error("seed"), HasSubstr("must be key=value"));
  EXPECT_THAT(error("a..b=1"), HasSubstr("must be a path"));
  EXPECT_THAT(error("a b=1"), HasSubstr("must be a path"));
  EXPECT_THAT(error("seed="), HasSubstr("nothing is"));
  EXPECT_THAT(error("seed=a b"), HasSubstr("need quotes"));
  EXPECT_THAT(error("seed=1\nx = 2"), HasSubstr("on one line"));
  EXPECT_THAT(error("racer.2.quorum=1"), HasSubstr("there is no 2"));
  EXPECT_THAT(error("racer.x=1"), HasSubstr("there is no x"));
}

}  // namespace
}  // namespace tortoise::internal
