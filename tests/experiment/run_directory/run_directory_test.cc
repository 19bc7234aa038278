// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/run_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <limits>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "experiment/temporary_folder.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Two racers, two workers each.
RaceDescription TwoRacers() {
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
RaceEntry FullEntry(const std::string& name) {
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
RaceEntry EmptyEntry(const std::string& name) {
  RaceEntry entry;
  entry.name = name;
  entry.summary.termination = Termination::kInterrupted;
  entry.summary.curve = {{0.0, 0, 0, kNan, kNan, kNan, {1, 1, 0.5}}};
  return entry;
}

ContributionRecord Contribution(int worker, std::int64_t gradient,
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
std::set<std::string> Keys(const json& object, const std::string& prefix = "") {
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
  [[nodiscard]] json ReadJson(const std::string& name) const {
    return json::parse(Read(name));
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

TEST_F(RunDirectoryTest, TablesHaveTheDocumentedColumns) {
  WriteRace({FullEntry("sync"), FullEntry("k-async K=1")});
  EXPECT_THAT(Lines("curves.csv"),
              ElementsAre("racer,repeat,seconds,updates,gradients,loss,"
                          "test_loss,test_accuracy,quorum,local_steps,step",
                          "sync,0,0,0,0,2.5,2.6,0.1,2,1,0.5",
                          "sync,0,0.1,3,6,0.3,0.4,0.875,2,1,0.5",
                          "k-async K=1,0,0,0,0,2.5,2.6,0.1,2,1,0.5",
                          "k-async K=1,0,0.1,3,6,0.3,0.4,0.875,2,1,0.5"));
  EXPECT_THAT(
      Lines("staleness.csv"),
      ElementsAre("racer,repeat,staleness,count", "sync,0,0,2", "sync,0,5,4",
                  "k-async K=1,0,0,2", "k-async K=1,0,5,4"));
  EXPECT_THAT(
      Lines("updates.csv"),
      ElementsAre("racer,repeat,update,seconds,contributions,mean_staleness",
                  "sync,0,1,0.02,2,0.5", "k-async K=1,0,1,0.02,2,0.5"));
  const auto rows = Lines("contributions.csv");
  ASSERT_EQ(rows.size(), 9u);
  EXPECT_EQ(rows[0],
            "racer,repeat,worker,gradient,version_read,version_counted,"
            "seconds_released,seconds_started,seconds_computed,"
            "seconds_arrived,fate,local_steps,step,weight,bytes");
  EXPECT_EQ(rows[1], "sync,0,0,0,0,1,0,0.001,0.002,0.01,applied,1,0.5,0.25,40");
  EXPECT_EQ(rows[3],
            "sync,0,0,1,1,,0.02,0.021,0.022,0.03,cancelled,1,0.5,0.25,40");
  EXPECT_EQ(rows[4],
            "sync,0,1,1,1,,0.02,0.021,0.022,,unfinished,1,0.5,0.25,40");
}

TEST_F(RunDirectoryTest, EventsAreWrittenAsTheyCome) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  directory.OnStart(1, 0);
  const std::vector<EventRecord> events = {
      {EventKind::kRelease, 1, 4, 2, 0.5, {1, 3, 0.1}},
      {EventKind::kDrop, 1, 4, 2, 0.625, {1, 3, 0.1}},
      {EventKind::kUpdate, -1, -1, 3, 0.75, {1, 3, 0.1}}};
  directory.OnRecords({.contributions = {}, .updates = {}, .events = events});
  // Thinning contributions drops no event.
  directory.OnRecords({.replaces = true, .contributions = {}, .updates = {}});
  EXPECT_THAT(Lines("events.csv"),
              ElementsAre("racer,repeat,event,worker,gradient,version,seconds,"
                          "quorum,local_steps,step",
                          "k-async K=1,0,release,1,4,2,0.5,1,3,0.1",
                          "k-async K=1,0,drop,1,4,2,0.625,1,3,0.1",
                          "k-async K=1,0,update,,,3,0.75,1,3,0.1"));
}

TEST_F(RunDirectoryTest, VirtualTimeHasNoEvents) {
  RaceDescription race = TwoRacers();
  race.clock = Clock::kVirtual;
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.Finish({}, true);
  EXPECT_FALSE(Exists("events.csv"));
  EXPECT_TRUE(Exists("DONE"));
}

TEST_F(RunDirectoryTest, QuotesNamesThatNeedIt) {
  RaceDescription race = TwoRacers();
  race.racers[0].name = "a,\"b\"";
  RunDirectory directory(path_, "");
  directory.Begin(race);
  directory.OnStart(0, 0);
  directory.OnFinish(FullEntry(race.racers[0].name));
  directory.Finish({}, true);
  EXPECT_THAT(Lines("staleness.csv")[1], StartsWith("\"a,\"\"b\"\"\",0,0,"));
  EXPECT_EQ(ReadJson("summary.json")["racers"].size(), 0u);
}

TEST_F(RunDirectoryTest, ThinnedRecordsReplaceTheRowsOfTheirRacerOnly) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  std::vector<ContributionRecord> rows;
  for (int i = 0; i < 10; ++i) rows.push_back(Contribution(0, i, i, i + 0.5));
  const std::vector<UpdateRecord> updates = {{1, 0.5, 1, 0.0},
                                             {2, 1.5, 1, 0.0}};
  directory.OnStart(0, 0);
  directory.OnRecords({.contributions = rows, .updates = updates});
  directory.OnFinish(FullEntry("sync"));
  directory.OnStart(1, 0);
  directory.OnRecords({.contributions = rows, .updates = updates});
  const std::vector<ContributionRecord> kept = {rows[0], rows[5]};
  directory.OnRecords({.replaces = true,
                       .contributions = kept,
                       .updates = std::span(updates).first(1)});
  directory.OnRecords(
      {.contributions = std::span(rows).last(1), .updates = {}});

  const auto lines = Lines("contributions.csv");
  ASSERT_EQ(lines.size(), 1u + 10u + 3u);
  for (std::size_t i = 1; i <= 10; ++i) {
    EXPECT_THAT(lines[i], StartsWith("sync,0,0," + std::to_string(i - 1)));
  }
  EXPECT_THAT(lines[11], StartsWith("k-async K=1,0,0,0,"));
  EXPECT_THAT(lines[12], StartsWith("k-async K=1,0,0,5,"));
  EXPECT_THAT(lines[13], StartsWith("k-async K=1,0,0,9,"));
  EXPECT_EQ(Lines("updates.csv").size(), 1u + 2u + 1u);
  EXPECT_FALSE(Exists("contributions.csv.tmp"));
}

TEST_F(RunDirectoryTest, SummaryIsThereAfterEveryRacer) {
  RunDirectory directory(path_, "");
  directory.Begin(TwoRacers());
  directory.OnStart(0, 0);
  directory.OnFinish(FullEntry("sync"));
  EXPECT_EQ(ReadJson("summary.json")["racers"].size(), 1u);
  EXPECT_FALSE(Exists("DONE"));
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
