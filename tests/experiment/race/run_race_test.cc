// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/run_race.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <stop_token>

#include "experiment/race/forecast.h"
#include "experiment/run_directory/environment.h"
#include "experiment/temporary_folder.h"

namespace tortoise {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr std::string_view kQuadratic = R"(
name = "small"
repeats = 2
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
[[racer]]
protocol = "k-batch-async"
quorum = 2
[[racer]]
protocol = "local-sgd"
local_steps = 3
)";

Experiment Parse(std::string_view text,
                 const std::vector<std::string>& overrides = {}) {
  return ParseExperiment(text, "test.toml", "/", overrides);
}

class RunRaceTest : public testing::Test {
 protected:
  [[nodiscard]] std::vector<std::vector<std::string>> Rows(
      const std::string& name) const {
    std::vector<std::vector<std::string>> rows;
    for (const std::string& line : SplitLines(ReadText(path_ + "/" + name))) {
      rows.emplace_back();
      std::istringstream fields(line);
      for (std::string field; std::getline(fields, field, ',');) {
        rows.back().push_back(field);
      }
    }
    rows.erase(rows.begin());
    return rows;
  }
  [[nodiscard]] bool Exists(const std::string& name) const {
    return std::filesystem::exists(path_ + "/" + name);
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/run";
};

TEST_F(RunRaceTest, RacesEveryRacerInEveryRepeat) {
  const ExperimentResult result = RaceExperiment(Parse(kQuadratic), path_);
  EXPECT_FALSE(result.interrupted);
  EXPECT_EQ(result.race.entries.size(), 6u);
  EXPECT_TRUE(Exists("DONE"));
  const json summary = json::parse(ReadText(path_ + "/summary.json"));
  EXPECT_EQ(summary["racers"].size(), 6u);
  EXPECT_TRUE(summary["problem"]["num_samples"].is_null());
  EXPECT_EQ(summary["problem"]["num_parameters"], 5);
  for (const json& racer : summary["racers"]) {
    EXPECT_EQ(racer["termination"], "updates");
    EXPECT_EQ(racer["updates"], 40);
  }
}

// Every contribution has one row, and stands for tau gradients.
TEST_F(RunRaceTest, ContributionsAddUpToTheGradientsOfTheSummary) {
  const Experiment experiment = Parse(kQuadratic);
  (void)RaceExperiment(experiment, path_);
  std::map<std::string, std::map<std::string, int>> counted;
  for (const auto& row : Rows("contributions.csv")) {
    ++counted[row[0] + "," + row[1]][row[10]];
  }
  std::map<std::string, int> staleness;
  for (const auto& row : Rows("staleness.csv")) {
    staleness[row[0] + "," + row[1]] += std::stoi(row[3]);
  }
  const json summary = json::parse(ReadText(path_ + "/summary.json"));
  for (const json& racer : summary["racers"]) {
    const std::string key =
        std::string(racer["name"]) + "," + racer["repeat"].dump();
    const int tau = racer["local_steps"];
    auto& fates = counted[key];
    const json& gradients = racer["gradients"];
    EXPECT_EQ(gradients["applied"], fates["applied"] * tau) << key;
    EXPECT_EQ(gradients["cancelled"], fates["cancelled"] * tau) << key;
    EXPECT_EQ(gradients["unfinished"], fates["unfinished"] * tau) << key;
    EXPECT_EQ(
        gradients["started"],
        (fates["applied"] + fates["cancelled"] + fates["unfinished"]) * tau);
    EXPECT_EQ(staleness[key], fates["applied"]) << key;
  }
}

TEST_F(RunRaceTest, CurvesStartAtTimeZeroAndEndAtTheLastUpdate) {
  (void)RaceExperiment(Parse(kQuadratic), path_);
  std::string last_key;
  std::string last_updates;
  for (const auto& row : Rows("curves.csv")) {
    const std::string key = row[0] + "," + row[1];
    if (key != last_key) {
      EXPECT_EQ(row[2], "0") << key;
      EXPECT_EQ(row[3], "0") << key;
      if (!last_key.empty()) {
        EXPECT_EQ(last_updates, "40") << last_key;
      }
    }
    last_key = key;
    last_updates = row[3];
  }
  EXPECT_EQ(last_updates, "40");
}

TEST_F(RunRaceTest, TheResolvedExperimentRepeatsTheRace) {
  const Experiment experiment = Parse(kQuadratic);
  (void)RaceExperiment(experiment, path_);
  const Experiment again = ReadExperiment(path_ + "/experiment.toml");
  EXPECT_EQ(ResolvedToml(again), ResolvedToml(experiment));
}

TEST_F(RunRaceTest, ParametersMayBeDoubles) {
  const ExperimentResult result = RaceExperiment(
      Parse(kQuadratic, {"problem.precision=double", "repeats=1"}), path_);
  EXPECT_EQ(result.race.entries.size(), 3u);
}

// Asks to stop while the second racer runs.
class Interrupter final : public RaceObserver {
 public:
  void OnStart(std::size_t racer, std::uint64_t) override {
    if (racer == 1) source_.request_stop();
  }
  [[nodiscard]] std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
};

TEST_F(RunRaceTest, AnInterruptedRaceKeepsWhatWasMeasured) {
  Interrupter interrupter;
  const ExperimentResult result =
      RaceExperiment(Parse(kQuadratic), path_,
                     {.observer = &interrupter, .stop = interrupter.token()});
  EXPECT_TRUE(result.interrupted);
  EXPECT_FALSE(Exists("DONE"));
  const json summary = json::parse(ReadText(path_ + "/summary.json"));
  ASSERT_EQ(summary["racers"].size(), 2u);
  EXPECT_EQ(summary["racers"][0]["termination"], "updates");
  EXPECT_EQ(summary["racers"][1]["termination"], "interrupted");
  EXPECT_TRUE(json::accept(ReadText(path_ + "/trace.json")));
}

TEST_F(RunRaceTest, ARaceInterruptedWhileLoadingLeavesNothing) {
  std::stop_source source;
  source.request_stop();
  const ExperimentResult result =
      RaceExperiment(Parse(kQuadratic), path_, {.stop = source.get_token()});
  EXPECT_TRUE(result.interrupted);
  EXPECT_TRUE(result.race.entries.empty());
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RunRaceTest, BadDataLeaveNoFolder) {
  const std::string data = folder_.path() + "/data.libsvm";
  WriteText(data, "1 1:x\n");
  const Experiment experiment =
      Parse("[problem]\nobjective = \"logistic\"\ndata = \"" + data +
            "\"\n[workers]\ncount = 1\n[step]\nsize = 0.1\n[stop]\n"
            "updates = 1\n[[racer]]\nprotocol = \"sync\"\n");
  EXPECT_THROW((void)RaceExperiment(experiment, path_), InputError);
  EXPECT_FALSE(std::filesystem::exists(path_));
}

TEST_F(RunRaceTest, AnExistingFolderIsRefusedAndLeftAlone) {
  std::filesystem::create_directory(path_);
  WriteText(path_ + "/mine", "precious");
  EXPECT_THROW((void)RaceExperiment(Parse(kQuadratic), path_), InputError);
  EXPECT_EQ(ReadText(path_ + "/mine"), "precious");
}

// Warnings -------------------------------------------------------------------

struct Finished {
  std::vector<Racer> racers;
  RaceResult result;
};

Finished OneRacer() {
  Finished race;
  race.racers.push_back({.name = "async", .options = {}});
  race.racers[0].options.method = MakeMethod("async", 2);
  race.racers[0].options.delay = DelayLaw::Exponential(0.01);
  race.result.entries.emplace_back().name = "async";
  return race;
}

TEST(RaceWarnings, SayNothingOfAGoodRace) {
  Finished race = OneRacer();
  race.result.entries[0].summary.compute_load = 0.5;
  race.result.entries[0].summary.delay_overshoot = {.p50 = 1e-4, .p99 = 1e-3};
  EXPECT_THAT(RaceWarnings(race.racers, race.result, 0.05), IsEmpty());
  EXPECT_THAT(RaceWarnings(race.racers, race.result, std::nullopt), IsEmpty());
}

TEST(RaceWarnings, NameTheRacerAndTheReason) {
  Finished race = OneRacer();
  race.result.entries[0].summary.compute_load = 0.75;
  race.result.entries[0].summary.delay_overshoot = {.p50 = 1e-4, .p99 = 5e-3};
  EXPECT_THAT(RaceWarnings(race.racers, race.result, 0.2),
              ElementsAre(HasSubstr("async: compute load 0.75"),
                          HasSubstr("async: 1 % of the delays ended late by "
                                    "more than 50 %"),
                          HasSubstr("took 20 % of the processor time")));
}

TEST(ForeignLoad, IsAShare) {
  const ForeignLoad load;
  // Long enough for the ticks of /proc/stat to move; they may also go back a
  // little, so what was read once is not read again.
  std::optional<double> share;
  while (!share) share = load.Share();
  EXPECT_GE(*share, 0.0);
  EXPECT_LE(*share, 1.0);
}

// Forecast -------------------------------------------------------------------

TEST(Forecast, SecondsAreAnUpperAndALowerBound) {
  const RaceForecast forecast = ForecastRace(
      Parse(kQuadratic, {"stop.updates=1000000000", "stop.seconds=2"}));
  EXPECT_DOUBLE_EQ(forecast.most_seconds, 2.0 * 2 * 3);
  EXPECT_DOUBLE_EQ(forecast.least_seconds, 2.0 * 2 * 3);
  EXPECT_EQ(forecast.racers.size(), 3u);
}

TEST(Forecast, UpdatesGiveALowerBound) {
  // Far above the time of computing, on any machine.
  const RaceForecast forecast =
      ForecastRace(Parse(kQuadratic, {"workers.delay.mean=1s"}));
  EXPECT_TRUE(std::isinf(forecast.most_seconds));
  // k-sync: 40 updates of 2 gradients of 1 s by 3 workers, at the very least.
  EXPECT_DOUBLE_EQ(forecast.racers[0].least_seconds, 40 * 2 / 3.0);
  // local-sgd: quorum 3, tau 3.
  EXPECT_DOUBLE_EQ(forecast.racers[2].least_seconds, 40 * 9 / 3.0);
}

TEST(Forecast, ComputeLoadFollowsTheDelay) {
  const RaceForecast slow =
      ForecastRace(Parse(kQuadratic, {"workers.delay.mean=1s"}));
  const RaceForecast none = ForecastRace(Parse(
      kQuadratic, {"workers.delay={distribution=\"constant\", value=0}"}));
  ASSERT_TRUE(slow.racers[0].compute_load.has_value());
  EXPECT_GT(*slow.racers[0].compute_load, 0.0);
  EXPECT_LT(*slow.racers[0].compute_load, 0.5);
  EXPECT_FALSE(none.racers[0].compute_load.has_value());
}

}  // namespace
}  // namespace tortoise
