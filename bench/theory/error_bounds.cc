// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Are the error bounds kept, and how far above the truth do they lie?
//
//     error_bounds [CURVES.csv]
//
// Prints two tables. First gamma and the floor of async on a parabola, beside
// the known values. Then, for two quadratics and several racers, gamma, the
// floor and the least ratio of bound to measured error over all updates: at
// least 1, or the program exits with 1. CURVES.csv gets the mean errors.

#include "tortoise/theory/error_bounds.h"

#include <fmt/format.h>
#include <fmt/os.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/gap_probe.h"
#include "tortoise/objective/stock.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise {
namespace {

using testing::GapProbe;
using testing::Observe;

constexpr int kWorkers = 8;
constexpr double kMeanDelay = 0.005;

struct Contender {
  std::string name;
  std::string protocol;
  std::optional<std::int64_t> quorum;
  double fresh;  // p0: the least probability of a fresh contribution
};

const std::vector<Contender>& Contenders() {
  static const std::vector<Contender> all = {
      {"sync", "sync", {}, 1.0},
      {"k-sync K=4", "k-sync", 4, 1.0},
      {"k-sync K=1", "k-sync", 1, 1.0},
      {"k-async K=4", "k-async", 4, 0.5},
      {"k-batch-async K=4", "k-batch-async", 4, 1.0 / kWorkers},
      {"async", "async", {}, 1.0 / kWorkers}};
  return all;
}

struct Setting {
  std::string name;
  QuadraticOptions problem;
  double step_size;
  std::int64_t updates;
};

RunOptions MakeOptions(const Contender& contender, double step_size) {
  RunOptions options;
  options.method =
      MakeMethod(contender.protocol, kWorkers, {.quorum = contender.quorum});
  options.batch_size = 1;
  options.step_size = step_size;
  options.delay = DelayLaw::Exponential(kMeanDelay);
  return options;
}

// --- Async on a parabola -----------------------------------------------------

void PrintGamma(double step_size, double known_gamma, double known_floor) {
  constexpr QuadraticOptions kParabola = {
      .parameters = 1, .L = 1.0, .c = 1.0, .sigma = 1.0};
  constexpr std::int64_t kSkip = 5'000;
  const auto parabola = MakeQuadratic<double>(kParabola);
  GapProbe probe(*parabola, 2'000'000 + kSkip);
  const Contender& async = Contenders().back();
  Observe(*parabola, MakeOptions(async, step_size), 1, probe);
  const GapProbe::Mean mean = probe.Over(kSkip, probe.versions());
  const ErrorBound bound = StronglyConvexBound(
      {.L = 1.0,
       .c = 1.0,
       .sigma_squared = 1.0,
       .initial_gap = 0.5,
       .gamma = mean.gamma,
       .fresh_probability = async.fresh},
      {.step_size = step_size, .quorum = 1.0, .is_stale = true});
  fmt::print("| {} | {:.4f} | {} | {:.5f} | {} | {:.5f} | {:.4f} |\n",
             step_size, mean.gamma, known_gamma, mean.loss, known_floor,
             bound.floor, mean.fresh);
}

// --- Bounds of all racers ----------------------------------------------------

// The bound needs one gamma for all updates: the largest over the tenths.
double LargestGamma(const GapProbe& probe) {
  const std::int64_t n = probe.versions();
  double largest = 0.0;
  for (int tenth = 0; tenth < 10; ++tenth) {
    largest = std::max(largest,
                       probe.Over(n * tenth / 10, n * (tenth + 1) / 10).gamma);
  }
  return largest;
}

double SecondsPerUpdate(const RunOptions& options) {
  return ExpectedSecondsPerUpdate(
             {.method = options.method, .delay = options.delay})
      .value.value_or(std::nan(""));
}

void WriteCurve(fmt::ostream& file, const Setting& setting,
                const Contender& contender, const GapProbe& probe,
                const ErrorBound& bound, double seconds_per_update) {
  // Denser at first: each row is a fiftieth further than the last one.
  for (std::int64_t j = 0; j < probe.versions(); j += 1 + j / 50) {
    const auto updates = static_cast<double>(j);
    file.print("{},{},{},{},{},{}\n", setting.name, contender.name, j,
               updates * seconds_per_update, probe.Over(j, j + 1).loss,
               bound.At(updates));
  }
}

// Returns whether the bound was kept.
bool PrintBound(const Setting& setting, const Contender& contender,
                std::uint64_t repeats, fmt::ostream* file) {
  const auto objective = MakeQuadratic<double>(setting.problem);
  GapProbe probe(*objective, setting.updates);
  const RunOptions options = MakeOptions(contender, setting.step_size);
  Observe(*objective, options, repeats, probe);
  const bool is_stale = contender.fresh < 1.0;
  const double gamma = LargestGamma(probe);
  const double sigma = setting.problem.sigma;
  const ErrorBound bound = StronglyConvexBound(
      {.L = setting.problem.L,
       .c = setting.problem.c,
       .sigma_squared = sigma * sigma,
       .initial_gap = probe.Over(0, 1).loss,
       .gamma = gamma,
       .fresh_probability = contender.fresh},
      {.step_size = setting.step_size,
       .quorum = static_cast<double>(options.method.synchrony.quorum),
       .is_stale = is_stale});
  double least = std::numeric_limits<double>::infinity();
  for (std::int64_t j = 1; j < setting.updates; ++j) {
    least = std::min(
        least, bound.At(static_cast<double>(j)) / probe.Over(j, j + 1).loss);
  }
  const double seconds = SecondsPerUpdate(options);
  const double gamma_prime =
      is_stale ? 1.0 - gamma + contender.fresh / 2.0 : 1.0;
  fmt::print(
      "| {} | {} | {} | {:.4f} | {:.3f} | {:.3f} | {} | {:.5f} | {:.5f} | "
      "{:.3f} |\n",
      setting.name, contender.name, setting.step_size, 1e3 * seconds, gamma,
      gamma_prime, bound.condition_holds ? "holds" : "does not hold",
      probe.Over(setting.updates * 3 / 4, setting.updates).loss, bound.floor,
      least);
  std::fflush(stdout);
  if (file) WriteCurve(*file, setting, contender, probe, bound, seconds);
  return least >= 1.0 || !bound.condition_holds;
}

int Main(const char* csv) {
  constexpr std::uint64_t kRepeats = 400;
  fmt::print(
      "| eta | gamma | known | floor | known | its bound | fresh |\n"
      "|---|---|---|---|---|---|---|\n");
  PrintGamma(0.01, 0.130, 0.00268);
  PrintGamma(0.02, 0.243, 0.00571);
  PrintGamma(0.05, 0.501, 0.0172);
  PrintGamma(0.08, 0.681, 0.0324);

  std::optional<fmt::ostream> file;
  if (csv) {
    file.emplace(fmt::output_file(csv));
    file->print("setting,racer,update,seconds,error,bound\n");
  }
  fmt::print(
      "\n| problem | racer | eta | ms per update | gamma | gamma' | condition "
      "| floor | its bound | least bound / error |\n"
      "|---|---|---|---|---|---|---|---|---|---|\n");
  bool kept = true;
  for (const Setting& setting :
       {Setting{"parabola",
                {.parameters = 1, .L = 1.0, .c = 1.0, .sigma = 1.0},
                0.05,
                400},
        Setting{"ten parameters",
                {.parameters = 10, .L = 1.0, .c = 0.1, .sigma = 1.0},
                0.05,
                4000}}) {
    for (const Contender& contender : Contenders()) {
      kept =
          PrintBound(setting, contender, kRepeats, file ? &*file : nullptr) &&
          kept;
    }
  }
  if (!kept) fmt::print(stderr, "error_bounds: an error above its bound\n");
  return kept ? 0 : 1;
}

}  // namespace
}  // namespace tortoise

int main(int argc, char** argv) {
  return tortoise::Main(argc > 1 ? argv[1] : nullptr);
}
