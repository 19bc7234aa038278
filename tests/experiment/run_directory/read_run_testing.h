// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "experiment/run_directory/drawn_race_testing.h"
#include "experiment/run_directory/run_directory.h"
#include "experiment/temporary_folder.h"
#include "tortoise/experiment/read_run.h"

namespace tortoise {

inline RaceDescription Describe(const Experiment& experiment) {
  return {.name = experiment.name,
          .clock = experiment.clock(),
          .seed = experiment.seed(),
          .repeats = experiment.repeats,
          .objective = experiment.problem.objective,
          .num_samples = std::nullopt,
          .num_parameters = 3,
          .racers = experiment.Racers()};
}

inline void Write(const std::string& path, const Experiment& experiment,
                  const std::vector<RecordedRun>& runs, bool complete = true,
                  std::optional<double> target = 0.5) {
  RunDirectory directory(path, ResolvedToml(experiment));
  directory.Begin(Describe(experiment));
  RaceResult result;
  result.target_loss = target;
  for (std::size_t i = 0; i < runs.size(); ++i) {
    directory.OnStart(i % experiment.racers.size(), runs[i].entry.repeat);
    directory.OnRecords({.contributions = runs[i].contributions,
                         .updates = runs[i].updates,
                         .events = runs[i].events});
    directory.OnFinish(runs[i].entry);
    result.entries.push_back(runs[i].entry);
  }
  directory.Finish(result, complete);
}

class ReadRun : public testing::Test {
 protected:
  [[nodiscard]] std::string File(const std::string& name) const {
    return path_ + "/" + name;
  }
  // Writes a race that has a text, then changes it in one of its files.
  void WriteWith(const std::string& name, const std::string& old_text,
                 const std::string& new_text, bool complete = true) {
    const Experiment experiment = TwoRacers();
    std::string text;
    std::size_t at = text.npos;
    for (int seed = 0; seed < 100 && at == text.npos; ++seed) {
      std::filesystem::remove_all(path_);
      Write(path_, experiment, DrawRace(experiment, seed), complete);
      text = ReadText(File(name));
      at = text.find(old_text);
    }
    ASSERT_NE(at, text.npos) << name << ": " << old_text;
    WriteText(File(name), text.replace(at, old_text.size(), new_text));
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/run";
};

}  // namespace tortoise
