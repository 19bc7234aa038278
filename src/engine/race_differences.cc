// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/distributions/students_t.hpp>
#include <cmath>
#include <numeric>
#include <optional>

#include "engine/race_statistics.h"
#include "tortoise/engine/race.h"

namespace tortoise {
namespace {

using internal::RacerEntries;

// Nothing that comes later could reach the target.
bool IsHopeless(const RaceEntry& entry) {
  return entry.summary.termination == Termination::kDiverged ||
         entry.summary.termination == Termination::kWorkerStopped;
}

// Which of two came first, as far as anybody saw.
enum class Order { kLater, kEarlier, kEqual, kUnknown };

// Is `entry`, which did not reach the target, later than `seconds`?
bool IsLater(const RaceEntry& entry, double seconds) {
  return IsHopeless(entry) || entry.summary.seconds >= seconds;
}

Order Compare(const RaceEntry& racer, const RaceEntry& fastest) {
  const auto& mine = racer.seconds_to_target;
  const auto& other = fastest.seconds_to_target;
  if (mine && other) {
    if (*mine == *other) return Order::kEqual;
    return *mine > *other ? Order::kLater : Order::kEarlier;
  }
  if (other && IsLater(racer, *other)) return Order::kLater;
  if (mine && IsLater(fastest, *mine)) return Order::kEarlier;
  return Order::kUnknown;
}

// A time to the target, or how long it was watched for in vain: at least that
// of the one that did reach it, if nothing would have come of watching longer.
double Watched(const RaceEntry& entry, const RaceEntry& other) {
  if (entry.seconds_to_target) return *entry.seconds_to_target;
  const double seconds = entry.summary.seconds;
  return IsHopeless(entry)
             ? std::max(seconds, other.seconds_to_target.value_or(seconds))
             : seconds;
}

void SetInterval(const std::vector<double>& differences,
                 PairedDifference& result) {
  const auto n = static_cast<double>(differences.size());
  // Equal differences, as of runs in virtual time, have no variance at all:
  // rounding of the mean must not make one.
  const bool are_equal =
      std::ranges::adjacent_find(differences, std::not_equal_to<>()) ==
      differences.end();
  const double mean =
      are_equal
          ? differences.front()
          : std::accumulate(differences.begin(), differences.end(), 0.0) / n;
  double squares = 0.0;
  for (const double d : differences) squares += (d - mean) * (d - mean);
  const boost::math::students_t distribution(n - 1.0);
  const double t =
      boost::math::quantile(boost::math::complement(distribution, 0.025));
  const double half = t * std::sqrt(squares / (n - 1.0) / n);
  result.mean = mean;
  result.low = mean - half;
  result.high = mean + half;
}

// What a repeat says of two racers; null if one of them has not finished it.
const RaceEntry* InRepeat(const RacerEntries& racer, std::uint64_t repeat) {
  const auto found = std::ranges::find(racer.entries, repeat,
                                       [](const auto* e) { return e->repeat; });
  if (found == racer.entries.end() ||
      (*found)->summary.termination == Termination::kInterrupted) {
    return nullptr;
  }
  return *found;
}

PairedDifference ComparePairs(const RacerEntries& racer,
                              const RacerEntries& fastest) {
  PairedDifference result{.name = racer.name, .fastest = fastest.name};
  std::vector<double> differences;
  for (const RaceEntry* entry : racer.entries) {
    const RaceEntry* mine = InRepeat(racer, entry->repeat);
    const RaceEntry* other = InRepeat(fastest, entry->repeat);
    if (mine == nullptr || other == nullptr) continue;
    ++result.pairs;
    result.reached += mine->seconds_to_target ? 1 : 0;
    result.fastest_reached += other->seconds_to_target ? 1 : 0;
    const Order order = Compare(*mine, *other);
    result.later += order == Order::kLater ? 1 : 0;
    result.earlier += order == Order::kEarlier ? 1 : 0;
    result.equal += order == Order::kEqual ? 1 : 0;
    differences.push_back(Watched(*mine, *other) - Watched(*other, *mine));
  }
  if (result.pairs < 2) return result;
  const bool is_censored = result.reached < result.pairs;
  const bool fastest_is_censored = result.fastest_reached < result.pairs;
  const double mean =
      std::accumulate(differences.begin(), differences.end(), 0.0) /
      static_cast<double>(result.pairs);
  if (!is_censored && !fastest_is_censored) {
    SetInterval(differences, result);
  } else if (!fastest_is_censored) {
    result.at_least = mean;
  } else if (!is_censored) {
    result.at_most = mean;
  }
  return result;
}

std::string InWords(const PairedDifference& d) {
  if (d.mean) {
    return fmt::format("{:+.4g} s  ({:+.4g} to {:+.4g})", *d.mean, *d.low,
                       *d.high);
  }
  std::string text = fmt::format(
      "reached by it in {}/{}, by {} in {}/{}; later in {}, "
      "earlier in {}",
      d.reached, d.pairs, d.fastest, d.fastest_reached, d.pairs, d.later,
      d.earlier);
  const int unknown = d.pairs - d.later - d.earlier - d.equal;
  if (d.equal > 0) text += fmt::format(", equal in {}", d.equal);
  if (unknown > 0) text += fmt::format(", unknown in {}", unknown);
  if (d.at_least) text += fmt::format("; more than {:+.4g} s", *d.at_least);
  if (d.at_most) text += fmt::format("; less than {:+.4g} s", *d.at_most);
  return text;
}

}  // namespace

std::vector<PairedDifference> RaceResult::Differences() const {
  std::vector<PairedDifference> differences;
  const auto racers = internal::RankRacers(entries);
  if (!target_loss || racers.empty() ||
      !std::isfinite(racers.front().median_to_target)) {
    return differences;
  }
  for (std::size_t r = 1; r < racers.size(); ++r) {
    PairedDifference next = ComparePairs(racers[r], racers.front());
    if (next.pairs >= 2) differences.push_back(std::move(next));
  }
  return differences;
}

std::string RaceResult::DifferenceTable() const {
  const auto differences = Differences();
  if (differences.empty()) return "";
  std::size_t width = 0;
  for (const auto& d : differences) width = std::max(width, d.name.size());
  std::string table = fmt::format(
      "later than {} at the target, mean over the repeats (95 % interval):\n",
      differences.front().fastest);
  for (const PairedDifference& d : differences) {
    table += fmt::format("  {:<{}}  {}\n", d.name, width, InWords(d));
  }
  return table;
}

}  // namespace tortoise
