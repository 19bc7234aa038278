// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Does virtual time show the times and the staleness of theory?
//
// Axes: delay law, number of workers, quorum, protocol. For each run of 10^6
// updates without a model (fewer where each counts many gradients; the updates
// are printed) the first 20 P updates are left out, and the mean seconds per
// update stand beside
//
//   - the check table of Dutta et al. 2018, simulated elsewhere with 400,000
//     updates and good to about 0.3 %;
//   - what the library's theory gives, where it gives a number and not bounds;
//
// and mean staleness beside P - 1, P / K - 1 and (P - 1) / K, the share of
// fresh contributions beside its law. Exits with 1 if an error of seconds or
// staleness is above 0.5 %, or seconds lie outside the bounds of theory by more
// than that. (The error of a sum of Pareto(2, 1) times, whose variance is
// infinite, falls like sqrt(log(n) / n): 0.1 % for the 4 10^6 of the table, and
// 0.2 % for 10^6 maxima, which are as heavy. So one seed is enough.)
//
//     runtime_table [UPDATES [SEED]]

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "support/long_run.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise::testing {
namespace {

constexpr double kMostError = 0.005;
// Per run, where the times of updates have a variance: then far fewer updates
// of many gradients are as good.
constexpr double kMostGradients = 3e7;

struct Settings {
  std::int64_t updates = 1'000'000;
  std::uint64_t seed = 1;
};

// A line of the table, and whether it is good.
class Table {
 public:
  explicit Table(const Settings& settings) : settings_(settings) {}

  void Section(const std::string& title) {
    fmt::print(
        "\n{}\n{:<20} {:>5} {:>4} {:<14} {:>8} {:>10} {:>8} {:>10} "
        "{:>7}  {:>9} {:>9} {:>8} {:>8}\n",
        title, "law", "P", "K", "protocol", "updates", "seconds", "table",
        "theory", "error %", "staleness", "law", "fresh", "law");
  }

  void Add(const std::string& name, const RunOptions& options,
           std::optional<double> table = std::nullopt) {
    const RuntimeModel model{.method = options.method, .delay = options.delay};
    const Expectation seconds = ExpectedSecondsPerUpdate(model);
    const Expectation staleness = ExpectedStaleness(model);
    const Expectation fresh = ExpectedFreshFraction(model);
    const LongRun run = MeasureLongRun(
        options, std::min(std::int64_t{20} * options.method.num_workers,
                          options.stop.updates / 4));

    double error = Error(run.seconds_per_update, seconds);
    if (!seconds.value && table) {
      error = std::max(error, std::abs(run.seconds_per_update / *table - 1.0));
    }
    error = std::max(error, Error(run.staleness, staleness));
    const bool is_good = error <= kMostError && IsFresh(run, fresh);
    if (!is_good) ++num_bad_;
    fmt::print(
        "{:<20} {:>5} {:>4} {:<14} {:>8} {:>10.6f} {:>8} {:>10} "
        "{:>7.3f}{} {:>9.4f} {:>9} {:>8.5f} {:>8}\n",
        name, options.method.num_workers, options.method.synchrony.quorum,
        options.method.protocol, options.stop.updates, run.seconds_per_update,
        table ? fmt::format("{:.4f}", *table) : "", Show(seconds, 6),
        100.0 * error, is_good ? " " : "!", run.staleness, Show(staleness, 4),
        run.fresh_fraction, Show(fresh, 5));
    std::fflush(stdout);
  }

  RunOptions Options(const std::string& protocol, int num_workers,
                     std::optional<std::int64_t> quorum,
                     const DelayLaw& law) const {
    RunOptions options = LongRunOptions(
        protocol, num_workers, {.quorum = quorum}, law, settings_.updates);
    options.seed = settings_.seed;
    // Cancelled gradients cost as much as others.
    const Synchrony& synchrony = options.method.synchrony;
    const double per_update = synchrony.cancels_stragglers
                                  ? num_workers + synchrony.quorum
                                  : synchrony.quorum;
    // The maximum of Pareto(2, 1) times has none.
    const bool is_maximum = synchrony.quorum == num_workers;
    if (law.name() == "pareto" && is_maximum) return options;
    options.stop.updates =
        std::min(options.stop.updates,
                 static_cast<std::int64_t>(kMostGradients / per_update));
    return options;
  }

  [[nodiscard]] int num_bad() const { return num_bad_; }

 private:
  // Relative, against a value or beyond bounds; 0 if theory gives nothing. What
  // should be 0 is taken as it is.
  static double Error(double measured, const Expectation& e) {
    if (e.value) {
      const double difference = std::abs(measured - *e.value);
      return *e.value > 0.0 ? difference / *e.value : difference;
    }
    double error = 0.0;
    if (e.lower) error = std::max(error, 1.0 - measured / *e.lower);
    if (e.upper) error = std::max(error, measured / *e.upper - 1.0);
    return error;
  }

  // A share of few fresh contributions strays by chance: four deviations of as
  // many independent ones are allowed if that is more than 0.5 %.
  static bool IsFresh(const LongRun& run, const Expectation& fresh) {
    if (!fresh.value) return true;
    const double p = *fresh.value;
    const double deviation = std::sqrt(p * (1.0 - p) / run.contributions);
    return std::abs(run.fresh_fraction - p) <=
           std::max(kMostError * p, 4.0 * deviation);
  }

  static std::string Show(const Expectation& e, int digits) {
    if (e.value) return fmt::format("{:.{}f}", *e.value, digits);
    if (e.lower || e.upper) {
      return fmt::format(
          "{:.2g}..{:.2g}", e.lower.value_or(0.0),
          e.upper.value_or(std::numeric_limits<double>::infinity()));
    }
    return "-";
  }

  Settings settings_;
  int num_bad_ = 0;
};

int Main(const Settings& settings) {
  Table table(settings);
  table.Section("The check table of Dutta et al.");
  for (const CheckRow& row : CheckTable()) {
    for (const CheckedVariant& variant : kCheckedVariants) {
      table.Add(
          row.name,
          table.Options(variant.protocol, row.num_workers, row.quorum, row.law),
          row.*variant.value);
    }
  }
  table.Section("Theory, for more workers");
  const std::vector<std::pair<std::string, DelayLaw>> laws = {
      {"Exp(1)", DelayLaw::Exponential(1.0)},
      {"1 + Exp(1)", DelayLaw::ShiftedExponential(1.0, 1.0)},
      {"Pareto(2, 1)", DelayLaw::Pareto(1.0, 2.0)},
      {"uniform(1, 3)", DelayLaw::Uniform(1.0, 3.0)},
      {"gamma(3)", DelayLaw::Gamma(3.0, 1.0)},
      {"two-speed", DelayLaw::TwoSpeed(1.0, 10.0, 0.05)}};
  for (const int num_workers : {8, 16, 100, 1000}) {
    const int half = num_workers / 2;
    for (const auto& [name, law] : laws) {
      table.Add(name, table.Options("sync", num_workers, {}, law));
      table.Add(name, table.Options("k-sync", num_workers, half, law));
      table.Add(name, table.Options("k-batch-sync", num_workers, half, law));
      table.Add(name, table.Options("async", num_workers, {}, law));
      table.Add(name, table.Options("k-async", num_workers, half, law));
      table.Add(name, table.Options("k-batch-async", num_workers, half, law));
    }
  }
  fmt::print("\n{} of the lines are off by more than {} %\n", table.num_bad(),
             100.0 * kMostError);
  return table.num_bad() == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tortoise::testing

int main(int argc, char** argv) {
  tortoise::testing::Settings settings;
  if (argc > 1) settings.updates = std::atoll(argv[1]);
  if (argc > 2) settings.seed = static_cast<std::uint64_t>(std::atoll(argv[2]));
  return tortoise::testing::Main(settings);
}
