// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// summary.json.

#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "experiment/run_directory/run_directory.h"
#include "experiment/run_directory/run_directory_testing.h"

namespace tortoise {
namespace {

using nlohmann::json;

TEST_F(RunDirectoryTest, SummaryHasExactlyTheDocumentedKeys) {
  WriteRace({FullEntry("sync"), EmptyEntry("k-async K=1")});
  const json summary = ReadJson("summary.json");
  EXPECT_EQ(
      Keys(summary),
      (std::set<std::string>{"format_version", "name", "clock", "seed",
                             "problem", "problem.objective",
                             "problem.num_samples", "problem.num_parameters",
                             "target_loss", "best", "differences", "racers"}));
  for (const json& racer : summary["racers"]) {
    EXPECT_EQ(Keys(racer),
              (std::set<std::string>{"name",
                                     "repeat",
                                     "protocol",
                                     "workers",
                                     "quorum",
                                     "local_steps",
                                     "termination",
                                     "message",
                                     "seconds",
                                     "last_update_seconds",
                                     "updates",
                                     "gradients",
                                     "gradients.started",
                                     "gradients.applied",
                                     "gradients.cancelled",
                                     "gradients.dropped",
                                     "gradients.unfinished",
                                     "seconds_per_update",
                                     "seconds_per_update.mean",
                                     "seconds_per_update.expected",
                                     "seconds_per_update.lower",
                                     "seconds_per_update.upper",
                                     "staleness",
                                     "staleness.mean",
                                     "staleness.p50",
                                     "staleness.p99",
                                     "staleness.max",
                                     "staleness.fresh_fraction",
                                     "loss",
                                     "loss.initial",
                                     "loss.final",
                                     "loss.best",
                                     "test_accuracy",
                                     "seconds_to_target",
                                     "worker_seconds",
                                     "worker_seconds.computing",
                                     "worker_seconds.straggling",
                                     "worker_seconds.waiting",
                                     "worker_seconds.communicating",
                                     "worker_seconds.cancelled",
                                     "delay_overshoot",
                                     "delay_overshoot.p50",
                                     "delay_overshoot.p99",
                                     "compute_load",
                                     "computing_per_gradient",
                                     "parameters_checksum",
                                     "records",
                                     "records.contributions",
                                     "records.contributions_kept",
                                     "records.updates_kept"}));
  }
}

TEST_F(RunDirectoryTest, SummarySaysWhatWasMeasured) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  const json summary = ReadJson("summary.json");
  EXPECT_EQ(summary["seed"], 7);
  EXPECT_EQ(summary["problem"]["num_samples"], 100);
  EXPECT_EQ(summary["target_loss"], 0.5);
  const json& racer = summary["racers"][1];
  EXPECT_EQ(racer["name"], "k-async K=1");
  EXPECT_EQ(racer["protocol"], "k-async");
  EXPECT_EQ(racer["quorum"], 1);
  EXPECT_EQ(racer["workers"], 2);
  EXPECT_EQ(racer["termination"], "seconds");
  EXPECT_EQ(racer["gradients"]["started"], 10);
  EXPECT_DOUBLE_EQ(racer["seconds_per_update"]["mean"], 0.3);
  EXPECT_EQ(racer["staleness"]["max"], 5);
  EXPECT_EQ(racer["staleness"]["p50"], 5);
  EXPECT_EQ(racer["loss"]["best"], 0.3);
  EXPECT_EQ(racer["test_accuracy"], 0.875);
  EXPECT_EQ(racer["seconds_to_target"], 0.25);
  EXPECT_EQ(racer["delay_overshoot"]["p99"], 1e-4);
  EXPECT_EQ(racer["compute_load"], 0.125);
}

// The maximum of two exponential times has mean 1.5; a trace has none.
TEST_F(RunDirectoryTest, SummarySaysWhatTheoryExpects) {
  RaceDescription race = TwoRacers();
  race.racers[0].options.delay = DelayLaw::Exponential(1.0);
  race.racers[1].options.delay =
      std::make_shared<const Trace>(Trace{{{1.0}, {2.0}}});
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.Finish({.target_loss = 0.5,
                    .entries = {FullEntry("sync"), FullEntry("k-async K=1")}},
                   true);
  const json racers = ReadJson("summary.json")["racers"];
  const json& sync = racers[0]["seconds_per_update"];
  EXPECT_NEAR(sync["expected"].get<double>(), 1.5, 1e-9);
  EXPECT_TRUE(sync["lower"].is_null());
  EXPECT_TRUE(sync["upper"].is_null());
  EXPECT_DOUBLE_EQ(sync["mean"], 0.3);
  EXPECT_TRUE(racers[1]["seconds_per_update"]["expected"].is_null());
}

TEST_F(RunDirectoryTest, WhatWasNotMeasuredIsNullOrEmpty) {
  WriteRace({EmptyEntry("sync")});
  const json racer = ReadJson("summary.json")["racers"][0];
  for (const char* key :
       {"/seconds_per_update/mean", "/staleness/mean", "/staleness/p50",
        "/staleness/max", "/staleness/fresh_fraction", "/loss/initial",
        "/loss/final", "/loss/best", "/test_accuracy", "/seconds_to_target",
        "/delay_overshoot/p50", "/compute_load"}) {
    EXPECT_TRUE(racer.at(json::json_pointer(key)).is_null()) << key;
  }
  EXPECT_EQ(Lines("curves.csv")[1], "sync,0,0,0,0,,,,1,1,0.5");
}

TEST_F(RunDirectoryTest, UnlimitedSamplesAreNull) {
  RaceDescription race = TwoRacers();
  race.num_samples = std::nullopt;
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.Finish({}, true);
  EXPECT_TRUE(ReadJson("summary.json")["problem"]["num_samples"].is_null());
  EXPECT_TRUE(ReadJson("summary.json")["target_loss"].is_null());
}

TEST_F(RunDirectoryTest, SummaryIsThereAfterEveryRacer) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  directory.OnStart(0, 0);
  directory.OnFinish(FullEntry("sync"));
  EXPECT_EQ(ReadJson("summary.json")["racers"].size(), 1u);
  EXPECT_FALSE(Exists("DONE"));
}

}  // namespace
}  // namespace tortoise
