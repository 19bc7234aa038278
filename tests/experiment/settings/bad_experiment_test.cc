// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <cstddef>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

// A valid experiment. A case replaces one of its lines, or appends one.
std::vector<std::string> ValidLines() {
  return {
      /* 1*/ "seed = 1",
      /* 2*/ "[problem]",
      /* 3*/ "objective = \"softmax\"",
      /* 4*/ "data = \"train.csv\"",
      /* 5*/ "[workers]",
      /* 6*/ "count = 4",
      /* 7*/ "delay = { distribution = \"exponential\", mean = \"5ms\" }",
      /* 8*/ "[step]",
      /* 9*/ "size = 0.1",
      /*10*/ "[stop]",
      /*11*/ "seconds = 1",
      /*12*/ "[[racer]]",
      /*13*/ "protocol = \"k-async\"",
      /*14*/ "quorum = 2",
  };
}

std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

std::string ErrorOf(const std::string& text, std::size_t* line = nullptr,
                    const std::vector<std::string>& overrides = {}) {
  try {
    (void)ParseExperiment(text, "race.toml", "/base", overrides);
  } catch (const InputError& error) {
    if (line != nullptr) *line = error.line();
    return error.what();
  }
  return "no error";
}

struct BadLine {
  std::size_t replaced;  // 1 .. 14, or 15 to append
  std::string text;
  std::string message;   // part of it
  std::size_t line = 0;  // expected; 0: the replaced one
};

void Check(const BadLine& bad) {
  SCOPED_TRACE(bad.text);
  std::vector<std::string> lines = ValidLines();
  if (bad.replaced > lines.size()) lines.emplace_back();
  lines[bad.replaced - 1] = bad.text;
  std::size_t line = 0;
  const std::string message = ErrorOf(Join(lines), &line);
  EXPECT_THAT(message, HasSubstr(bad.message));
  const std::size_t expected = bad.line > 0 ? bad.line : bad.replaced;
  EXPECT_EQ(line, expected) << message;
  EXPECT_THAT(message, ::testing::StartsWith(
                           "race.toml:" + std::to_string(expected) + ": "));
}

void CheckAll(const std::vector<BadLine>& all) {
  for (const BadLine& bad : all) Check(bad);
}

const std::vector<BadLine> kTypingMistakes = {
    {1, "sed = 1", "sed: unknown key; did you mean seed?"},
    {1, "batch_size = 1",
     "batch_size: unknown key; did you mean "
     "workers.batch_size?"},
    {1, "quorum = 1", "quorum: unknown key; did you mean quorum in [[racer]]?"},
    {1, "xyzzy = 1", "xyzzy: unknown key"},
    {1, "\"workers.count\" = 1", "workers.count: unknown key"},
    {2, "[problems]", "problems: unknown key; did you mean problem?"},
    {6, "cout = 4", "workers.cout: unknown key; did you mean workers.count?"},
    {6, "size = 4", "workers.size: unknown key; did you mean step.size?"},
    {14, "size = 4", "racer.0.size: unknown key; did you mean step.size?"},
    {14, "quorm = 4", "racer.0.quorm: unknown key; did you mean quorum?"},
    {14, "stop.seconds = 4", "racer.0.stop: unknown key"},
    {7, "delay = { distributon = \"exponential\", mean = 1 }",
     "workers.delay: needs distribution"},
    {7, "delay = { distribution = \"exponental\", mean = 1 }",
     "did you mean \"exponential\"?"},
    {7, "delay = { distribution = \"exponential\", men = 1 }",
     "workers.delay.men: unknown key; did you mean mean?"},
    {7, "delay = { distribution = \"exponential\", mean = 1, shape = 2 }",
     "workers.delay.shape: exponential takes no such key, but mean"},
    {3, "objective = \"softmaxx\"", "did you mean \"softmax\"?"},
    {13, "protocol = \"k-asinc\"", "did you mean \"k-async\"?"},
    {4, "data = { generat = \"digits\" }", "problem.data: a table needs"},
    {4, "data = { generate = \"digitz\" }", "did you mean \"digits\"?"},
    {4, "data = { generate = \"digits\", row = 3 }",
     "problem.data.row: unknown key; did you mean rows?"},
};
TEST(BadExperiment, SuggestsWhatWasMeant) { CheckAll(kTypingMistakes); }

const std::vector<BadLine> kWrongTypes = {
    {1, "seed = 1.5", "seed: must be an integer of at least 0, not 1.5"},
    {1, "seed = -1", "seed: must be an integer of at least 0, not -1"},
    {1, "seed = \"one\"", "not \"one\""},
    {1, "seed = 9223372036854775808", ""},
    {1, "name = 3", "name: must be a string, not 3"},
    {1, "name = \"a/b\"", "name: must be fit for the name of a folder"},
    {1, "name = \"a\\u0007b\"", "name: must not contain control characters"},
    {1, "repeats = 0", "repeats: must be an integer from 1"},
    {1, "repeats = true", "not true"},
    {1, "clock = \"vall\"", "did you mean \"wall\"?"},
    {1, "problem = 3", "", 2},
    {3, "objective = 3", "problem.objective: must be one of \"least-squares\""},
    {4, "data = 3", "problem.data: must be the path of a file, or a table"},
    {4, "data = \"\"", "problem.data: must not be an empty path"},
    {5, "[[workers]]", "workers: must be a table, not a list"},
    {6, "count = 4.0", "workers.count: must be an integer from 1 to 1000000"},
    {6, "count = \"4\"", "workers.count: must be an integer"},
    {6, "count = 2026-11-23", "not a date"},
    {1, "seed = [2, 4]",
     "not a list (a list makes racers only of keys that racers have)"},
    {6, "count = []", "workers.count: must not be an empty list"},
    {7, "delay = 5", "workers.delay: must be a table such as"},
    {7, "delay = { distribution = \"exponential\", mean = \"5 parsec\" }",
     "workers.delay.mean: must be a time of at least 0"},
    {7, "delay = { distribution = \"gamma\", shape = \"5ms\", mean = 1 }",
     "workers.delay.shape: must be a number"},
    {7,
     "delay = { distribution = \"hyper-exponential\", means = 1, "
     "probabilities = [1] }",
     "workers.delay.means: must be a list"},
    {7, "speed = 1", "workers.speed: must be a list"},
    {7, "speed = []", "workers.speed: must not be an empty list"},
    {9, "size = \"0.1\"", "step.size: must be a number above 0, not \"0.1\""},
    {9, "size = \"1ms\"", "step.size: must be a number above 0"},
    {12, "[racer]", "racer: must be written [[racer]]"},
    {13, "protocol = 3", "racer.0.protocol: must be one of"},
    {14, "quorum = 2.0", "racer.0.quorum: must be an integer"},
    {14, "quorum = { a = 1 }", "racer.0.quorum: must be an integer"},
    {14, "quorum = []", "racer.0.quorum: must not be an empty list"},
    {14, "name = [\"a\", \"b\"]", "racer.0.name: must be a string"},
    {14, "workers = 3", "racer.0.workers: must be a table, not 3"},
};
TEST(BadExperiment, NamesLineAndKeyOfWrongTypes) { CheckAll(kWrongTypes); }

const std::vector<BadLine> kImpossibleValues = {
    {6, "count = 0",
     "workers.count: must be an integer from 1 to 1000000, not 0"},
    {6, "count = 5000", "workers.count: must be at most 4096 on real threads"},
    {6, "count = 10000000000", "workers.count: must be an integer from 1"},
    {7, "batch_size = 0", "workers.batch_size: must be an integer from 1"},
    {7, "delay = { distribution = \"exponential\", mean = -1 }",
     "workers.delay.mean: must be a time of at least 0"},
    {7, "delay = { distribution = \"exponential\", mean = nan }", "not nan"},
    {7, "delay = { distribution = \"exponential\", mean = inf }", "not inf"},
    {7, "delay = { distribution = \"exponential\", mean = 0 }",
     "workers.delay.mean: mean = 0 must be > 0"},
    {7, "delay = { distribution = \"exponential\" }", "exponential needs mean"},
    {7, "delay = { distribution = \"uniform\", low = 2, high = 1 }",
     "workers.delay.high: high = 1 must be >= low = 2"},
    {7,
     "delay = { distribution = \"two-speed\", fast = 1, slow = 2, "
     "probability = 1.5 }",
     "workers.delay.probability: probability = 1.5"},
    {7,
     "delay = { distribution = \"hyper-exponential\", means = [1, 2], "
     "probabilities = [0.5, 0.4] }",
     "workers.delay: sum of probabilities"},
    {7, "delay = { trace = \"none.csv\" }",
     "workers.delay.trace: there is no file /base/none.csv"},
    {7, "delay = { trace = \"none.csv\", mean = 1 }",
     "workers.delay.mean: a delay from a trace takes no other key"},
    {7, "delay_mode = \"none\"", "workers.delay_mode: must be one of"},
    {7, "speed = [1, 1, 1]",
     "workers.speed: must have one entry for each of the 4 workers, not 3"},
    {7, "speed = [1, 1, 1, 0]", "workers.speed: must be a number above 0"},
    {7, "stops_at = [1, 1]", "workers.stops_at: must have one entry"},
    {7, "stops_at = [1, 1, 1, \"nevr\"]", "did you mean \"never\"?"},
    {7, "stops_at = [1, 1, 1, -1]", "workers.stops_at: must be a time"},
    {7, "bursts = { speed = 0.1 }",
     "workers.bursts: mean_normal_seconds is required"},
    {7, "bursts = {}", "workers.bursts: speed is required"},
    {7, "compute = 0.1", "workers.compute: belongs to clock = \"virtual\""},
    {7, "compute = \"measured\"", "workers.compute: belongs to clock"},
    {7, "compute = -1", "workers.compute: must be a time of at least 0"},
    {7, "compute = \"measure\"", "did you mean \"measured\"?"},
    {12, "[theory]\nL = 0\n[[racer]]", "theory.L: must be a number above 0",
     13},
    {12, "[theory]\nc = -1\n[[racer]]", "theory.c: must be a number above 0",
     13},
    {12, "[theory]\nL = 1\nc = 2\n[[racer]]",
     "theory.c: c = 2 must be at most L = 1", 14},
    {12, "[theory]\nsigma_squared = -1\n[[racer]]",
     "theory.sigma_squared: must be a number of at least 0", 13},
    {12, "[theory]\nnoise_growth = -1\n[[racer]]",
     "theory.noise_growth: must be a number of at least 0", 13},
    {12, "[theory]\ninitial_gap = nan\n[[racer]]",
     "theory.initial_gap: must be a number of at least 0", 13},
    {12, "[theory]\ngamma = -0.1\n[[racer]]",
     "theory.gamma: must be a number of at least 0", 13},
    {12, "[theory]\nfresh_probability = 1.1\n[[racer]]",
     "theory.fresh_probability: must be a number from 0 to 1", 13},
    {12, "[theory]\nsigma = 1\n[[racer]]", "theory.sigma: unknown key", 13},
    {8, "[communication]\nlatency = 1\n[step]",
     "communication.latency: is not available in this version", 9},
    {8, "[communication]\nround_delay = { trace = \"x.csv\" }\n[step]",
     "communication.round_delay: needs distribution", 9},
    {9, "size = 0", "step.size: must be a number above 0, not 0"},
    {9, "size = -0.1", "step.size: must be a number above 0, not -0.1"},
    {9, "size = nan", "step.size: must be a number above 0, not nan"},
    {9, "size = inf", "step.size: must be a number above 0, not inf"},
    {11, "seconds = 0", "stop.seconds: must be a time above 0"},
    {11, "seconds = \"-1s\"", "stop.seconds: must be a time above 0"},
    {11, "updates = 0", "stop.updates: must be an integer of at least 1"},
    {11, "epochs = nan", "stop.epochs: must be a number above 0"},
    {11, "seconds = 1\ntarget_loss = inf", "stop.target_loss: must be a number",
     12},
    {12, "[report]\nsnapshots = 0\n[[racer]]", "report.snapshots: must be", 13},
    {12, "[report]\ncontributions = \"al\"\n[[racer]]", "did you mean \"all\"?",
     13},
    {14, "quorum = 0", "racer.0.quorum: must be an integer of at least 1"},
    {14, "quorum = 5", "racer.0.quorum: quorum = 5 must be <= 4"},
    {14, "quorum = [2, 5]", "racer.0.quorum: quorum = 5 must be <= 4"},
    {14, "quorum = [2, 2]", "another racer (line 12) has the name", 12},
    {15, "local_steps = 2", "racer.0.local_steps: k-async does not take it"},
    {15, "staleness_bound = 2", "racer.0.staleness_bound: k-async does not"},
    {15, "memory = \"lossy\"", "racer.0.memory: k-async does not take it"},
    {15, "workers.count = 1", "racer.0.quorum: quorum = 2 must be <= 1", 14},
    {15, "step.size = [0.1, -1]", "racer.0.step.size: must be a number"},
    {15, "workers.delay.mean = \"-1ms\"", "racer.0.workers.delay.mean"},
    {15, "[[racer]]\nprotocol = \"k-async\"\nquorum = 2",
     "racer.1: another racer (line 12) has the name \"k-async\" too", 15},
    {15, "name = \"a,b\"", "neither a comma nor a quotation mark"},
    {15, "name = \"\"", "name \"\" must have 1 to 200 characters"},
    {13, "protocol = \"ssp\"", "racer.0.quorum: ssp does not take it", 14},
    {14, "", "racer.0: k-async needs quorum", 12},
    {13, "", "racer.0: protocol is required", 12},
};
TEST(BadExperiment, NamesLineAndKeyOfImpossibleValues) {
  CheckAll(kImpossibleValues);
}

const std::vector<BadLine> kProblems = {
    {3, "", "problem.objective is required", 2},
    {4, "", "problem.data is required", 2},
    {6, "", "workers.count is required", 5},
    {9, "", "step.size is required", 8},
    {11, "", "one of stop.seconds, stop.updates and stop.epochs", 10},
    {4, "data = \"a.csv\"\nhidden = [8]",
     "problem.hidden: objective \"softmax\" does not take it; it belongs to "
     "mlp",
     5},
    {4, "data = \"a.csv\"\nintercept = true", "problem.intercept: objective",
     5},
    {4, "data = \"a.csv\"\nL = 1.0", "problem.L: objective \"softmax\" does",
     5},
    {4, "data = \"a.csv\"\nl2 = -1", "problem.l2: must be a number of at", 5},
    {4, "data = \"a.csv\"\nformat = \"json\"", "problem.format: must be one",
     5},
    {4, "data = \"a.csv\"\nformat = \"idx\"\ntarget = \"y\"",
     "problem.target: belongs to format = \"csv\"", 6},
    {4, "data = \"a.csv\"\ntarget = -1", "problem.target: must be a name", 5},
    {4, "data = { generate = \"digits\" }\ntarget = \"y\"",
     "problem.target: belongs to data from a file", 5},
    {4, "data = { generate = \"digits\", rows = 0 }",
     "problem.data.rows: must be an integer from 1"},
    {4, "data = { generate = \"digits\", noise = -0.1 }",
     "problem.data.noise: must be a number of at least 0"},
    {4, "data = { generate = \"digits\", rows = 1000000000 }",
     "do not fit into memory"},
    {4, "data = { generate = \"sparse-classification\", columns = 3 }",
     "nonzeros = 50 must be at most columns = 3"},
    {4,
     "data = { generate = \"regression\" }\n"
     "test_data = { generate = \"regression\", seed = 9 }",
     "problem.test_data: must have the seed and the columns of data", 5},
    {3, "objective = \"quadratic\"",
     "problem.data: objective \"quadratic\" does not take it", 4},
    {3, "objective = \"none\"",
     "problem.data: objective \"none\" does not take it", 4},
    {3, "objective = \"mlp\"\nhidden = []", "problem.hidden: must not be an",
     4},
    {3, "objective = \"mlp\"\nhidden = [0]", "problem.hidden: must be an", 4},
};
TEST(BadExperiment, NamesLineAndKeyOfWhatTheObjectiveDoesNotTake) {
  CheckAll(kProblems);
}

// Input on which toml++ 3.3.0 aborts, is undefined or says it badly.
const std::vector<BadLine> kBrokenToml = {
    {12, "[[[racer]]]", "a table header must look like"},
    {2, "[!problem]", "a table header must look like"},
    {2, "[.x]", "a table header must look like"},
    {2, "[,]", "a table header must look like"},
    {2, "[#x]", "a table header must look like"},
    {2, "[=", "a table header must look like"},
    {2, "[(x)]", "a table header must look like"},
    {2, "[{x}]", "a table header must look like"},
    {2, "[@a]", "a table header must look like"},
    {2, "[&x]", "a table header must look like"},
    {2, "[]", "a table header must look like"},
    {2, "[", "a table header must look like"},
    {2, "  [ [problem]]", "a table header must look like"},
    {1, "\xcf\x84 = 5", "a character outside ASCII"},
    {1, "\xef\xbb\x8d/", "a character outside ASCII"},
    {1, "seed = 1 \xc2\xa0", "a character outside ASCII"},
    {1, std::string("seed = 1\0", 9), "control character 0x00"},
    {1, "seed = 1 # \x01", "control character 0x01"},
    {1, "name = \"\x7f\"", "control character 0x7f"},
    {1, "seed = 0\"\xc9\x9b\"", "\" stands inside a value"},
    {1, "seed = 9['\xc9\x9b']", "[ stands inside a value"},
    {1, "seed = 0.'\xc9\x9b'", "' stands inside a value"},
    {1, "seed = 0x=\"\xc9\x9b\"", "= stands inside a value"},
    {1, "seed\"\xc9\x9b\" = 1", "a quotation mark stands where none may open"},
    {1, "seed[\"\xc9\x9b\"] = 1", "a bracket stands where none may open"},
    {1, "name = \"a\"\"\xc9\x9b\"", "a quotation mark stands where none"},
    {1, "name = \"\\\xc3\xa9\"", "must not follow a backslash"},
    {1, "name = \"\"\"a\\\n \xc3\xa9\"\"\"", "must not follow a backslash", 2},
    {1, "seed = 1\nseed = 2", "", 2},
    {1, "seed = ", ""},
    {1, "seed == 1", ""},
    {1, "seed 1", ""},
    {1, "name = \"open", ""},
    {1, "seed = 1 seed = 2", ""},
    {1, "x = [" + std::string(100, '[') + std::string(100, ']') + "]",
     "brackets are nested too deeply"},
    {1, "a" + std::string(2'000, '.') + "a = 1", "a key has too many parts"},
    {1, "name = \"\xff\"", ""},
};
TEST(BadExperiment, NamesTheLineOfBrokenToml) { CheckAll(kBrokenToml); }

TEST(BadExperimentFile, IsEmpty) {
  EXPECT_EQ(ErrorOf(""), "race.toml: problem.objective is required");
}

TEST(BadExperimentFile, HasNoRacer) {
  std::vector<std::string> lines = ValidLines();
  lines.resize(11);
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml: at least one [[racer]] is required");
  lines.insert(lines.begin(), "racer = []");
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml:1: racer: must not be an empty list");
  lines.front() = "racer = [1]";
  EXPECT_EQ(ErrorOf(Join(lines)),
            "race.toml:1: racer: must be a list of tables; write [[racer]]");
}

TEST(BadExperimentFile, LacksWholeTables) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nupdates = 9"
                    "\n[[racer]]\nprotocol = \"sync\""),
            "race.toml: workers.count is required");
}

TEST(BadExperimentFile, HasQuadraticWithEpochs) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nepochs = 9"),
            "race.toml:4: stop.epochs: objective \"quadratic\" does not take "
            "it; it belongs to least-squares, logistic, hinge, squared-hinge, "
            "softmax, mlp");
}

TEST(BadExperimentFile, HasQuadraticWithCAboveL) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\nL = 0.05\n"),
            "race.toml:3: problem.L: L = 0.05 must be at least c = 0.1");
}

TEST(BadExperimentFile, ShufflesAQuadratic) {
  EXPECT_EQ(ErrorOf("[problem]\nobjective = \"quadratic\"\n[stop]\nupdates = 9"
                    "\n[workers]\ncount = 1\nsampling = \"shuffled\"\n"
                    "[step]\nsize = 1\n[[racer]]\nprotocol = \"sync\""),
            "race.toml:7: workers.sampling: quadratic has no samples to "
            "shuffle");
}

TEST(BadExperimentFile, IsTooLarge) {
  EXPECT_THAT(ErrorOf(std::string(std::size_t{5} << 20, '#')),
              HasSubstr("is larger than 4 MiB"));
}

TEST(BadExperimentFile, MakesTooManyRacers) {
  std::vector<std::string> lines = ValidLines();
  std::string many = "[0.1";
  for (int k = 0; k < 40; ++k) many += ", 0.1";
  lines.push_back("step.size = " + many + "]");
  lines.push_back("workers.batch_size = " + many + "]");
  EXPECT_THAT(ErrorOf(Join(lines)),
              HasSubstr("race.toml:16: racer.0.workers.batch_size: makes more "
                        "than 1000 racers"));
}

TEST(BadExperimentFile, IsNotThere) {
  try {
    (void)ReadExperiment("/nowhere/race.toml");
    FAIL();
  } catch (const InputError& error) {
    EXPECT_STREQ(error.what(), "/nowhere/race.toml: cannot be opened");
  }
  EXPECT_THROW((void)ReadExperiment("/"), InputError);
}

// --- Overrides ---------------------------------------------------------------

struct BadOverride {
  std::string text;
  std::string message;
};

const std::vector<BadOverride> kOverrides = {
    {"seed", "--set seed: must be key=value"},
    {"=3", "--set : must be a path"},
    {"a..b=3", "--set a..b: must be a path"},
    {"a b=3", "--set a b: must be a path"},
    {"seed=1.5", "--set seed: must be an integer of at least 0, not 1.5"},
    {"seed=", "--set seed: nothing is not a TOML value"},
    {"seed=[1", "--set seed: [1 is not a TOML value"},
    {"seed=1\nname=2", "--set seed: must be a value on one line"},
    {"name=two words", "--set name: two words is not a TOML value"},
    {"sed=1", "--set sed: unknown key; did you mean seed?"},
    {"workers=3", "--set workers: must be a table, not 3"},
    {"workers.count=0", "--set workers.count: must be an integer from 1"},
    {"workers.count.x=0", "--set workers.count.x: workers.count is 4"},
    {"workers.delay.mean=-1", "--set workers.delay.mean: must be a time"},
    {"workers.delay={a=1}", "--set workers.delay: needs distribution"},
    {"workers.delay={distribution=3}",
     "--set workers.delay: workers.delay.distribution: must be one of"},
    {"racer.1.quorum=2",
     "--set racer.1.quorum: racer has 1 tables, counted "
     "from 0; there is no 1"},
    {"racer.x.quorum=2", "--set racer.x.quorum: racer has 1 tables"},
    {"racer.0.quorum=9", "--set racer.0.quorum: quorum = 9 must be <= 4"},
    {"racer.0=9", "--set racer.0: must be a list of tables"},
    {"racer=9", "--set racer: must be written [[racer]]"},
};

TEST(BadOverride, IsNamed) {
  for (const BadOverride& bad : kOverrides) {
    EXPECT_THAT(ErrorOf(Join(ValidLines()), nullptr, {bad.text}),
                ::testing::StartsWith(bad.message))
        << bad.text;
  }
}

TEST(BadOverride, IsNotBlamedForTheFile) {
  std::vector<std::string> lines = ValidLines();
  lines[5] = "count = 0";
  EXPECT_THAT(ErrorOf(Join(lines), nullptr, {"seed=3"}),
              ::testing::StartsWith("race.toml:6: workers.count: "));
}

}  // namespace
}  // namespace tortoise
