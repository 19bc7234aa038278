// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>

#include "core/median.h"
#include "engine/race_statistics.h"
#include "tortoise/engine/race.h"

namespace tortoise {
namespace {

using internal::Median;
using internal::RacerEntries;

constexpr double kNever = std::numeric_limits<double>::infinity();

double MedianToTarget(const std::vector<const RaceEntry*>& entries) {
  std::vector<double> seconds;
  for (const RaceEntry* entry : entries) {
    seconds.push_back(entry->seconds_to_target.value_or(kNever));
  }
  return Median(seconds);
}

// What the table says of a racer: medians over its repeats.
struct Row {
  double loss = 0.0;
  double seconds_per_update = 0.0;
  double updates = 0.0;
  double staleness = 0.0;
  std::ptrdiff_t reached = 0;
  std::string note;
};

Row MakeRow(const std::vector<const RaceEntry*>& entries) {
  std::vector<double> loss;
  std::vector<double> pace;
  std::vector<double> updates;
  std::vector<double> staleness;
  Row row;
  for (const RaceEntry* entry : entries) {
    const Summary& summary = entry->summary;
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

std::vector<RacerEntries> internal::RankRacers(
    const std::vector<RaceEntry>& entries) {
  std::vector<RacerEntries> racers;
  std::map<std::string, std::size_t> index;
  for (const RaceEntry& entry : entries) {
    const auto [at, is_new] = index.emplace(entry.name, racers.size());
    if (is_new) racers.push_back({.name = entry.name, .entries = {}});
    racers[at->second].entries.push_back(&entry);
  }
  for (RacerEntries& racer : racers) {
    racer.median_to_target = MedianToTarget(racer.entries);
  }
  std::ranges::stable_sort(racers, {}, &RacerEntries::median_to_target);
  return racers;
}

std::string RaceResult::Table(
    const std::map<std::string, std::string>& notes) const {
  const auto racers = internal::RankRacers(entries);
  std::size_t width = 5;
  for (const auto& racer : racers) width = std::max(width, racer.name.size());
  std::string table =
      fmt::format("{:<{}}  {:>11}  {:>7}  {:>10}  {:>11}  {:>9}  {:>9}\n",
                  "racer", width, "s to target", "reached", "final loss",
                  "ms/update", "updates", "staleness");
  for (const auto& racer : racers) {
    const Row row = MakeRow(racer.entries);
    table += fmt::format(
        "{:<{}}  {:>11}  {:>7}  {:>10}  {:>11}  {:>9}  {:>9}", racer.name,
        width, Cell(racer.median_to_target, "{:.3f}"),
        fmt::format("{}/{}", row.reached, racer.entries.size()),
        Cell(row.loss, "{:#.5g}"), Cell(1e3 * row.seconds_per_update, "{:.3f}"),
        Cell(row.updates, "{:.0f}"), Cell(row.staleness, "{:.2f}"));
    const auto note = notes.find(racer.name);
    if (note != notes.end()) table += "  " + note->second;
    if (!row.note.empty()) table += "  " + row.note;
    table += '\n';
  }
  return table;
}

std::vector<BestOfGroup> BestOfGroups(const std::vector<Racer>& racers,
                                      const RaceResult& result) {
  // Later, or as late with a higher loss, is worse.
  const auto badness = [&](const Racer& racer) {
    std::vector<const RaceEntry*> own;
    std::vector<double> losses;
    for (const RaceEntry& entry : result.entries) {
      if (entry.name != racer.name) continue;
      own.push_back(&entry);
      const double loss = entry.summary.best_loss();
      losses.push_back(std::isnan(loss) ? kNever : loss);
    }
    if (own.empty()) return std::pair(kNever, kNever);
    return std::pair(MedianToTarget(own), Median(losses));
  };
  std::vector<BestOfGroup> groups;
  for (std::size_t r = 0; r < racers.size(); ++r) {
    const std::string& group = internal::GroupOf(racers[r]);
    const auto known = std::ranges::find(groups, group, &BestOfGroup::group);
    if (known == groups.end()) {
      groups.push_back({.group = group, .racer = r});
      continue;
    }
    ++known->tried;
    if (badness(racers[r]) < badness(racers[known->racer])) known->racer = r;
  }
  return groups;
}

}  // namespace tortoise
