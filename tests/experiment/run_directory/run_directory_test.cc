// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// The folder, where it comes from, its trace, and a full disk.

#include "experiment/run_directory/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstddef>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "experiment/run_directory/run_directory_testing.h"
#include "experiment/temporary_folder.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST_F(RunDirectoryTest, HoldsEveryFileOfACompleteRace) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  std::set<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(path_)) {
    names.insert(entry.path().filename());
  }
  EXPECT_EQ(names,
            (std::set<std::string>{
                "experiment.toml", "environment.json", "summary.json",
                "curves.csv", "staleness.csv", "updates.csv",
                "contributions.csv", "events.csv", "trace.json", "DONE"}));
  EXPECT_EQ(Read("experiment.toml"), "name = \"synthetic\"\n");
}

TEST_F(RunDirectoryTest, RefusesAFolderThatExists) {
  std::filesystem::create_directory(path_);
  try {
    RunDirectory directory(path_, "");
    FAIL() << "no error";
  } catch (const InputError& error) {
    EXPECT_THAT(error.what(), HasSubstr(path_ + ": already exists"));
  }
  EXPECT_TRUE(std::filesystem::is_empty(path_));
}

TEST_F(RunDirectoryTest, RefusesAFolderThatCannotBeCreated) {
  WriteText(folder_.path() + "/file", "");
  EXPECT_THROW(RunDirectory(folder_.path() + "/file/run", ""), InputError);
  EXPECT_THROW(RunDirectory("/proc/tortoise/run", ""), InputError);
}

TEST_F(RunDirectoryTest, CreatesMissingParents) {
  path_ = folder_.path() + "/a/b/run/";
  WriteRace({FullEntry("sync")});
  EXPECT_TRUE(Exists("DONE"));
}

TEST_F(RunDirectoryTest, LeavesNothingOfARaceThatNeverBegan) {
  { RunDirectory directory(path_, "x = 1\n"); }
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RunDirectoryTest, MarksNoRaceThatWasCutShort) {
  WriteRace({FullEntry("sync"), EmptyEntry("k-async K=1")}, false);
  EXPECT_FALSE(Exists("DONE"));
  EXPECT_EQ(ReadJson("summary.json")["racers"].size(), 2u);
  EXPECT_EQ(Lines("contributions.csv").size(), 1u + 8u);
}

TEST_F(RunDirectoryTest, EnvironmentSaysWhereAndHow) {
  WriteRace({FullEntry("sync")});
  const json environment = ReadJson("environment.json");
  EXPECT_EQ(
      Keys(environment),
      (std::set<std::string>{
          "format_version", "date", "version", "commit", "compiler", "flags",
          "build_type", "processor", "cores", "affinity", "hypervisor",
          "governor", "memory_bytes", "kernel", "clock_source", "load_average",
          "load_average.before", "load_average.after", "foreign_share"}));
  EXPECT_GE(environment["cores"], 1);
  EXPECT_GE(environment["affinity"].size(), 1u);
  EXPECT_THAT(std::string(environment["flags"]),
              HasSubstr("-ffp-contract=off"));
}

// Timeline -------------------------------------------------------------------

TEST_F(RunDirectoryTest, TraceShowsWhatEachWorkerDid) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  const json trace = ReadJson("trace.json");
  std::vector<std::string> seen;
  for (const json& event : trace["traceEvents"]) {
    if (event["pid"] != 2 || event["tid"] != 0 || event["ph"] != "X") continue;
    seen.push_back(std::string(event["name"]) + " " + event["ts"].dump() + " " +
                   event["dur"].dump());
  }
  // Contributions: released at 0, arrived at 10 ms; released at 20 ms with the
  // update and cancelled at 30 ms. Times in microseconds.
  EXPECT_THAT(seen,
              ElementsAre("communicate 0 1000", "compute 1000 1000",
                          "straggle 2000 8000", "wait 10000 10000",
                          "communicate 20000 1000", "cancelled 21000 9000"));
}

TEST_F(RunDirectoryTest, TraceNamesRacersAndWorkers) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  std::set<std::string> names;
  int updates = 0;
  const json trace = ReadJson("trace.json");
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] == "M") names.insert(event["args"]["name"]);
    if (event["ph"] == "i") ++updates;
  }
  EXPECT_EQ(names,
            (std::set<std::string>{"sync, repeat 0", "worker 0", "worker 1",
                                   "k-async K=1, repeat 0"}));
  EXPECT_EQ(updates, 2);
}

TEST_F(RunDirectoryTest, TraceStaysBelowItsCapAndShowsFirstMoments) {
  constexpr std::size_t kBytes = 20'000;
  {
    RunDirectory directory(path_, "", kBytes);
    directory.Begin(TwoRacers());
    for (std::size_t racer = 0; racer < 2; ++racer) {
      directory.OnStart(racer, 0);
      std::vector<ContributionRecord> rows;
      for (int i = 0; i < 1000; ++i) {
        rows.push_back(Contribution(0, i, 0.01 * i, 0.01 * i + 0.009));
      }
      directory.OnRecords({.contributions = rows, .updates = {}});
      directory.OnFinish(FullEntry(TwoRacers().racers[racer].name));
    }
    directory.Finish({}, true);
  }
  EXPECT_LE(Read("trace.json").size(), kBytes);
  EXPECT_GE(Read("trace.json").size(), kBytes * 9 / 10);
  std::array<int, 3> slices{};
  const json trace = ReadJson("trace.json");
  for (const json& event : trace["traceEvents"]) {
    if (event["ph"] != "X") continue;
    ++slices.at(event["pid"]);
    EXPECT_LT(event["ts"], 1e6 * 0.01 * 60);  // not from the end, at 10 s
  }
  EXPECT_NEAR(slices[1], slices[2], 4);  // an equal share each
}

// Full disk ------------------------------------------------------------------

// While it lives, no file can grow beyond `bytes`: the kernel's answer is then
// that of a full disk, but for the name of the error.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    old_handler_ = std::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &old_);
    const rlimit limit{.rlim_cur = bytes, .rlim_max = old_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &old_);
    std::signal(SIGXFSZ, old_handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit old_{};
  void (*old_handler_)(int) = nullptr;
};

std::vector<ContributionRecord> ManyRows() {
  std::vector<ContributionRecord> rows;
  for (int i = 0; i < 2000; ++i) rows.push_back(Contribution(0, i, i, i + 0.5));
  return rows;
}

TEST_F(RunDirectoryTest, FullDiskLeavesWholeRowsAndNamesTheFile) {
  const auto rows = ManyRows();
  {
    RunDirectory directory(path_, "");
    directory.Begin(TwoRacers());
    directory.OnStart(0, 0);
    const FileSizeLimit limit(10'001);
    try {
      directory.OnRecords({.contributions = rows, .updates = {}});
      FAIL() << "no error";
    } catch (const OutputError& error) {
      EXPECT_THAT(error.what(),
                  HasSubstr("contributions.csv: cannot be written: "));
    }
  }
  const std::string text = Read("contributions.csv");
  EXPECT_LE(text.size(), 10'001u);
  EXPECT_GT(text.size(), 9'000u);
  EXPECT_EQ(text.back(), '\n');
  for (const std::string& line : SplitLines(text)) {
    EXPECT_EQ(std::ranges::count(line, ','), 14) << line;
  }
  EXPECT_FALSE(Exists("DONE"));
}

TEST_F(RunDirectoryTest, FullDiskWhileThinningKeepsTheOldRows) {
  const auto rows = ManyRows();
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  directory.OnStart(0, 0);
  directory.OnRecords(
      {.contributions = std::span(rows).first(100), .updates = {}});
  const std::string before = Read("contributions.csv");
  {
    const FileSizeLimit limit(10'000);
    EXPECT_THROW(directory.OnRecords(
                     {.replaces = true, .contributions = rows, .updates = {}}),
                 OutputError);
  }
  EXPECT_EQ(Read("contributions.csv"), before);
  EXPECT_FALSE(Exists("contributions.csv.tmp"));
}

TEST_F(RunDirectoryTest, FullDiskLeavesNoHalfJson) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  {
    const FileSizeLimit limit(100);
    EXPECT_THROW(
        directory.Finish({.target_loss = 0.5, .entries = {FullEntry("sync")}},
                         true),
        OutputError);
  }
  EXPECT_FALSE(Exists("DONE"));
  EXPECT_FALSE(Exists("summary.json"));
  EXPECT_FALSE(Exists("summary.json.tmp"));
}

}  // namespace
}  // namespace tortoise
