// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "cli/commands.h"
#include "cli/output.h"
#include "experiment/files/json.h"
#include "experiment/race/expectations.h"
#include "experiment/race/forecast.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise::cli {
namespace {

// --- For people --------------------------------------------------------------

std::string Number(double value) {
  return std::isinf(value) ? "infinite" : fmt::format("{:.5g}", value);
}

// "0.125", "0.1 ... 0.2", ">= 0.1", "<= 0.2" or "-".
std::string Text(const Expectation& e) {
  if (e.value) return Number(*e.value);
  if (e.lower && e.upper) {
    return Number(*e.lower) + " ... " + Number(*e.upper);
  }
  if (e.lower) return ">= " + Number(*e.lower);
  if (e.upper) return "<= " + Number(*e.upper);
  return "-";
}

std::string Text(const std::optional<double>& number) {
  return number ? Number(*number) : "-";
}

using Row = std::vector<std::string>;

// Columns as wide as they need to be, the first aligned to the left.
void PrintTable(const std::vector<Row>& rows) {
  std::vector<std::size_t> widths(rows[0].size(), 0);
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], row[i].size());
    }
  }
  for (const Row& row : rows) {
    std::string line = fmt::format("{:<{}}", row[0], widths[0]);
    for (std::size_t i = 1; i < row.size(); ++i) {
      line += fmt::format("  {:>{}}", row[i], widths[i]);
    }
    Print(line + "\n");
  }
}

void PrintTimes(const std::vector<RacerExpectation>& racers) {
  std::vector<Row> rows = {{"racer", "seconds/update", "steps/second over sync",
                            "mean staleness", "fresh"}};
  for (const RacerExpectation& racer : racers) {
    rows.push_back({racer.name, Text(racer.seconds_per_update),
                    Text(racer.speed_up), Text(racer.staleness),
                    Text(racer.fresh_fraction)});
  }
  PrintTable(rows);
  Print("\nWhere these are from:\n");
  for (const RacerExpectation& racer : racers) {
    Print(
        fmt::format("  {}: {}\n", racer.name, racer.seconds_per_update.reason));
    for (const auto* e : {&racer.staleness, &racer.fresh_fraction}) {
      if (!e->value) Print(fmt::format("    {}\n", e->reason));
    }
  }
}

// What the bound of a racer says, as far as it goes.
Row BoundRow(const RacerExpectation& racer) {
  if (!racer.error_bound && !racer.gradient_bound) {
    return {racer.name, "-", "-", "-", racer.no_bound};
  }
  const bool holds = racer.error_bound
                         ? racer.error_bound->bound.condition_holds
                         : racer.gradient_bound->condition_holds;
  const double floor = racer.error_bound ? racer.error_bound->bound.floor
                                         : racer.gradient_bound->floor;
  const std::string& condition = racer.error_bound
                                     ? racer.error_bound->bound.condition
                                     : racer.gradient_bound->condition;
  return {racer.name, Number(floor), Text(racer.at_stop),
          Text(racer.seconds_to_target),
          (holds ? "holds: " : "FAILS: ") + condition};
}

void PrintBest(const RacerExpectation& racer) {
  const auto quorum = [&](const std::optional<BestQuorum>& best,
                          const char* purpose) {
    if (!best) return;
    Print(fmt::format("  {}: best {}: K = {}, where the bound is {}\n",
                      racer.name, purpose, best->quorum, Number(best->bound)));
  };
  quorum(racer.best_quorum, "at the end");
  quorum(racer.best_quorum_to_target, "to the target (seconds)");
  if (!racer.best_local_steps) return;
  const BestLocalSteps& best = *racer.best_local_steps;
  Print(fmt::format(
      "  {}: best at the end: tau = {}, where the bound is {}{}; the formula "
      "gives {}\n",
      racer.name, best.local_steps, Number(best.bound),
      best.condition_holds ? "" : " (its condition fails)",
      Number(best.formula)));
}

void PrintBounds(const std::vector<RacerExpectation>& racers) {
  const auto has_bound = [](const RacerExpectation& racer) {
    return racer.error_bound || racer.gradient_bound;
  };
  if (std::none_of(racers.begin(), racers.end(), has_bound)) {
    std::set<std::string> reasons;
    for (const RacerExpectation& racer : racers) reasons.insert(racer.no_bound);
    Print(fmt::format("\nNo error bounds: {}\n", fmt::join(reasons, "; ")));
    return;
  }
  std::vector<Row> rows = {
      {"error bound", "floor", "at the end", "seconds to target", "condition"}};
  for (const RacerExpectation& racer : racers) rows.push_back(BoundRow(racer));
  Print("\n");
  PrintTable(rows);
  for (const RacerExpectation& racer : racers) PrintBest(racer);
}

// --- For programs ------------------------------------------------------------

using internal::Json;

// Null for infinity, which JSON does not have.
Json Of(const std::optional<double>& number) {
  return number && std::isfinite(*number) ? Json(*number) : Json(nullptr);
}

Json Of(const Expectation& e) {
  return {{"value", Of(e.value)},
          {"lower", Of(e.lower)},
          {"upper", Of(e.upper)},
          {"error", e.value ? Of(e.error) : Json(nullptr)},
          {"infinite", e.value && std::isinf(*e.value)},
          {"reason", e.reason}};
}

Json Of(const std::optional<BestQuorum>& best) {
  if (!best) return nullptr;
  return {{"quorum", best->quorum}, {"bound", Of(best->bound)}};
}

Json Of(const std::optional<BestLocalSteps>& best) {
  if (!best) return nullptr;
  return {{"local_steps", best->local_steps},
          {"bound", Of(best->bound)},
          {"condition_holds", best->condition_holds},
          {"formula", Of(best->formula)}};
}

Json BoundOf(const RacerExpectation& racer) {
  Json bound = {{"kind", nullptr}};
  if (racer.error_bound) {
    const ErrorBound& error = racer.error_bound->bound;
    bound = {{"kind", "error"},
             {"initial", Of(error.initial)},
             {"floor", Of(error.floor)},
             {"decay_per_update", Of(error.decay)},
             {"seconds_per_update", Of(racer.error_bound->seconds_per_update)},
             {"condition_holds", error.condition_holds},
             {"condition", error.condition}};
  } else if (racer.gradient_bound) {
    const GradientBound& gradient = *racer.gradient_bound;
    bound = {{"kind", "mean squared gradient"},
             {"transient", Of(gradient.transient)},
             {"floor", Of(gradient.floor)},
             {"condition_holds", gradient.condition_holds},
             {"condition", gradient.condition}};
  } else {
    bound["reason"] = racer.no_bound;
  }
  bound["at_stop"] = Of(racer.at_stop);
  bound["seconds_to_target"] = Of(racer.seconds_to_target);
  return bound;
}

Json Of(const RacerExpectation& racer) {
  return {{"name", racer.name},
          {"protocol", racer.protocol},
          {"seconds_per_update", Of(racer.seconds_per_update)},
          {"speed_up", Of(racer.speed_up)},
          {"staleness", Of(racer.staleness)},
          {"fresh_fraction", Of(racer.fresh_fraction)},
          {"bound", BoundOf(racer)},
          {"best_quorum", Of(racer.best_quorum)},
          {"best_quorum_to_target", Of(racer.best_quorum_to_target)},
          {"best_local_steps", Of(racer.best_local_steps)}};
}

}  // namespace

int TheoryCommand(const Arguments& arguments) {
  Experiment experiment = ReadExperiment(arguments.file, arguments.overrides);
  MeasureCompute(experiment);
  const std::vector<RacerExpectation> racers = ExpectRacers(experiment);
  if (arguments.json) {
    Json json = {{"format_version", 1}, {"name", experiment.name}};
    for (const RacerExpectation& racer : racers) {
      json["racers"].push_back(Of(racer));
    }
    Print(internal::JsonText(json) + "\n");
    return kFine;
  }
  PrintTimes(racers);
  PrintBounds(racers);
  return kFine;
}

}  // namespace tortoise::cli
