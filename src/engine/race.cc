// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/race.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>

#include "tortoise/core/aligned.h"

namespace tortoise {
namespace {

std::optional<double> TargetLoss(const std::vector<Racer>& racers,
                                 const std::vector<RaceEntry>& entries) {
  for (const Racer& racer : racers) {
    if (racer.options.report.target_loss) {
      return racer.options.report.target_loss;
    }
  }
  for (const Racer& racer : racers) {
    if (racer.options.stop.target_loss) return racer.options.stop.target_loss;
  }
  std::optional<double> worst;
  for (const RaceEntry& entry : entries) {
    const double best = entry.summary.best_loss();
    if (entry.summary.termination == Termination::kDiverged ||
        std::isnan(best)) {
      continue;
    }
    worst = worst ? std::max(*worst, best) : best;
  }
  return worst;
}

void CheckRacers(const std::vector<Racer>& racers, std::size_t num_samples) {
  if (racers.empty()) throw std::invalid_argument("a race needs a racer");
  for (const Racer& racer : racers) {
    if (const auto violation = racer.options.Violation(num_samples)) {
      throw std::invalid_argument("racer " + racer.name + ": " + *violation);
    }
  }
}

double Median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2.0;
}

// What the table says of a racer: medians over its repeats. A repeat that did
// not reach the target counts as infinitely slow, so the median is one that was
// measured, or says that at least half of the repeats failed to.
struct Row {
  std::string name;
  double to_target = 0.0;
  double loss = 0.0;
  double seconds_per_update = 0.0;
  double updates = 0.0;
  double staleness = 0.0;
  int reached = 0;
  int repeats = 0;
  std::string note;
};

Row MakeRow(const std::string& name,
            const std::vector<const RaceEntry*>& entries) {
  constexpr double kNever = std::numeric_limits<double>::infinity();
  std::vector<double> to_target;
  std::vector<double> loss;
  std::vector<double> pace;
  std::vector<double> updates;
  std::vector<double> staleness;
  Row row;
  row.name = name;
  for (const RaceEntry* entry : entries) {
    const Summary& summary = entry->summary;
    to_target.push_back(entry->seconds_to_target.value_or(kNever));
    row.reached += entry->seconds_to_target ? 1 : 0;
    loss.push_back(summary.final_loss());
    pace.push_back(summary.seconds_per_update());
    updates.push_back(static_cast<double>(summary.updates));
    if (summary.staleness.total() > 0) {
      staleness.push_back(summary.staleness.Mean());
    }
    const Termination end = summary.termination;
    if (end != Termination::kSeconds && end != Termination::kUpdates &&
        end != Termination::kEpochs && end != Termination::kTargetLoss) {
      row.note = ToString(end);
    }
  }
  row.repeats = static_cast<int>(entries.size());
  row.to_target = Median(to_target);
  row.loss = Median(loss);
  row.seconds_per_update = Median(pace);
  row.updates = Median(updates);
  row.staleness = Median(staleness);
  return row;
}

std::string Cell(double value, const char* format) {
  if (std::isnan(value) || std::isinf(value)) return "-";
  return fmt::format(fmt::runtime(format), value);
}

}  // namespace

std::string RaceResult::Table() const {
  std::vector<std::string> names;
  std::map<std::string, std::vector<const RaceEntry*>> by_name;
  for (const RaceEntry& entry : entries) {
    if (!by_name.contains(entry.name)) names.push_back(entry.name);
    by_name[entry.name].push_back(&entry);
  }
  std::vector<Row> rows;
  std::size_t width = 5;
  for (const std::string& name : names) {
    rows.push_back(MakeRow(name, by_name[name]));
    width = std::max(width, name.size());
  }
  // Nothing compares with NaN, so it goes last with what was never reached.
  const auto key = [](const Row& row) {
    return std::isnan(row.to_target) ? std::numeric_limits<double>::infinity()
                                     : row.to_target;
  };
  std::stable_sort(rows.begin(), rows.end(),
                   [&](const Row& a, const Row& b) { return key(a) < key(b); });

  std::string table =
      fmt::format("{:<{}}  {:>11}  {:>7}  {:>10}  {:>11}  {:>9}  {:>9}\n",
                  "racer", width, "s to target", "reached", "final loss",
                  "ms/update", "updates", "staleness");
  for (const Row& row : rows) {
    table += fmt::format(
        "{:<{}}  {:>11}  {:>7}  {:>10}  {:>11}  {:>9}  {:>9}{}{}\n", row.name,
        width, Cell(row.to_target, "{:.3f}"),
        fmt::format("{}/{}", row.reached, row.repeats),
        Cell(row.loss, "{:#.5g}"), Cell(1e3 * row.seconds_per_update, "{:.3f}"),
        Cell(row.updates, "{:.0f}"), Cell(row.staleness, "{:.2f}"),
        row.note.empty() ? "" : "  ", row.note);
  }
  return table;
}

template <typename T>
RaceResult Race(const AnyObjective<T>& train, const AnyObjective<T>* test,
                const std::vector<Racer>& racers, std::uint64_t repeats,
                const RaceControl& control) {
  CheckRacers(racers, train.num_samples());
  if (repeats < 1 || repeats > std::uint64_t{1} << 32) {
    throw std::invalid_argument("repeats = " + std::to_string(repeats) +
                                " must be in [1, 2^32]");
  }
  RaceResult result;
  AlignedVector<T> w(train.num_parameters());
  for (std::uint64_t repeat = 0;
       repeat < repeats && !control.stop.stop_requested(); ++repeat) {
    for (std::size_t r = 0; r < racers.size(); ++r) {
      if (control.stop.stop_requested()) break;
      if (control.observer) control.observer->OnStart(r, repeat);
      RunOptions options = racers[r].options;
      options.repeat = repeat;
      train.Initialize(w,
                       RandomStream(options.seed, repeat, Purpose::kInitial));
      result.entries.push_back(
          {.name = racers[r].name,
           .repeat = repeat,
           .summary =
               RunOnThreads<T>(train, test, options, w,
                               {.observer = control.observer,
                                .stop = control.stop,
                                .skip_evaluation = control.skip_evaluation})});
      if (control.observer) control.observer->OnFinish(result.entries.back());
    }
  }
  result.target_loss = TargetLoss(racers, result.entries);
  if (!result.target_loss) return result;
  for (RaceEntry& entry : result.entries) {
    entry.seconds_to_target = entry.summary.SecondsTo(*result.target_loss);
  }
  return result;
}

template RaceResult Race<float>(const AnyObjective<float>&,
                                const AnyObjective<float>*,
                                const std::vector<Racer>&, std::uint64_t,
                                const RaceControl&);
template RaceResult Race<double>(const AnyObjective<double>&,
                                 const AnyObjective<double>*,
                                 const std::vector<Racer>&, std::uint64_t,
                                 const RaceControl&);

}  // namespace tortoise
