// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "core/text.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

const std::string kExamples = TORTOISE_SOURCE_DIR "/data/experiments";

bool SameLaw(const DelayLaw& a, const DelayLaw& b) {
  return a.name() == b.name() && a.keys() == b.keys();
}

bool SameSpeed(const SpeedOptions& a, const SpeedOptions& b) {
  const bool same_bursts =
      a.bursts.has_value() == b.bursts.has_value() &&
      (!a.bursts ||
       (a.bursts->speed == b.bursts->speed &&
        a.bursts->mean_normal_seconds == b.bursts->mean_normal_seconds &&
        a.bursts->mean_slow_seconds == b.bursts->mean_slow_seconds));
  return same_bursts && a.speed == b.speed && a.stops_at == b.stops_at;
}

// Everything that a run of this racer is a function of.
bool SameRacer(const Racer& a, const Racer& b) {
  const RunOptions& x = a.options;
  const RunOptions& y = b.options;
  const Synchrony& s = x.method.synchrony;
  const Synchrony& t = y.method.synchrony;
  return a.name == b.name && x.method.protocol == y.method.protocol &&
         x.method.num_workers == y.method.num_workers && s.quorum == t.quorum &&
         s.staleness_bound == t.staleness_bound &&
         x.method.local_steps == y.method.local_steps &&
         x.method.aggregation == y.method.aggregation &&
         x.batch_size == y.batch_size && x.sampling == y.sampling &&
         x.step_size == y.step_size && x.delay == y.delay &&
         x.delay_mode == y.delay_mode && x.clock == y.clock &&
         x.compute_seconds == y.compute_seconds &&
         SameLaw(x.round_delay, y.round_delay) && SameSpeed(x.speed, y.speed) &&
         x.seed == y.seed && x.stop.seconds == y.stop.seconds &&
         x.stop.updates == y.stop.updates && x.stop.epochs == y.stop.epochs &&
         x.stop.target_loss == y.stop.target_loss &&
         x.report.snapshots == y.report.snapshots &&
         x.report.contributions == y.report.contributions &&
         x.report.target_loss == y.report.target_loss;
}

void ExpectResolvesToItself(const Experiment& experiment) {
  const std::string text = ResolvedToml(experiment);
  SCOPED_TRACE(text);
  const Experiment again = ParseExperiment(text, "other.toml", "/elsewhere");
  EXPECT_EQ(ResolvedToml(again), text);
  EXPECT_EQ(again.name, experiment.name);
  EXPECT_EQ(again.seed(), experiment.seed());
  EXPECT_EQ(again.repeats, experiment.repeats);
  ASSERT_EQ(again.racers.size(), experiment.racers.size());
  for (std::size_t k = 0; k < again.racers.size(); ++k) {
    EXPECT_TRUE(SameRacer(again.racers[k], experiment.racers[k]))
        << again.racers[k].name;
  }
}

TEST(ResolvedToml, SpellsOutEveryDefault) {
  const Experiment e = ParseExperiment(R"(
[problem]
objective = "softmax"
data = "train.csv"
[workers]
count = 2
[step]
size = 0.1
[stop]
seconds = "1s"
[[racer]]
protocol = "hogwild"
[[racer]]
protocol = "async"
step.size = [0.1, 0.2]
)",
                                       "r.toml", "/base");
  EXPECT_EQ(ResolvedToml(e), R"(# tortoise experiment, format 1
name = "r"
seed = 1
repeats = 1
clock = "wall"

[problem]
objective = "softmax"
precision = "float"
data = "/base/train.csv"
format = "auto"
l2 = 0

[report]
snapshots = 60
contributions = 1000000

[stop]
seconds = 1

[workers]
count = 2
batch_size = 32
sampling = "uniform"
delay = { distribution = "constant", value = 0 }
delay_mode = "total"

[communication]
round_delay = { distribution = "constant", value = 0 }

[step]
size = 0.1

[[racer]]
name = "hogwild"
protocol = "hogwild"
local_steps = 1
memory = "lossy"

[[racer]]
name = "async size=0.1"
protocol = "async"

[[racer]]
name = "async size=0.2"
protocol = "async"
step.size = 0.2
)");
}

TEST(ResolvedToml, KeepsStringsAndNumbersThatNeedCare) {
  const Experiment e = ParseExperiment(R"(
name = "a \"quoted\" \\ \u03c4"
problem = { objective = "quadratic", L = 123456789012345680000.0, c = 1e-300 }
workers.count = 1
step.size = 0.1000000000000000055
stop.updates = 9223372036854775806
report.target_loss = -0.0
[[racer]]
protocol = "sync"
)",
                                       "r.toml", "/base");
  EXPECT_EQ(e.problem.quadratic.L, 123456789012345680000.0);
  EXPECT_THAT(ResolvedToml(e), HasSubstr("a \\\"quoted\\\" \\\\ \xcf\x84"));
  ExpectResolvesToItself(e);
}

TEST(ResolvedToml, OfEveryExampleReadsBack) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kExamples)) {
    SCOPED_TRACE(entry.path().string());
    ExpectResolvesToItself(ReadExperiment(entry.path().string()));
    ++count;
  }
  EXPECT_GE(count, 4u);
}

TEST(FirstRace, RacesAllPresetsInOneMinute) {
  const Experiment e = ReadExperiment(kExamples + "/first_race.toml");
  std::vector<std::string> protocols;
  for (const Racer& racer : e.racers) {
    protocols.push_back(racer.options.method.protocol);
  }
  for (const Preset& preset : Presets()) {
    EXPECT_THAT(protocols, ::testing::Contains(preset.name));
  }
  EXPECT_LE(e.stop().seconds * static_cast<double>(e.racers.size()) *
                static_cast<double>(e.repeats),
            60.0);
}

// --- Random experiments ------------------------------------------------------

std::string Number(double low, double high) {
  const int share = *rc::gen::inRange(0, 1'000'000);
  return ShortestDecimal(low + (high - low) * share / 1e6);
}

std::string OneOf(std::vector<std::string> words) {
  return *rc::gen::elementOf(std::move(words));
}

std::string RandomLaw() {
  const auto laws = DelayLaws();
  const DelayLawInfo& law =
      laws[*rc::gen::inRange<std::size_t>(0, laws.size())];
  std::string text = "{ distribution = \"" + law.name + "\"";
  for (const DelayLawInfo::Key& key : law.keys) {
    std::string value = Number(0.1, 0.9);
    if (key.name == "high" || key.name == "slow") value = Number(1, 9);
    if (key.is_time) value = OneOf({value, '"' + value + "ms\""});
    if (key.name == "low" || key.name == "fast") value = "\"2us\"";
    if (key.name == "high" || key.name == "slow") value = "7.25";
    if (key.name == "means") value = "[" + value + ", " + value + "]";
    if (key.name == "probabilities") value = "[0.25, 0.75]";
    text += ", " + key.name + " = " + value;
  }
  return text + " }";
}

std::string RandomRacer(int workers) {
  const auto presets = Presets();
  const Preset& preset =
      presets[*rc::gen::inRange<std::size_t>(0, presets.size())];
  std::string text = "[[racer]]\nprotocol = \"" + preset.name + "\"\n";
  const auto wants = [](Taken taken) {
    return taken == Taken::kRequired ||
           (taken == Taken::kOptional && *rc::gen::arbitrary<bool>());
  };
  const std::string k = std::to_string(*rc::gen::inRange(1, workers + 1));
  if (wants(preset.Takes("quorum")))
    text += "quorum = " + OneOf({k, "[" + k + "]"});
  if (wants(preset.Takes("local_steps"))) text += "local_steps = [1, 3]";
  if (wants(preset.Takes("staleness_bound"))) text += "staleness_bound = 0";
  text += '\n';
  if (wants(preset.Takes("memory")))
    text += "memory = [\"locked\", \"sharded\"]\n";
  if (*rc::gen::arbitrary<bool>()) {
    text += "step.size = [" + Number(0.1, 0.4) + ", " + Number(0.5, 1) + "]\n";
  }
  if (*rc::gen::arbitrary<bool>()) {
    text += "workers.delay = " + RandomLaw() + "\n";
  }
  if (*rc::gen::arbitrary<bool>()) {
    text += "workers.batch_size = " + std::to_string(workers) + "\n";
  }
  return text;
}

std::string RandomExperiment() {
  const int workers = *rc::gen::inRange(1, 6);
  std::string list = Number(0.5, 2);
  for (int w = 1; w < workers; ++w) list += ", " + Number(0.5, 2);
  std::string text = "seed = " + std::to_string(*rc::gen::inRange(0, 1 << 30));
  text += "\nrepeats = " + std::to_string(*rc::gen::inRange(1, 9));
  const bool is_virtual = *rc::gen::arbitrary<bool>();
  if (is_virtual) text += "\nclock = \"virtual\"";
  text += "\n[problem]\n";
  text += OneOf({"objective = \"quadratic\"\nsigma = 2\n",
                 "objective = \"mlp\"\ndata = \"a.idx\"\nhidden = [3, 4]\n",
                 "objective = \"hinge\"\nintercept = true\n"
                 "data = { generate = \"sparse-classification\" }\n"});
  text += "[workers]\ncount = " + std::to_string(workers) + "\n";
  text += "delay = " + RandomLaw() + "\n";
  if (is_virtual) text += "compute = " + OneOf({"0.25", "\"3ms\"", "0"}) + "\n";
  if (*rc::gen::arbitrary<bool>()) text += "speed = [" + list + "]\n";
  if (*rc::gen::arbitrary<bool>()) text += "stops_at = [" + list + "]\n";
  if (*rc::gen::arbitrary<bool>()) {
    text +=
        "bursts = { speed = 0, mean_normal_seconds = \"1min\", "
        "mean_slow_seconds = " +
        Number(1, 2) + " }\n";
  }
  if (*rc::gen::arbitrary<bool>()) text += "[theory]\nL = 3\ngamma = 0.5\n";
  text += "[communication]\nround_delay = " + RandomLaw() + "\n";
  text += "[step]\nsize = " + Number(0.1, 1) + "\n";
  text += "[stop]\nupdates = 10\nseconds = " + Number(1, 9) + "\n";
  text += "[report]\ncontributions = " + OneOf({"\"all\"", "\"none\"", "7"});
  text += "\n";
  const int racers = *rc::gen::inRange(1, 5);
  for (int r = 0; r < racers; ++r) {
    text += RandomRacer(workers) + "name = \"r" + std::to_string(r) + "\"\n";
  }
  return text;
}

RC_GTEST_PROP(ResolvedToml, ReadsBackAsTheSameExperiment, ()) {
  const std::string file = RandomExperiment();
  const Experiment e = ParseExperiment(file, "r.toml", "/base");
  const std::string text = ResolvedToml(e);
  const Experiment again = ParseExperiment(text, "other.toml", "/elsewhere");
  // The name differs by file, and is written.
  RC_ASSERT(again.name == e.name);
  RC_ASSERT(ResolvedToml(again) == text);
  RC_ASSERT(again.racers.size() == e.racers.size());
  for (std::size_t k = 0; k < e.racers.size(); ++k) {
    RC_ASSERT(SameRacer(again.racers[k], e.racers[k]));
  }
}

}  // namespace
}  // namespace tortoise
