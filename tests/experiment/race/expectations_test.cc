// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/expectations.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

// sync, k-async, local-sgd and hogwild; `extra` goes before the racers.
std::vector<RacerExpectation> Expect(const std::string& problem,
                                     const std::string& extra = "") {
  const std::string text =
      "clock = \"virtual\"\n[problem]\n" + problem +
      "\n[workers]\ncount = 16\nbatch_size = 1\n"
      "delay = { distribution = \"exponential\", mean = 1 }\n"
      "[communication]\n"
      "round_delay = { distribution = \"constant\", value = 1 }\n"
      "[step]\nsize = 0.1\n[stop]\nseconds = 100\n" +
      extra +
      "\n[[racer]]\nprotocol = \"sync\"\n"
      "[[racer]]\nprotocol = \"k-async\"\nquorum = 4\n"
      "[[racer]]\nprotocol = \"local-sgd\"\nlocal_steps = 10\n";
  return ExpectRacers(ParseExperiment(text, "race.toml", "/base"));
}

const std::string kQuadratic =
    "objective = \"quadratic\"\nparameters = 3\nL = 1.0\nc = 0.25\nsigma = 2.0";

TEST(Expectations, CompareWithSync) {
  const auto racers = Expect(kQuadratic);
  ASSERT_EQ(racers.size(), 3u);
  EXPECT_EQ(racers[1].name, "k-async");
  EXPECT_DOUBLE_EQ(*racers[0].speed_up.value, 1.0);
  // The example of periodic averaging.
  EXPECT_NEAR(*racers[2].speed_up.value, 2.527, 1e-3);
  EXPECT_NEAR(*racers[1].staleness.value, 3.0, 1e-13);
  // k-async under a round delay has bounds only.
  EXPECT_FALSE(racers[1].speed_up.value);
  ASSERT_TRUE(racers[1].speed_up.lower && racers[1].speed_up.upper);
  EXPECT_LT(*racers[1].speed_up.lower, *racers[1].speed_up.upper);
}

TEST(Expectations, KnowTheConstantsOfAQuadratic) {
  const std::string text =
      "clock = \"virtual\"\n[problem]\n" + kQuadratic +
      "\n[workers]\ncount = 2\n"
      "delay = { distribution = \"exponential\", mean = 1 }\n"
      "[step]\nsize = 0.1\n[stop]\nupdates = 9\n[theory]\ngamma = 0.5\n"
      "[[racer]]\nprotocol = \"async\"\n";
  const TheoryConstants constants =
      KnownConstants(ParseExperiment(text, "race.toml", "/base"));
  EXPECT_EQ(constants.L, 1.0);
  EXPECT_EQ(constants.c, 0.25);
  EXPECT_EQ(constants.sigma_squared, 4.0);
  EXPECT_EQ(constants.gamma, 0.5);
  // Curvatures 1/4, 1/2 and 1.
  EXPECT_NEAR(*constants.initial_gap, 0.875, 1e-15);
}

TEST(Expectations, BoundTheErrorWhereTheConstantsAreKnown) {
  const auto racers = Expect(kQuadratic, "target_loss = 0.5");
  ASSERT_TRUE(racers[0].error_bound);
  EXPECT_TRUE(racers[0].error_bound->bound.condition_holds);
  EXPECT_NEAR(racers[0].error_bound->bound.floor, 0.1 * 4 / (0.5 * 16), 1e-14);
  EXPECT_NEAR(*racers[0].at_stop, racers[0].error_bound->At(100), 1e-14);
  ASSERT_TRUE(racers[0].seconds_to_target);
  EXPECT_NEAR(racers[0].error_bound->At(*racers[0].seconds_to_target), 0.5,
              1e-12);
  // Staleness needs gamma.
  EXPECT_FALSE(racers[1].error_bound);
  EXPECT_THAT(racers[1].no_bound, HasSubstr("theory.gamma"));
  ASSERT_TRUE(racers[2].gradient_bound);
  EXPECT_TRUE(racers[2].best_local_steps);
}

TEST(Expectations, ChooseAQuorumOnceGammaIsGiven) {
  const auto racers = Expect(kQuadratic, "[theory]\ngamma = 0.2");
  ASSERT_TRUE(racers[1].error_bound);
  ASSERT_TRUE(racers[1].best_quorum);
  EXPECT_LE(racers[1].best_quorum->bound, *racers[1].at_stop);
  EXPECT_FALSE(racers[0].best_quorum);  // sync takes none
}

TEST(Expectations, OfOtherProblemsNeedTheTableOfConstants) {
  const std::string problem =
      "objective = \"logistic\"\ndata = { generate = \"regression\" }";
  const auto racers = Expect(problem);
  EXPECT_THAT(racers[0].no_bound, HasSubstr("theory.L"));
  EXPECT_FALSE(racers[0].error_bound);
  EXPECT_TRUE(racers[0].seconds_per_update.value);
  const auto informed = Expect(problem,
                               "[theory]\nL = 1\nc = 0.1\n"
                               "sigma_squared = 1\ninitial_gap = 1");
  EXPECT_TRUE(informed[0].error_bound);
}

TEST(Expectations, LeaveComputingOutOnRealThreads) {
  RunOptions options;
  options.method = MakeMethod("sync", 2);
  options.clock = Clock::kVirtual;
  options.compute_seconds = 0.5;
  options.delay_mode = DelayMode::kExtra;
  EXPECT_EQ(MakeRuntimeModel(options).compute_seconds, 0.5);
  EXPECT_TRUE(MakeRuntimeModel(options).adds_compute);
  options.clock = Clock::kWall;
  EXPECT_EQ(MakeRuntimeModel(options).compute_seconds, 0.0);
}

}  // namespace
}  // namespace tortoise
