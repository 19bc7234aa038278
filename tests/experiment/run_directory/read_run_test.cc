// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/read_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <random>

#include "experiment/run_directory/run_directory.h"
#include "experiment/temporary_folder.h"
#include "tortoise/core/error.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise {
namespace {

using testing::HasSubstr;

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Experiment TwoRacers(const std::string& clock = "wall") {
  return ParseExperiment(R"(
name = "two"
repeats = 2
[problem]
objective = "quadratic"
parameters = 3
[workers]
count = 2
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.1
[stop]
updates = 20
[[racer]]
protocol = "sync"
[[racer]]
protocol = "k-async"
quorum = [1]
)",
                         "two.toml", "/", {"clock=" + clock});
}

RaceDescription Describe(const Experiment& experiment) {
  return {.name = experiment.name,
          .clock = experiment.clock(),
          .seed = experiment.seed(),
          .repeats = experiment.repeats,
          .objective = experiment.problem.objective,
          .num_samples = std::nullopt,
          .num_parameters = 3,
          .racers = experiment.Racers()};
}

// What came back --------------------------------------------------------------

// Equal in every bit, but that all NaNs are one.
bool Same(double a, double b) {
  return (std::isnan(a) && std::isnan(b)) ||
         std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b);
}
bool Same(const std::optional<double>& a, const std::optional<double>& b) {
  return a.has_value() == b.has_value() && (!a || Same(*a, *b));
}
bool Same(const CurvePoint& a, const CurvePoint& b) {
  return Same(a.seconds, b.seconds) && a.updates == b.updates &&
         a.gradients == b.gradients && Same(a.loss, b.loss) &&
         Same(a.test_loss, b.test_loss) &&
         Same(a.test_accuracy, b.test_accuracy) && a.pace == b.pace;
}
bool Same(const ContributionRecord& a, const ContributionRecord& b) {
  return a.worker == b.worker && a.gradient == b.gradient &&
         a.version_read == b.version_read &&
         a.version_counted == b.version_counted &&
         Same(a.seconds_released, b.seconds_released) &&
         Same(a.seconds_started, b.seconds_started) &&
         Same(a.seconds_computed, b.seconds_computed) &&
         Same(a.seconds_arrived, b.seconds_arrived) && a.fate == b.fate &&
         a.local_steps == b.local_steps && Same(a.step, b.step) &&
         a.weight == b.weight && a.bytes == b.bytes;
}
bool Same(const UpdateRecord& a, const UpdateRecord& b) {
  return a.update == b.update && Same(a.seconds, b.seconds) &&
         a.contributions == b.contributions &&
         Same(a.mean_staleness, b.mean_staleness);
}
bool Same(const EventRecord& a, const EventRecord& b) {
  return a.kind == b.kind && a.worker == b.worker && a.gradient == b.gradient &&
         a.version == b.version && Same(a.seconds, b.seconds) &&
         a.pace == b.pace;
}
template <typename T>
bool Same(const std::vector<T>& a, const std::vector<T>& b) {
  return std::ranges::equal(a, b,
                            [](const T& x, const T& y) { return Same(x, y); });
}

void ExpectSame(const RaceEntry& a, const RaceEntry& b) {
  EXPECT_EQ(a.name, b.name);
  EXPECT_EQ(a.repeat, b.repeat);
  EXPECT_TRUE(Same(a.seconds_to_target, b.seconds_to_target));
  const Summary& x = a.summary;
  const Summary& y = b.summary;
  EXPECT_EQ(x.termination, y.termination);
  EXPECT_EQ(x.message, y.message);
  EXPECT_EQ(x.num_workers, y.num_workers);
  EXPECT_TRUE(Same(x.seconds, y.seconds));
  EXPECT_TRUE(Same(x.last_update_seconds, y.last_update_seconds));
  EXPECT_EQ(x.updates, y.updates);
  EXPECT_EQ(x.gradients.started, y.gradients.started);
  EXPECT_EQ(x.gradients.applied, y.gradients.applied);
  EXPECT_EQ(x.gradients.cancelled, y.gradients.cancelled);
  EXPECT_EQ(x.gradients.dropped, y.gradients.dropped);
  EXPECT_EQ(x.gradients.unfinished, y.gradients.unfinished);
  EXPECT_EQ(x.staleness.Counts(), y.staleness.Counts());
  EXPECT_TRUE(Same(x.curve, y.curve));
  EXPECT_TRUE(Same(x.worker_seconds.computing, y.worker_seconds.computing));
  EXPECT_TRUE(Same(x.worker_seconds.straggling, y.worker_seconds.straggling));
  EXPECT_TRUE(Same(x.worker_seconds.waiting, y.worker_seconds.waiting));
  EXPECT_TRUE(
      Same(x.worker_seconds.communicating, y.worker_seconds.communicating));
  EXPECT_TRUE(Same(x.worker_seconds.cancelled, y.worker_seconds.cancelled));
  EXPECT_TRUE(Same(x.delay_overshoot.p50, y.delay_overshoot.p50));
  EXPECT_TRUE(Same(x.delay_overshoot.p99, y.delay_overshoot.p99));
  EXPECT_TRUE(Same(x.compute_load, y.compute_load));
  EXPECT_TRUE(Same(x.computing_per_gradient, y.computing_per_gradient));
  EXPECT_EQ(x.parameters_checksum, y.parameters_checksum);
  EXPECT_EQ(x.contributions_recorded, y.contributions_recorded);
  EXPECT_EQ(x.contributions_kept, y.contributions_kept);
  EXPECT_EQ(x.updates_kept, y.updates_kept);
}

// What is written -------------------------------------------------------------

// Draws runs that could be: any numbers, but such as belong together.
class Draw {
 public:
  explicit Draw(std::uint64_t seed) : engine_(seed) {}

  RecordedRun Run(const std::string& name, std::uint64_t repeat) {
    RecordedRun run;
    run.entry.name = name;
    run.entry.repeat = repeat;
    run.entry.seconds_to_target = Maybe();
    for (int i = Index(5); i > 0; --i) {
      run.contributions.push_back(
          {.worker = Index(2),
           .local_steps = 1 + Index(9),
           .gradient = Count(),
           .version_read = Count(),
           .version_counted = Maybe() ? Count() : -1,
           .seconds_released = Number(),
           .seconds_started = Number(),
           .seconds_computed = OrNan(),
           .seconds_arrived = OrNan(),
           .step = Number(),
           .bytes = Count(),
           .weight = static_cast<float>(Index(1000)) / 7.0F,
           .fate = static_cast<Fate>(Index(4))});
    }
    for (int i = Index(5); i > 0; --i) {
      run.updates.push_back({Count(), Number(), Index(5), OrNan()});
    }
    for (int i = Index(5); i > 0; --i) {
      run.events.push_back({static_cast<EventKind>(Index(5)),
                            Index(3) - 1,
                            Maybe() ? Count() : -1,
                            Count(),
                            Number(),
                            {Index(9), Index(9), Number()}});
    }
    Fill(run.entry.summary);
    run.entry.summary.contributions_kept =
        static_cast<std::int64_t>(run.contributions.size());
    run.entry.summary.updates_kept =
        static_cast<std::int64_t>(run.updates.size());
    return run;
  }

 private:
  int Index(int count) { return static_cast<int>(engine_() % count); }
  std::int64_t Count() {
    return static_cast<std::int64_t>(engine_() >> (1 + engine_() % 63));
  }
  // Any finite double.
  double Number() {
    const double value = std::bit_cast<double>(engine_());
    return std::isfinite(value) ? value : Number();
  }
  double OrNan() { return Index(2) == 0 ? kNan : Number(); }
  std::optional<double> Maybe() {
    return Index(2) == 0 ? std::nullopt : std::optional(Number());
  }

  void Fill(Summary& summary) {
    summary.termination = static_cast<Termination>(Index(9));
    summary.message = Index(2) == 0 ? "" : "\"why\",\n\\ not";
    summary.num_workers = 2;
    summary.seconds = Number();
    summary.last_update_seconds = Number();
    summary.updates = Count();
    summary.gradients = {Count(), Count(), Count(), Count(), Count()};
    for (int i = Index(4); i > 0; --i) {
      summary.staleness.Count(Count() >> 20, engine_() >> 44 | 1);
    }
    for (int i = Index(4); i > 0; --i) {
      summary.curve.push_back(
          {Number(), Count(), Count(),
           Index(5) == 0 ? std::numeric_limits<double>::infinity() : OrNan(),
           OrNan(), OrNan(), Index(9), Index(9)});
    }
    summary.worker_seconds = {Number(), Number(), Number(), Number(), Number()};
    summary.delay_overshoot = {Maybe(), Maybe()};
    summary.compute_load = Maybe();
    summary.computing_per_gradient = Maybe();
    summary.parameters_checksum = "0123456789abcdef";
    summary.contributions_recorded = Count();
  }

  std::mt19937_64 engine_;
};

std::vector<RecordedRun> DrawRace(const Experiment& experiment,
                                  std::uint64_t seed) {
  Draw draw(seed);
  std::vector<RecordedRun> runs;
  for (std::uint64_t repeat = 0; repeat < experiment.repeats; ++repeat) {
    for (const Racer& racer : experiment.racers) {
      runs.push_back(draw.Run(racer.name, repeat));
    }
  }
  return runs;
}

void Write(const std::string& path, const Experiment& experiment,
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

void ExpectSame(const std::vector<RecordedRun>& a,
                const std::vector<RecordedRun>& b) {
  ASSERT_EQ(a.size(), b.size());
  for (std::size_t i = 0; i < a.size(); ++i) {
    ExpectSame(a[i].entry, b[i].entry);
    EXPECT_TRUE(Same(a[i].contributions, b[i].contributions)) << i;
    EXPECT_TRUE(Same(a[i].updates, b[i].updates)) << i;
    EXPECT_TRUE(Same(a[i].events, b[i].events)) << i;
  }
}

// The error that reading says, or nothing.
std::string ErrorOf(const std::string& path) {
  try {
    (void)ReadRunDirectory(path);
    return "";
  } catch (const InputError& error) {
    return error.what();
  }
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

// Lossless --------------------------------------------------------------------

RC_GTEST_FIXTURE_PROP(ReadRun, IsTheInverseOfWriting, (std::uint64_t seed)) {
  std::filesystem::remove_all(path_);
  const Experiment experiment = TwoRacers();
  const auto runs = DrawRace(experiment, seed);
  Write(path_, experiment, runs);
  const RecordedRace race = ReadRunDirectory(path_);
  ExpectSame(race.runs, runs);
  RC_ASSERT(!HasFailure());
  RC_ASSERT(race.is_complete);
  RC_ASSERT(race.target_loss == 0.5);
  RC_ASSERT(ResolvedToml(race.experiment) == ResolvedToml(experiment));
}

TEST_F(ReadRun, ReadsWhatARaceWrote) {
  const Experiment experiment = TwoRacers();
  const ExperimentResult result = RaceExperiment(experiment, path_);
  const RecordedRace race = ReadRunDirectory(path_);
  EXPECT_EQ(race.path, path_);
  EXPECT_EQ(race.target_loss, result.race.target_loss);
  ASSERT_EQ(race.runs.size(), 4u);
  for (std::size_t i = 0; i < 4; ++i) {
    ExpectSame(race.runs[i].entry, result.race.entries[i]);
    EXPECT_EQ(race.runs[i].updates.size(), 20u);
  }
}

TEST_F(ReadRun, AVirtualRaceHasNoEvents) {
  const Experiment experiment = TwoRacers("virtual");
  auto runs = DrawRace(experiment, 3);
  for (RecordedRun& run : runs) run.events.clear();
  Write(path_, experiment, runs);
  EXPECT_FALSE(std::filesystem::exists(File("events.csv")));
  ExpectSame(ReadRunDirectory(path_).runs, runs);
}

TEST_F(ReadRun, KeepsRunsOfARaceThatWasCutShort) {
  const Experiment experiment = TwoRacers();
  auto runs = DrawRace(experiment, 5);
  runs.resize(2);
  Write(path_, experiment, runs, /*complete=*/false, std::nullopt);
  // A third run was on its way, and killed in the middle of a write.
  std::ofstream(File("updates.csv"), std::ios::app)
      << "sync,1,1,0.1,2,0\nsync,1,2,0.2,2,0\nsync,1,3,0.";
  const RecordedRace race = ReadRunDirectory(path_);
  EXPECT_FALSE(race.is_complete);
  EXPECT_FALSE(race.target_loss.has_value());
  ExpectSame(race.runs, runs);
}

TEST_F(ReadRun, ReadsManyRowsAcrossBlocks) {
  const Experiment experiment = TwoRacers();
  auto runs = DrawRace(experiment, 11);
  for (int i = 0; i < 20'000; ++i) {
    runs[1].contributions.push_back({.worker = i % 2,
                                     .gradient = i,
                                     .version_read = i,
                                     .version_counted = i,
                                     .seconds_released = 0.1 * i,
                                     .seconds_started = 0.1 * i,
                                     .seconds_computed = 0.3 * i,
                                     .seconds_arrived = 0.7 * i,
                                     .fate = Fate::kApplied});
  }
  runs[1].entry.summary.contributions_kept =
      static_cast<std::int64_t>(runs[1].contributions.size());
  Write(path_, experiment, runs);
  ExpectSame(ReadRunDirectory(path_).runs, runs);
}

// Malformed -------------------------------------------------------------------

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

// What version 2 does not say is what the racer did all the time.
TEST(ReadRunOfVersion2, TakesThePaceOfTheRacer) {
  const RecordedRace race = ReadRunDirectory(
      TORTOISE_SOURCE_DIR "/tests/experiment/run_directory/format_2/race");
  int num_long = 0;
  for (const RecordedRun& run : race.runs) {
    const int local_steps = run.entry.name == "local-sgd" ? 2 : 1;
    EXPECT_EQ(run.entry.summary.gradients.dropped, 0);
    EXPECT_EQ(run.entry.summary.curve.back().pace.step, 0.25);
    ASSERT_FALSE(run.contributions.empty());
    for (const ContributionRecord& c : run.contributions) {
      EXPECT_EQ(c.local_steps, local_steps) << run.entry.name;
      EXPECT_EQ(c.step, 0.25);
      EXPECT_EQ(c.weight, 1.0F);
      num_long += c.local_steps == 2 ? 1 : 0;
    }
  }
  EXPECT_GT(num_long, 0);
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
