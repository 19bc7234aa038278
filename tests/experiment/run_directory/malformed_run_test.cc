// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What is missing, lost or changed in a run directory is named.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "experiment/run_directory/drawn_race_testing.h"
#include "experiment/run_directory/read_run_testing.h"
#include "experiment/temporary_folder.h"
#include "tortoise/core/error.h"
#include "tortoise/experiment/read_run.h"

namespace tortoise {
namespace {

using testing::HasSubstr;

// The error that reading says, or nothing.
std::string ErrorOf(const std::string& path) {
  try {
    (void)ReadRunDirectory(path);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
}

TEST_F(ReadRun, NamesWhatIsMissing) {
  EXPECT_THAT(ErrorOf(path_), HasSubstr(path_ + ": is not a folder"));
  for (const char* name :
       {"experiment.toml", "summary.json", "curves.csv", "staleness.csv",
        "updates.csv", "contributions.csv", "events.csv"}) {
    std::filesystem::remove_all(path_);
    const Experiment experiment = TwoRacers();
    Write(path_, experiment, DrawRace(experiment, 7));
    std::filesystem::remove(File(name));
    EXPECT_THAT(ErrorOf(path_), HasSubstr(File(name) + ": cannot be opened"));
  }
}

TEST_F(ReadRun, RefusesAnotherVersion) {
  WriteWith("summary.json", "\"format_version\": 3", "\"format_version\": 1");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("format_version = 1 must be 2 or 3"));
  WriteWith("summary.json", "\"format_version\": 3", "\"format_version\": 4");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("format_version = 4 must be 2 or 3"));
}

TEST_F(ReadRun, TakesTheTablesOfOneVersionOnly) {
  WriteWith("summary.json", "\"format_version\": 3", "\"format_version\": 2");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("curves.csv:1: must be \"racer,"));
}

TEST_F(ReadRun, NamesThePlaceInTheSummary) {
  WriteWith("summary.json", "\"started\"", "\"begun\"");
  EXPECT_THAT(ErrorOf(path_),
              HasSubstr("summary.json: racers[0].gradients.started is "
                        "missing"));
  WriteWith("summary.json", "\"workers\": 2", "\"workers\": \"2\"");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("racers[0].workers must be"));
  WriteWith("summary.json", "\"name\": \"sync\"", "\"name\": \"ssp\"");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("ssp, repeat 0 is not a run"));
  WriteWith("summary.json", "\"repeat\": 0", "\"repeat\": 1");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("out of order"));
  WriteWith("summary.json", "\"problem\": {", "\"problem\": {{");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("summary.json: is not JSON"));
}

TEST_F(ReadRun, NamesTheLineInTheTables) {
  WriteWith("updates.csv", "mean_staleness", "staleness");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("updates.csv:1: must be \"racer,"));
  WriteWith("contributions.csv", "\nsync,0,", "\nsync,0,x");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("contributions.csv:2: worker = \"x"));
  WriteWith("events.csv", "\nsync,0,", "\nsync,0,un");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("events.csv:2: event = \"un"));
  WriteWith("curves.csv", "\nsync,0,",
            "\nsync,0,1,2,3,4,5,6,7,8,9,10\nsync,0,");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("curves.csv:2: the row has too many"));
  WriteWith("curves.csv", "\nsync,0,", "\nsync,0,1,2\nsync,0,");
  EXPECT_THAT(ErrorOf(path_), HasSubstr("curves.csv:2: gradients is missing"));
}

TEST_F(ReadRun, NoticesRowsThatWereLostOrAdded) {
  for (const char* name :
       {"updates.csv", "contributions.csv", "staleness.csv"}) {
    WriteWith(name, "\nsync,0,", "\nsink,0,");
    EXPECT_THAT(ErrorOf(path_), HasSubstr("contradict summary.json")) << name;
    WriteWith(name, "\nsync,0,", "\nsink,0,", /*complete=*/false);
    EXPECT_THAT(ErrorOf(path_), HasSubstr("contradict summary.json")) << name;
  }
  WriteWith("updates.csv", "", "");
  std::ofstream(File("updates.csv"), std::ios::app) << "other,0,1,0.1,2,0\n";
  EXPECT_THAT(ErrorOf(path_), HasSubstr("in none of the runs"));
  WriteWith("updates.csv", "", "", /*complete=*/false);
  std::ofstream(File("updates.csv"), std::ios::app) << "sync,0,1,0.1,2,0\n";
  EXPECT_THAT(ErrorOf(path_), HasSubstr("in none of the runs"));
}

// Whatever happens to a byte, a line or the end of a file: an error or a race.
RC_GTEST_FIXTURE_PROP(ReadRun, MutilatedFilesAreErrors, (std::uint64_t seed)) {
  constexpr const char* kFiles[] = {
      "experiment.toml", "summary.json",      "curves.csv", "staleness.csv",
      "updates.csv",     "contributions.csv", "events.csv"};
  std::mt19937_64 draw(seed);
  std::filesystem::remove_all(path_);
  const Experiment experiment = TwoRacers();
  Write(path_, experiment, DrawRace(experiment, 7), draw() % 2 == 0);
  const std::string file = File(kFiles[draw() % std::size(kFiles)]);
  std::string text = ReadText(file);
  const std::size_t at = draw() % text.size();
  switch (draw() % 4) {
    case 0:
      text[at] = static_cast<char>(draw());
      break;
    case 1:
      text.resize(at);
      break;
    case 2:
      text.erase(at, draw() % 20);
      break;
    default:
      text.insert(at, text.substr(draw() % text.size(), draw() % 40));
  }
  WriteText(file, text);
  try {
    for (const RecordedRun& run : ReadRunDirectory(path_).runs) {
      RC_ASSERT(run.entry.repeat < 2u);
    }
  } catch (const InputError& error) {
    RC_ASSERT(std::string(error.what()).find(path_) == 0u);
  }
}

}  // namespace
}  // namespace tortoise
