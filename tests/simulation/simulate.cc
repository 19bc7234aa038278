// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Random experiments in virtual time, one per seed: protocol, workers, delays,
// speeds, stops, user code that fails, a disk that is full. Invariants hold at
// every event; every 10th is compared with the slow loop, every 50th is run
// twice. See docs/design.md.
//
//     tortoise_simulate --seeds FIRST COUNT
//     tortoise_simulate --seed N [--verbose]
//
// A failure prints the command that repeats it. With one seed all is checked.

#include <fmt/format.h>

#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <vector>

#include "simulation/check_experiment.h"

namespace tortoise::testing {
namespace {

std::string Problem(const RandomExperiment& experiment, const Checks& checks) {
  try {
    const std::string problem = CheckExperiment(experiment, checks);
    if (!problem.empty() || !experiment.most_bytes) return problem;
    return CheckFullDisk(experiment);
  } catch (const std::exception& error) {
    return fmt::format("an exception: {}", error.what());
  }
}

int RunOne(std::uint64_t seed, bool is_verbose) {
  const RandomExperiment experiment = DrawExperiment(seed);
  if (is_verbose) {
    fmt::print("{}\n", ExperimentText(experiment, "trace.csv"));
  }
  const std::string problem =
      Problem(experiment, {.by_loop = true, .twice = true});
  fmt::print("seed {}: {}\n", seed, problem.empty() ? "good" : problem);
  return problem.empty() ? 0 : 1;
}

int RunMany(const std::string& program, std::uint64_t first,
            std::uint64_t count) {
  std::uint64_t num_bad = 0;
  for (std::uint64_t seed = first; seed < first + count; ++seed) {
    const std::string problem =
        Problem(DrawExperiment(seed),
                {.by_loop = seed % 10 == 0, .twice = seed % 50 == 0});
    if (problem.empty()) continue;
    ++num_bad;
    fmt::print("seed {}: {}\n  to repeat: {} --seed {} --verbose\n", seed,
               problem, program, seed);
  }
  fmt::print("{} seeds from {} on, {} bad\n", count, first, num_bad);
  return num_bad == 0 ? 0 : 1;
}

int Main(const std::vector<std::string>& words) {
  const auto number = [&words](std::size_t i) {
    return static_cast<std::uint64_t>(
        std::strtoull(words[i].c_str(), nullptr, 10));
  };
  if (words.size() == 4 && words[1] == "--seeds") {
    return RunMany(words[0], number(2), number(3));
  }
  if (words.size() >= 3 && words[1] == "--seed") {
    const bool is_verbose = words.size() == 4 && words[3] == "--verbose";
    if (is_verbose || words.size() == 3) {
      return RunOne(number(2), is_verbose);
    }
  }
  fmt::print(stderr, "{0} --seeds FIRST COUNT\n{0} --seed N [--verbose]\n",
             words[0]);
  return 2;
}

}  // namespace
}  // namespace tortoise::testing

int main(int argc, char** argv) {
  return tortoise::testing::Main({argv, argv + argc});
}
