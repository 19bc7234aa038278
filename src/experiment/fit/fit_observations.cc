// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/fit/fit_observations.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <tuple>

namespace tortoise::internal {
namespace {

using Kind = DelayObservation::Kind;

// One number of a tape, as one racer met it.
struct Draw {
  std::size_t tape = 0;  // differs where racers do not share it
  std::uint64_t repeat = 0;
  int worker = 0;
  std::int64_t index = 0;
  DelayObservation seen;

  [[nodiscard]] auto Key() const {
    return std::tie(tape, repeat, worker, index);
  }
  // What tells most comes first.
  [[nodiscard]] auto Order() const {
    const int rank = seen.kind == Kind::kExact          ? 0
                     : seen.kind == Kind::kLeftCensored ? 1
                                                        : 2;
    return std::tuple(tape, repeat, worker, index, rank,
                      rank == 2 ? -seen.seconds : seen.seconds);
  }
};

std::vector<DelayObservation> OnePerDraw(std::vector<Draw> draws) {
  std::sort(draws.begin(), draws.end(),
            [](const Draw& a, const Draw& b) { return a.Order() < b.Order(); });
  const auto end = std::unique(
      draws.begin(), draws.end(),
      [](const Draw& a, const Draw& b) { return a.Key() == b.Key(); });
  std::vector<DelayObservation> seen;
  for (auto draw = draws.begin(); draw != end; ++draw) {
    seen.push_back(draw->seen);
  }
  return seen;
}

// Keeps every k-th, so that all workers and times stay alike.
void Thin(std::vector<DelayObservation>* seen) {
  const std::size_t step =
      (seen->size() + kMostObservations - 1) / kMostObservations;
  if (step <= 1) return;
  std::size_t kept = 0;
  for (std::size_t k = 0; k < seen->size(); k += step) {
    (*seen)[kept++] = (*seen)[k];
  }
  seen->resize(kept);
}

bool HaveSameDelays(const RunOptions& a, const RunOptions& b) {
  return a.delay == b.delay && a.round_delay == b.round_delay &&
         a.delay_mode == b.delay_mode && a.speed == b.speed;
}

// Turns the contributions of one run into observations.
class Observer {
 public:
  Observer(const RunOptions& options, const RecordedRun& run, double resolution,
           std::size_t racer)
      : options_(options),
        run_(run),
        resolution_(resolution),
        is_wall_(options.clock == Clock::kWall),
        is_injected_(options.delay.Mean() > 0),
        tape_(is_injected_ ? 0 : racer + 1) {}

  void Delays(std::vector<Draw>* draws) {
    for (const ContributionRecord& c : run_.contributions) {
      if (c.fate == Fate::kApplied) last_applied_ = &c;
      if (c.local_steps > 1) continue;  // the sum of several delays
      const auto seen = Observe(c);
      if (!seen) continue;
      draws->push_back({tape_, run_.entry.repeat, c.worker, c.gradient, *seen});
    }
  }

  // D is what lies between an update and the start of those it releases. Held
  // workers start at other times, so racers that hold any say nothing.
  void RoundDelays(std::vector<Draw>* draws) const {
    if (options_.method.writes_in_place() ||
        options_.method.synchrony.staleness_bound) {
      return;
    }
    std::map<std::int64_t, double> updates;
    for (const UpdateRecord& u : run_.updates) updates[u.update] = u.seconds;
    for (const ContributionRecord& c : run_.contributions) {
      const auto update = updates.find(c.version_read);
      const bool is_released =
          update != updates.end() && update->second == c.seconds_released;
      if (!is_released || std::isnan(c.seconds_started)) continue;
      const double seconds =
          std::max(c.seconds_started - c.seconds_released, 0.0);
      draws->push_back({0,
                        run_.entry.repeat,
                        0,
                        c.version_read,
                        {0, seconds, Kind::kExact}});
    }
  }

 private:
  // When the contribution was over, or was last seen under way.
  [[nodiscard]] double LastSeen(const ContributionRecord& c) const {
    double end = std::isnan(c.seconds_arrived) ? run_.entry.summary.seconds
                                               : c.seconds_arrived;
    const auto& stops = options_.speed.stops_at;
    const auto worker = static_cast<std::size_t>(c.worker);
    if (worker < stops.size()) end = std::min(end, stops[worker]);
    return end;
  }

  // What a contribution says of its delay, if anything.
  [[nodiscard]] std::optional<DelayObservation> Observe(
      const ContributionRecord& c) const {
    const bool is_extra = options_.delay_mode == DelayMode::kExtra;
    // An extra delay begins when the computation ends.
    const double start = is_extra ? c.seconds_computed : c.seconds_started;
    if (std::isnan(start)) return std::nullopt;
    const double seconds = LastSeen(c) - start;
    const bool is_over =
        c.fate != Fate::kCancelled && !std::isnan(c.seconds_arrived);
    if (!is_over) {
      if (!(seconds > 0)) return std::nullopt;  // it had not begun
      return DelayObservation{
          c.worker, seconds, IsBehind(c) ? Kind::kAbove : Kind::kRightCensored};
    }
    const double computing = c.seconds_computed - c.seconds_started;
    const bool is_hidden = is_injected_ && !is_extra && computing > 0 &&
                           c.seconds_arrived <= c.seconds_computed;
    if (is_hidden) {
      return DelayObservation{c.worker, computing, Kind::kLeftCensored};
    }
    if (is_wall_ && is_injected_ && seconds < resolution_) {
      return DelayObservation{c.worker, resolution_, Kind::kLeftCensored};
    }
    return DelayObservation{c.worker, std::max(seconds, 0.0), Kind::kExact};
  }

  // In virtual time arrivals at equal times are taken in order of worker: of a
  // worker before the one whose arrival cancelled it, X is known to be more.
  [[nodiscard]] bool IsBehind(const ContributionRecord& c) const {
    return !is_wall_ && c.fate == Fate::kCancelled && last_applied_ &&
           last_applied_->seconds_arrived == c.seconds_arrived &&
           c.worker < last_applied_->worker;
  }

  const RunOptions& options_;
  const RecordedRun& run_;
  double resolution_;
  bool is_wall_;
  bool is_injected_;
  std::size_t tape_;
  const ContributionRecord* last_applied_ = nullptr;
};

// Virtual times are off by rounding, a few units in the last place of the
// latest; real ones by how late threads wake.
double Resolution(const std::vector<const RecordedRun*>& runs, bool is_wall) {
  double resolution = 0.0;
  for (const RecordedRun* run : runs) {
    const Summary& summary = run->entry.summary;
    const double late = summary.delay_overshoot.p99.value_or(1e-4);
    const double rounding =
        8 * std::numeric_limits<double>::epsilon() * summary.seconds;
    resolution = std::max(resolution, is_wall ? late : rounding);
  }
  return resolution;
}

// Are there contributions of several gradients?
bool HasSums(const RecordedRun& run) {
  return std::ranges::any_of(
      run.contributions,
      [](const ContributionRecord& c) { return c.local_steps > 1; });
}

class Group {
 public:
  Group(const RecordedRace& race, const std::vector<std::size_t>& racers)
      : race_(race) {
    observed_.racers = racers;
    for (const RecordedRun& run : race.runs) {
      for (const std::size_t r : racers) {
        if (race.experiment.racers[r].name == run.entry.name) {
          runs_.emplace_back(r, &run);
        }
      }
    }
  }

  ObservedDelays Observe() {
    std::vector<const RecordedRun*> runs;
    for (const auto& [r, run] : runs_) runs.push_back(run);
    const bool is_wall = race_.experiment.clock() == Clock::kWall;
    observed_.options.tolerance = Resolution(runs, is_wall);
    observed_.options.outliers = is_wall ? 0.02 : 0.0;
    std::vector<Draw> delays;
    std::vector<Draw> rounds;
    for (const auto& [r, run] : runs_) {
      Observer observer(OptionsOf(r), *run, observed_.options.tolerance, r);
      observer.Delays(&delays);
      observer.RoundDelays(&rounds);
    }
    observed_.delays = OnePerDraw(std::move(delays));
    observed_.round_delays = OnePerDraw(std::move(rounds));
    AddNotes(is_wall);
    NarrowTolerance();
    Thin(&observed_.delays);
    Thin(&observed_.round_delays);
    return std::move(observed_);
  }

 private:
  [[nodiscard]] const RunOptions& OptionsOf(std::size_t racer) const {
    return race_.experiment.racers[racer].options;
  }

  // Lateness of the order of the delays must not make a constant of them.
  void NarrowTolerance() {
    std::vector<double> exact;
    for (const DelayObservation& o : observed_.delays) {
      if (o.kind == Kind::kExact) exact.push_back(o.seconds);
    }
    if (exact.empty()) return;
    const auto middle =
        exact.begin() + static_cast<std::ptrdiff_t>(exact.size() / 2);
    std::nth_element(exact.begin(), middle, exact.end());
    observed_.options.tolerance =
        std::min(observed_.options.tolerance, 0.05 * *middle);
  }

  void Note(std::string text) { observed_.notes.push_back(std::move(text)); }

  void AddNotes(bool is_wall) {
    std::set<std::string> names;
    for (const auto& [r, run] : runs_) {
      if (HasSums(*run)) names.insert(run->entry.name);
    }
    if (!names.empty()) {
      Note(fmt::format("left out, as it takes the sum of several delays: {}",
                       fmt::join(names, ", ")));
    }
    const bool is_thinned =
        std::any_of(runs_.begin(), runs_.end(), [](const auto& entry) {
          const Summary& summary = entry.second->entry.summary;
          return !HasSums(*entry.second) &&
                 summary.contributions_kept < summary.contributions_recorded;
        });
    if (is_thinned) Note("from those contributions that the race kept");
    if (observed_.delays.size() > kMostObservations) {
      Note(fmt::format("from every {}th gradient",
                       (observed_.delays.size() + kMostObservations - 1) /
                           kMostObservations));
    }
    const RunOptions& options = OptionsOf(observed_.racers.front());
    if (options.speed.bursts) {
      Note("seconds, not work: workers are slow for a while, now and then");
    }
    if (is_wall) {
      Note(fmt::format("real threads: times include waking late, p99 {:.3g} ms",
                       1e3 * observed_.options.tolerance));
      if (!(options.delay.Mean() > 0)) {
        Note("nothing is injected: the times are those of computing");
      }
    }
  }

  using Run = std::pair<std::size_t, const RecordedRun*>;

  const RecordedRace& race_;
  std::vector<Run> runs_;
  ObservedDelays observed_;
};

}  // namespace

std::vector<ObservedDelays> ObserveDelays(const RecordedRace& race) {
  const std::vector<RacerSettings>& all = race.experiment.racers;
  std::vector<std::vector<std::size_t>> groups;  // by their first racers
  for (std::size_t r = 0; r < all.size(); ++r) {
    const auto known = std::ranges::find_if(groups, [&](const auto& group) {
      return HaveSameDelays(all[group.front()].options, all[r].options);
    });
    (known == groups.end() ? groups.emplace_back() : *known).push_back(r);
  }
  std::vector<ObservedDelays> observed;
  for (const auto& racers : groups) {
    observed.push_back(Group(race, racers).Observe());
  }
  return observed;
}

}  // namespace tortoise::internal
