// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Overrides that are wrong.

#include <string>
#include <vector>

#include "experiment/settings/bad_experiment_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

struct BadOverride {
  std::string text;
  std::string message;
};

const std::vector<BadOverride> kOverrides = {
    {"seed", "--set seed: must be key=value"},
    {"=3", "--set : must be a path"},
    {"a..b=3", "--set a..b: must be a path"},
    {"a b=3", "--set a b: must be a path"},
    {"seed=1.5", "--set seed: must be an integer of at least 0, not 1.5"},
    {"seed=", "--set seed: nothing is not a TOML value"},
    {"seed=[1", "--set seed: [1 is not a TOML value"},
    {"seed=1\nname=2", "--set seed: must be a value on one line"},
    {"name=two words", "--set name: two words is not a TOML value"},
    {"sed=1", "--set sed: unknown key; did you mean seed?"},
    {"workers=3", "--set workers: must be a table, not 3"},
    {"workers.count=0", "--set workers.count: must be an integer from 1"},
    {"workers.count.x=0", "--set workers.count.x: workers.count is 4"},
    {"workers.delay.mean=-1", "--set workers.delay.mean: must be a time"},
    {"workers.delay={a=1}", "--set workers.delay: needs distribution"},
    {"workers.delay={distribution=3}",
     "--set workers.delay: workers.delay.distribution: must be one of"},
    {"racer.1.quorum=2",
     "--set racer.1.quorum: racer has 1 tables, counted "
     "from 0; there is no 1"},
    {"racer.x.quorum=2", "--set racer.x.quorum: racer has 1 tables"},
    {"racer.0.quorum=9", "--set racer.0.quorum: quorum = 9 must be <= 4"},
    {"racer.0=9", "--set racer.0: must be a list of tables"},
    {"racer=9", "--set racer: must be written [[racer]]"},
};

TEST(BadOverride, IsNamed) {
  for (const BadOverride& bad : kOverrides) {
    EXPECT_THAT(ErrorOf(Join(ValidLines()), nullptr, {bad.text}),
                ::testing::StartsWith(bad.message))
        << bad.text;
  }
}

TEST(BadOverride, IsNotBlamedForTheFile) {
  std::vector<std::string> lines = ValidLines();
  lines[5] = "count = 0";
  EXPECT_THAT(ErrorOf(Join(lines), nullptr, {"seed=3"}),
              ::testing::StartsWith("race.toml:6: workers.count: "));
}

}  // namespace
}  // namespace tortoise
