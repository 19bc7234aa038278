// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace tortoise::testing {

/// What a run without a model shows in the long run.
struct LongRun {
  double seconds_per_update = 0.0;
  double staleness = 0.0;       // mean over contributions
  double fresh_fraction = 0.0;  // of contributions
  double contributions = 0.0;
};

inline Summary RunWithoutModel(const RunOptions& options,
                               RunObserver* observer = nullptr) {
  const auto none = MakeNone<double>();
  std::vector<double> w;
  return Run<double>(*none, nullptr, options, std::span<double>(w),
                     {.observer = observer});
}

/// Seconds and staleness from update `skip` on to the last: the start, where
/// all workers begin at once, is left out. The tape is the same in a shorter
/// run, so its sums are those of the beginning of a longer one.
inline LongRun MeasureLongRun(RunOptions options, std::int64_t skip) {
  options.clock = Clock::kVirtual;
  options.report.contributions = 0;
  const Summary whole = RunWithoutModel(options);
  options.stop.updates = skip;
  const Summary start = RunWithoutModel(options);

  const auto total = [](const Summary& s) {
    return static_cast<double>(s.staleness.total());
  };
  const double count = total(whole) - total(start);
  const auto mean = [&](const auto& value) {
    return (total(whole) * value(whole) - total(start) * value(start)) / count;
  };
  return {
      .seconds_per_update =
          (whole.last_update_seconds - start.last_update_seconds) /
          static_cast<double>(whole.updates - start.updates),
      .staleness = mean([](const Summary& s) { return s.staleness.Mean(); }),
      .fresh_fraction =
          mean([](const Summary& s) { return s.staleness.FreshFraction(); }),
      .contributions = count};
}

/// A row of the table of Dutta et al. as it was simulated elsewhere, with
/// 400,000 updates: seconds per update of the four variants.
struct CheckRow {
  std::string name;
  DelayLaw law;
  int num_workers;
  int quorum;
  double k_sync, k_batch_sync, k_async, k_batch_async;
};

inline std::vector<CheckRow> CheckTable() {
  const DelayLaw exponential = DelayLaw::Exponential(1.0);
  const DelayLaw shifted = DelayLaw::ShiftedExponential(1.0, 1.0);
  const DelayLaw pareto = DelayLaw::Pareto(1.0, 2.0);
  const DelayLaw mixture = DelayLaw::HyperExponential({0.5, 5.5}, {0.9, 0.1});
  return {{"Exp(1)", exponential, 8, 1, .125, .125, .125, .125},
          {"Exp(1)", exponential, 8, 4, .6345, .500, .6345, .500},
          {"Exp(1)", exponential, 16, 4, .2775, .250, .2775, .250},
          {"Exp(1)", exponential, 16, 12, 1.2974, .750, 1.2974, .750},
          {"1 + Exp(1)", shifted, 8, 1, 1.125, 1.125, .250, .250},
          {"1 + Exp(1)", shifted, 8, 4, 1.634, 1.631, 1.240, 1.000},
          {"1 + Exp(1)", shifted, 16, 12, 2.297, 2.196, 2.129, 1.500},
          {"Pareto(2, 1)", pareto, 8, 4, 1.393, 1.391, 1.234, 1.000},
          {"Pareto(2, 1)", pareto, 16, 12, 1.954, 1.882, 2.143, 1.500},
          {"hyper-exponential", mixture, 8, 4, .369, .284, .658, .500}};
}

/// The four variants with their values in a row of the table.
struct CheckedVariant {
  const char* protocol;
  double CheckRow::*value;
};
inline constexpr CheckedVariant kCheckedVariants[] = {
    {"k-sync", &CheckRow::k_sync},
    {"k-batch-sync", &CheckRow::k_batch_sync},
    {"k-async", &CheckRow::k_async},
    {"k-batch-async", &CheckRow::k_batch_async}};

/// Delays around a second and no computing.
inline RunOptions LongRunOptions(const std::string& protocol, int num_workers,
                                 const MethodSettings& settings,
                                 const DelayLaw& law, std::int64_t updates) {
  RunOptions options;
  options.method = MakeMethod(protocol, num_workers, settings);
  options.clock = Clock::kVirtual;
  options.delay = law;
  options.stop.updates = updates;
  return options;
}

}  // namespace tortoise::testing
