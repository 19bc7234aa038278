// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Files that are wrong as a whole.

#include <cstddef>
#include <string>
#include <vector>

#include "experiment/settings/bad_experiment_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/core/error.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

TEST(BadExperimentFile, IsEmpty) {
  EXPECT_EQ(ErrorOf(""), "race.toml: problem.objective is required");
}

TEST(BadExperimentFile, HasNoRacer) {
  std::vector<std::string> lines = ValidLines();
  lines.resize(11);
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml: at least one [[racer]] is required");
  lines.insert(lines.begin(), "racer = []");
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml:1: racer: must not be an empty list");
  lines.front() = "racer = [1]";
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml:1: racer: must be a list of tables; write [[racer]]");
}

TEST(BadExperimentFile, LacksWholeTables) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nupdates = 9"
                    "\n[[racer]]\nprotocol = \"sync\""),
            "race.toml: workers.count is required");
}

TEST(BadExperimentFile, HasQuadraticWithEpochs) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nepochs = 9"),
            "race.toml:4: stop.epochs: objective \"quadratic\" does not take "
            "it; it belongs to least-squares, logistic, hinge, squared-hinge, "
            "softmax, mlp");
}

TEST(BadExperimentFile, HasQuadraticWithCAboveL) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\nL = 0.05\n"),
            "race.toml:3: problem.L: L = 0.05 must be at least c = 0.1");
}

TEST(BadExperimentFile, ShufflesAQuadratic) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nupdates = 9"
                    "\n[workers]\ncount = 1\nsampling = \"shuffled\"\n"
                    "[step]\nsize = 1\n[[racer]]\nprotocol = \"sync\""),
            "race.toml:7: workers.sampling: quadratic has no samples to "
            "shuffle");
}

TEST(BadExperimentFile, IsTooLarge) {
  EXPECT_THAT(ErrorOf(std::string(std::size_t{5} << 20, '#')),
              HasSubstr("is larger than 4 MiB"));
}

TEST(BadExperimentFile, MakesTooManyRacers) {
  std::vector<std::string> lines = ValidLines();
  std::string many = "[0.1";
  for (int k = 0; k < 40; ++k) many += ", 0.1";
  lines.push_back("step.size = " + many + "]");
  lines.push_back("workers.batch_size = " + many + "]");
  EXPECT_THAT(ErrorOf(Join(lines)),
              HasSubstr("race.toml:16: racer.0.workers.batch_size: makes more "
                        "than 1000 racers"));
}

TEST(BadExperimentFile, IsNotThere) {
  try {
    (void)ReadExperiment("/nowhere/race.toml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/race.toml: cannot be opened");
  }
  EXPECT_THROW((void)ReadExperiment("/"), InputError);
}

}  // namespace
}  // namespace tortoise
