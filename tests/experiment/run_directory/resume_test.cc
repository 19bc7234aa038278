// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Races that were cut short and are resumed.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <functional>
#include <map>
#include <stop_token>

#include "experiment/run_directory/run_directory.h"
#include "experiment/temporary_folder.h"
#include "tortoise/core/error.h"
#include "tortoise/experiment/read_run.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using testing::HasSubstr;

constexpr std::string_view kRace = R"(
name = "small"
repeats = 2
clock = "virtual"
[problem]
objective = "quadratic"
parameters = 5
[workers]
count = 3
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.1
[stop]
updates = 40
[[racer]]
protocol = "k-sync"
quorum = 2
step.size = [0.05, 0.1]
[[racer]]
protocol = "async"
)";
constexpr std::size_t kRuns = 6;

Experiment Parse(const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(kRace, "race.toml", "/", overrides);
}

// Every file but environment.json, by name.
std::map<std::string, std::string> Files(const std::string& path) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(path)) {
    const std::string name = entry.path().filename().string();
    files[name] =
        name == "environment.json" ? "" : ReadText(entry.path().string());
  }
  return files;
}

// Calls back at every step of a race.
class Watcher final : public RaceObserver {
 public:
  void OnStart(std::size_t, std::uint64_t) override {
    ++started;
    if (on_start) on_start(started);
  }
  void OnRecords(const RecordBatch&) override {
    if (on_records) on_records(started);
  }
  void OnFinish(const RaceEntry&) override {
    if (on_finish) on_finish(started);
  }
  int started = 0;
  std::function<void(int)> on_start, on_records, on_finish;
};

class Resume : public testing::Test {
 protected:
  // Runs a race until its n-th run, counted from 1, begins.
  void Interrupt(const std::string& path, int n,
                 const Experiment& experiment = Parse()) {
    std::stop_source source;
    Watcher watcher;
    watcher.on_start = [&](int started) {
      if (started == n) source.request_stop();
    };
    const ExperimentResult result = RaceExperiment(
        experiment, path, {.observer = &watcher, .stop = source.get_token()},
        {.resume = std::filesystem::exists(path)});
    ASSERT_TRUE(result.interrupted);
    ASSERT_FALSE(std::filesystem::exists(path + "/DONE"));
  }

  std::string ErrorOf(const Experiment& experiment) const {
    try {
      (void)RaceExperiment(experiment, path_, {}, {.resume = true});
      return "";
    } catch (const InputError& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/run";
  std::string whole_ = folder_.path() + "/whole";
};

// In virtual time -------------------------------------------------------------

TEST_F(Resume, EndsInTheSameBytesWhereverItWasInterrupted) {
  (void)RaceExperiment(Parse(), whole_);
  const auto expected = Files(whole_);
  for (int n = 1; n <= static_cast<int>(kRuns); ++n) {
    std::filesystem::remove_all(path_);
    Interrupt(path_, n);
    Watcher watcher;
    const ExperimentResult result = RaceExperiment(
        Parse(), path_, {.observer = &watcher}, {.resume = true});
    EXPECT_EQ(result.num_kept, static_cast<std::size_t>(n) - 1);
    EXPECT_EQ(watcher.started, static_cast<int>(kRuns) - n + 1);
    EXPECT_EQ(result.race.entries.size(), kRuns);
    EXPECT_EQ(Files(path_), expected) << n;
  }
}

TEST_F(Resume, GoesOnAgainAndAgain) {
  (void)RaceExperiment(Parse(), whole_);
  for (int i = 0; i < 3; ++i) Interrupt(path_, 2);
  (void)RaceExperiment(Parse(), path_, {}, {.resume = true});
  EXPECT_EQ(Files(path_), Files(whole_));
}

// A copy taken in the middle of a race is what a kill would have left.
TEST_F(Resume, EndsInTheSameBytesWhereverItWasKilled) {
  const auto copy = [&](const std::string& name) {
    const std::string to = folder_.path() + "/" + name;
    if (!std::filesystem::exists(to)) {
      std::filesystem::copy(whole_, to);
      // A write that was cut off, and files that were never renamed.
      std::ofstream(to + "/contributions.csv", std::ios::app) << "async,0,1,2";
      WriteText(to + "/contributions.csv.tmp", "racer");
      WriteText(to + "/trace.json.tmp", "{");
    }
    return to;
  };
  Watcher watcher;
  std::vector<std::string> copies;
  const auto take = [&](const std::string& when) {
    return
        [&, when](int n) { copies.push_back(copy(when + std::to_string(n))); };
  };
  watcher.on_start = take("start");
  watcher.on_records = take("records");
  watcher.on_finish = take("finish");
  (void)RaceExperiment(Parse(), whole_, {.observer = &watcher});
  const auto expected = Files(whole_);
  EXPECT_GE(copies.size(), 3 * kRuns);
  for (const std::string& path : copies) {
    if (std::filesystem::exists(path + "/DONE")) continue;  // two of one name
    (void)RaceExperiment(Parse(), path, {}, {.resume = true});
    EXPECT_EQ(Files(path), expected) << path;
  }
}

TEST_F(Resume, SurvivesAKillWhileItBegins) {
  (void)RaceExperiment(Parse(), whole_);
  const auto expected = Files(whole_);
  // Before anything but the folder was there; before its tables; before a
  // header was whole.
  std::filesystem::create_directory(path_);
  WriteText(path_ + "/experiment.toml.tmp", "# tort");
  (void)RaceExperiment(Parse(), path_, {}, {.resume = true});
  EXPECT_EQ(Files(path_), expected);
  for (const bool has_table : {false, true}) {
    std::filesystem::remove_all(path_);
    std::filesystem::create_directory(path_);
    WriteText(path_ + "/experiment.toml", ResolvedToml(Parse()));
    if (has_table) WriteText(path_ + "/curves.csv", "racer,rep");
    (void)RaceExperiment(Parse(), path_, {}, {.resume = true});
    EXPECT_EQ(Files(path_), expected);
  }
}

// When it is resumed, summary.json is cut before the tables are.
TEST_F(Resume, SurvivesAKillWhileItDropsRows) {
  (void)RaceExperiment(Parse(), whole_);
  Interrupt(path_, 4);
  std::ofstream(path_ + "/updates.csv", std::ios::app)
      << "k-sync size=0.05,1,1,0.5,2,0\n";
  const std::string summary = ReadText(path_ + "/summary.json");
  const std::size_t entry = summary.rfind(",\n    {\n      \"name\"");
  ASSERT_NE(entry, summary.npos);
  WriteText(path_ + "/summary.json", summary.substr(0, entry) + "\n  ]\n}\n");
  const ExperimentResult result =
      RaceExperiment(Parse(), path_, {}, {.resume = true});
  EXPECT_EQ(result.num_kept, 3u);
  EXPECT_EQ(Files(path_), Files(whole_));
}

TEST_F(Resume, FindsTheBestValuesToo) {
  Interrupt(path_, 5);
  const ExperimentResult resumed =
      RaceExperiment(Parse(), path_, {}, {.resume = true, .best = "step.size"});
  const ExperimentResult whole =
      RaceExperiment(Parse(), whole_, {}, {.best = "step.size"});
  ASSERT_EQ(resumed.verdict.best.size(), 2u);
  EXPECT_EQ(resumed.verdict.best[0].group, "k-sync");
  EXPECT_EQ(resumed.verdict.differences.size(), 1u);
  EXPECT_EQ(resumed.race.target_loss, whole.race.target_loss);
  EXPECT_EQ(Files(path_), Files(whole_));
  EXPECT_THAT(ReadText(path_ + "/summary.json"),
              HasSubstr("\"group\": \"k-sync\""));
}

// On real threads -------------------------------------------------------------

TEST_F(Resume, KeepsWhatWasMeasuredOnRealThreads) {
  const Experiment experiment = Parse({"clock=wall"});
  Interrupt(path_, 4, experiment);
  const RecordedRace before = ReadRunDirectory(path_);
  ASSERT_EQ(before.runs.size(), 4u);
  const ExperimentResult result =
      RaceExperiment(experiment, path_, {}, {.resume = true});
  EXPECT_EQ(result.num_kept, 3u);
  const RecordedRace after = ReadRunDirectory(path_);
  EXPECT_TRUE(after.is_complete);
  ASSERT_EQ(after.runs.size(), kRuns);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(after.runs[i].entry.summary.seconds,
              before.runs[i].entry.summary.seconds);
    EXPECT_EQ(after.runs[i].contributions.size(),
              before.runs[i].contributions.size());
    EXPECT_EQ(after.runs[i].events.size(), before.runs[i].events.size());
  }
  for (const RecordedRun& run : after.runs) {
    EXPECT_EQ(run.updates.size(), 40u);
    EXPECT_GT(run.events.size(), 80u);
  }
}

// A second Ctrl-C leaves losses out; the run is made again.
TEST_F(Resume, RunsAgainWhatWasNotEvaluated) {
  std::stop_source source;
  Watcher watcher;
  watcher.on_start = [&](int n) {
    if (n == 2) source.request_stop();
  };
  (void)RaceExperiment(Parse(), path_,
                       {.observer = &watcher,
                        .stop = source.get_token(),
                        .skip_evaluation = source.get_token()});
  // As if it had ended by itself.
  std::string summary = ReadText(path_ + "/summary.json");
  const std::string old = "\"interrupted\"";
  summary.replace(summary.find(old), old.size(), "\"updates\"");
  WriteText(path_ + "/summary.json", summary);
  const ExperimentResult result =
      RaceExperiment(Parse(), path_, {}, {.resume = true});
  EXPECT_EQ(result.num_kept, 1u);
  (void)RaceExperiment(Parse(), whole_);
  EXPECT_EQ(Files(path_), Files(whole_));
}

// Measured once: the number in the folder is the one that holds.
TEST_F(Resume, TakesTheMeasuredTimeOfComputing) {
  const Experiment experiment = Parse({"workers.compute=measured"});
  Interrupt(path_, 3, experiment);
  const std::string before = ReadText(path_ + "/experiment.toml");
  (void)RaceExperiment(experiment, path_, {}, {.resume = true});
  EXPECT_EQ(ReadText(path_ + "/experiment.toml"), before);
}

// Refusals --------------------------------------------------------------------

TEST_F(Resume, OfACompleteRaceRunsNothing) {
  const ExperimentResult first = RaceExperiment(Parse(), path_);
  const auto files = Files(path_);
  Watcher watcher;
  const ExperimentResult again =
      RaceExperiment(Parse(), path_, {.observer = &watcher},
                     {.resume = true, .best = "step.size"});
  EXPECT_TRUE(again.was_complete);
  EXPECT_EQ(again.num_kept, kRuns);
  EXPECT_EQ(watcher.started, 0);
  EXPECT_EQ(again.verdict.best.size(), 2u);
  EXPECT_EQ(Files(path_), files);
  const ExperimentResult plain =
      RaceExperiment(Parse(), path_, {}, {.resume = true});
  EXPECT_EQ(plain.race.Table(), first.race.Table());
}

TEST_F(Resume, RefusesAnotherExperimentAndSaysWhatDiffers) {
  Interrupt(path_, 2);
  const auto files = Files(path_);
  EXPECT_THAT(ErrorOf(Parse({"stop.updates=41"})),
              HasSubstr("it says 'updates = 40' where race.toml means "
                        "'updates = 41'"));
  EXPECT_THAT(ErrorOf(Parse({"racer.1.protocol=sync"})),
              HasSubstr(path_ + "/experiment.toml:"));
  EXPECT_EQ(Files(path_), files);
}

TEST_F(Resume, RefusesAFolderWithoutARace) {
  EXPECT_THAT(ErrorOf(Parse()), HasSubstr("nothing to resume"));
  EXPECT_FALSE(std::filesystem::exists(path_));
  std::filesystem::create_directory(path_);
  WriteText(path_ + "/mine", "precious");
  EXPECT_THAT(ErrorOf(Parse()), HasSubstr("holds no race"));
  EXPECT_EQ(Files(path_).size(), 1u);
}

TEST_F(Resume, RefusesAMalformedFolderAndChangesNothing) {
  Interrupt(path_, 4);
  WriteText(path_ + "/updates.csv", "racer\n");
  const auto files = Files(path_);
  EXPECT_THAT(ErrorOf(Parse()), HasSubstr("updates.csv:1: must be"));
  EXPECT_EQ(Files(path_), files);
}

TEST_F(Resume, RefusesAFolderThatIsBeingWritten) {
  Interrupt(path_, 2);
  const std::string toml = ResolvedToml(Parse());
  RunDirectory other(path_, toml, RunDirectory::kTraceBytes,
                     RunDirectory::Mode::kResume);
  EXPECT_THAT(ErrorOf(Parse()), HasSubstr("another process is writing"));
}

}  // namespace
}  // namespace tortoise
