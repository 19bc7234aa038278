// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "experiment/run_directory/run_directory.h"
#include "experiment/temporary_folder.h"

namespace tortoise {

inline constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Two racers, two workers each.
inline RaceDescription TwoRacers() {
  RaceDescription race{.name = "synthetic",
                       .seed = 7,
                       .repeats = 1,
                       .objective = "softmax",
                       .num_samples = 100,
                       .num_parameters = 7850,
                       .racers = {}};
  race.racers.push_back({.name = "sync", .options = {}});
  race.racers.push_back({.name = "k-async K=1", .options = {}});
  race.racers[0].options.method = MakeMethod("sync", 2);
  race.racers[1].options.method = MakeMethod("k-async", 2, {.quorum = 1});
  return race;
}

// Everything measured.
inline RaceEntry FullEntry(const std::string& name) {
  RaceEntry entry;
  entry.name = name;
  entry.seconds_to_target = 0.25;
  entry.summary.termination = Termination::kSeconds;
  entry.summary.num_workers = 2;
  entry.summary.seconds = 1.0;
  entry.summary.last_update_seconds = 0.9;
  entry.summary.updates = 3;
  entry.summary.gradients = {
      .started = 10, .applied = 6, .cancelled = 1, .unfinished = 3};
  entry.summary.staleness.Count(0, 2);
  entry.summary.staleness.Count(5, 4);
  entry.summary.curve = {{0.0, 0, 0, 2.5, 2.6, 0.1, {2, 1, 0.5}},
                         {0.1, 3, 6, 0.3, 0.4, 0.875, {2, 1, 0.5}}};
  entry.summary.delay_overshoot = {.p50 = 1e-5, .p99 = 1e-4};
  entry.summary.compute_load = 0.125;
  entry.summary.parameters_checksum = "0123456789abcdef";
  entry.summary.contributions_recorded = 8;
  entry.summary.contributions_kept = 8;
  entry.summary.updates_kept = 3;
  return entry;
}

// Nothing measured: interrupted at once, evaluation skipped.
inline RaceEntry EmptyEntry(const std::string& name) {
  RaceEntry entry;
  entry.name = name;
  entry.summary.termination = Termination::kInterrupted;
  entry.summary.curve = {{0.0, 0, 0, kNan, kNan, kNan, {1, 1, 0.5}}};
  return entry;
}

inline ContributionRecord Contribution(int worker, std::int64_t gradient,
                                       double released, double arrived,
                                       Fate fate = Fate::kApplied) {
  return {.worker = worker,
          .gradient = gradient,
          .version_read = gradient,
          .version_counted = fate == Fate::kApplied ? gradient + 1 : -1,
          .seconds_released = released,
          .seconds_started = released + 0.001,
          .seconds_computed = released + 0.002,
          .seconds_arrived = arrived,
          .step = 0.5,
          .bytes = 40,
          .weight = 0.25F,
          .fate = fate};
}

// The keys of an object and of the objects in it: "loss.best".
inline std::set<std::string> Keys(const nlohmann::json& object,
                                  const std::string& prefix = "") {
  std::set<std::string> keys;
  for (const auto& [key, value] : object.items()) {
    keys.insert(prefix + key);
    if (value.is_object()) keys.merge(Keys(value, prefix + key + "."));
  }
  return keys;
}

class RunDirectoryTest : public testing::Test {
 protected:
  [[nodiscard]] std::string Read(const std::string& name) const {
    return ReadText(path_ + "/" + name);
  }
  [[nodiscard]] nlohmann::json ReadJson(const std::string& name) const {
    return nlohmann::json::parse(Read(name));
  }
  [[nodiscard]] std::vector<std::string> Lines(const std::string& name) const {
    return SplitLines(Read(name));
  }
  [[nodiscard]] bool Exists(const std::string& name) const {
    return std::filesystem::exists(path_ + "/" + name);
  }

  // A race in which both racers did the same.
  void WriteRace(const std::vector<RaceEntry>& entries, bool complete = true,
                 std::size_t trace_bytes = RunDirectory::kTraceBytes) {
    RunDirectory directory(path_, "name = \"synthetic\"\n", trace_bytes);
    directory.Begin(TwoRacers());
    const std::vector<ContributionRecord> contributions = {
        Contribution(0, 0, 0.0, 0.01), Contribution(1, 0, 0.0, 0.02),
        Contribution(0, 1, 0.02, 0.03, Fate::kCancelled),
        Contribution(1, 1, 0.02, kNan, Fate::kUnfinished)};
    const std::vector<UpdateRecord> updates = {{1, 0.02, 2, 0.5}};
    for (std::size_t i = 0; i < entries.size(); ++i) {
      directory.OnStart(i, 0);
      directory.OnRecords({.contributions = contributions, .updates = updates});
      directory.OnFinish(entries[i]);
    }
    directory.Finish({.target_loss = 0.5, .entries = entries}, complete);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/run";
};

}  // namespace tortoise
