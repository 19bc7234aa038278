// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/race.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <stdexcept>

#include "engine/race_statistics.h"
#include "tortoise/core/aligned.h"

namespace tortoise {
namespace {

// The worst best loss over the repeats of a racer, of those that did not
// diverge.
struct Worst {
  std::optional<double> loss;
  bool diverged = false;
};

Worst WorstOf(const std::string& name, const std::vector<RaceEntry>& entries) {
  Worst worst;
  for (const RaceEntry& entry : entries) {
    if (entry.name != name) continue;
    const double best = entry.summary.best_loss();
    if (entry.summary.termination == Termination::kDiverged) {
      worst.diverged = true;
    } else if (!std::isnan(best)) {
      worst.loss = worst.loss ? std::max(*worst.loss, best) : best;
    }
  }
  return worst;
}

// Does a racer stand for its group before another one?
bool IsBetter(const Worst& a, const Worst& b) {
  if (a.loss.has_value() != b.loss.has_value()) return a.loss.has_value();
  if (a.diverged != b.diverged) return b.diverged;
  return a.loss && *a.loss < *b.loss;
}

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
  std::map<std::string, Worst> best_of;  // by group
  for (const Racer& racer : racers) {
    const Worst worst = WorstOf(racer.name, entries);
    const auto [best, is_new] =
        best_of.emplace(internal::GroupOf(racer), worst);
    if (!is_new && IsBetter(worst, best->second)) best->second = worst;
  }
  std::optional<double> target;
  for (const auto& [group, best] : best_of) {
    if (best.loss) target = target ? std::max(*target, *best.loss) : best.loss;
  }
  return target;
}

void Check(const std::vector<Racer>& racers, std::uint64_t repeats,
           std::size_t num_samples) {
  if (racers.empty()) throw std::invalid_argument("a race needs a racer");
  for (const Racer& racer : racers) {
    if (const auto violation = racer.options.Violation(num_samples)) {
      throw std::invalid_argument("racer " + racer.name + ": " +
                                  violation->text);
    }
  }
  if (repeats < 1 || repeats > std::uint64_t{1} << 32) {
    throw std::invalid_argument("repeats = " + std::to_string(repeats) +
                                " must be in [1, 2^32]");
  }
}

}  // namespace

void MeasureToTarget(const std::vector<Racer>& racers, RaceResult& result) {
  result.target_loss = TargetLoss(racers, result.entries);
  for (RaceEntry& entry : result.entries) {
    entry.seconds_to_target = result.target_loss
                                  ? entry.summary.SecondsTo(*result.target_loss)
                                  : std::nullopt;
  }
}

template <typename T>
RaceResult Race(const AnyObjective<T>& train, const AnyObjective<T>* test,
                const std::vector<Racer>& racers, std::uint64_t repeats,
                const RaceControl& control) {
  Check(racers, repeats, train.num_samples());
  RaceResult result;
  AlignedVector<T> w(train.num_parameters());
  auto known = control.finished.begin();
  const auto is_over = [&] {
    return control.stop.stop_requested() && known == control.finished.end();
  };
  for (std::uint64_t repeat = 0; repeat < repeats && !is_over(); ++repeat) {
    for (std::size_t r = 0; r < racers.size() && !is_over(); ++r) {
      if (known != control.finished.end() && known->repeat == repeat &&
          known->name == racers[r].name) {
        result.entries.push_back(*known++);
        continue;
      }
      if (control.stop.stop_requested()) continue;
      if (control.observer) control.observer->OnStart(r, repeat);
      RunOptions options = racers[r].options;
      options.repeat = repeat;
      train.Initialize(w,
                       RandomStream(options.seed, repeat, Purpose::kInitial));
      result.entries.push_back(
          {.name = racers[r].name,
           .repeat = repeat,
           .summary = Run<T>(train, test, options, w,
                             {.observer = control.observer,
                              .stop = control.stop,
                              .skip_evaluation = control.skip_evaluation})});
      if (control.observer) control.observer->OnFinish(result.entries.back());
    }
  }
  MeasureToTarget(racers, result);
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
