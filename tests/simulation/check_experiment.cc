// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "simulation/check_experiment.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <exception>
#include <memory>
#include <vector>

#include "engine/run_testing.h"
#include "engine/sampler.h"
#include "simulation/event_invariants.h"
#include "simulation/simulated_objective.h"
#include "support/one_processor.h"
#include "support/race_difference.h"
#include "support/slow_timing.h"

namespace tortoise::testing {
namespace {

// Keeps all rows, and follows the events.
class Follower : public Collector {
 public:
  explicit Follower(const RunOptions& options) : invariants(options) {}

  void OnRecords(const RecordBatch& batch) override {
    Collector::OnRecords(batch);
    for (const EventRecord& event : batch.events) {
      if (!invariants.Take(event)) return;
    }
  }
  EventInvariants invariants;
};

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeObjective(const RandomExperiment& e) {
  if (e.num_parameters == 0) return MakeNone<T>();
  return Erase<T>(SimulatedObjective<T>(e));
}

// One run of a random experiment, and what can be said of it.
template <typename T>
class Simulation {
 public:
  explicit Simulation(const RandomExperiment& experiment)
      : experiment_(experiment),
        options_(experiment.options),
        objective_(MakeObjective<T>(experiment)),
        follower_(options_),
        w_(experiment.num_parameters) {
    summary_ = tortoise::Run<T>(*objective_, nullptr, options_,
                                std::span<T>(w_), {.observer = &follower_});
  }

  std::string Problem(const Checks& checks) {
    // Once rows are thinned, events are no longer recorded.
    const bool is_whole = summary_.contributions_recorded ==
                          static_cast<std::int64_t>(rows().size());
    if (is_whole) follower_.invariants.CompareWith(summary_);
    Say(follower_.invariants.problem());
    CheckUpdates();
    CheckEnd();
    if (is_whole) {
      CheckRows();
      CheckFaults();
      CheckSeconds();
      if (checks.by_loop) CheckByLoop();
      if (checks.by_loop) CheckParameters();
    }
    if (checks.twice) CheckTwice();
    return problem_;
  }

 private:
  const std::vector<ContributionRecord>& rows() const {
    return follower_.contributions;
  }

  void Say(const std::string& problem) {
    if (problem_.empty()) problem_ = problem;
  }
  void Require(bool holds, const char* what) {
    if (!holds) Say(what);
  }

  void CheckUpdates() {
    double last = 0.0;
    for (const UpdateRecord& update : follower_.updates) {
      Require(update.seconds >= last, "updates go back in time");
      Require(update.contributions == options_.method.synchrony.quorum,
              "an update of another size");
      last = update.seconds;
    }
    Require(summary_.last_update_seconds <= summary_.seconds,
            "an update after the end");
    for (std::size_t i = 1; i < summary_.curve.size(); ++i) {
      Require(summary_.curve[i - 1].seconds < summary_.curve[i].seconds &&
                  summary_.curve[i - 1].updates <= summary_.curve[i].updates,
              "the curve goes back");
    }
    Require(summary_.curve.back().updates == summary_.updates,
            "the curve does not end with the last update");
  }

  void CheckEnd() {
    const StopRule& stop = options_.stop;
    const auto& gradients = summary_.gradients;
    Require(summary_.updates <= stop.updates, "more updates than asked for");
    Require(summary_.seconds <= stop.seconds, "longer than asked for");
    Require(!summary_.failure ==
                (summary_.termination != Termination::kWorkerFailed),
            "failure and termination do not agree");
    switch (summary_.termination) {
      case Termination::kUpdates:
        return Require(summary_.updates == stop.updates, "too few updates");
      case Termination::kSeconds:
        return Require(summary_.seconds == stop.seconds, "too few seconds");
      case Termination::kEpochs:
        return Require(
            static_cast<double>(gradients.applied) * options_.batch_size >=
                stop.epochs * static_cast<double>(experiment_.num_samples),
            "too few epochs");
      case Termination::kTargetLoss:
        return Require(summary_.final_loss() <= stop.target_loss.value_or(-1),
                       "the target was not reached");
      case Termination::kWorkerStopped:
        return Require(!options_.speed.stops_at.empty(), "nobody ever stops");
      case Termination::kTraceEnded:
        return Require(options_.delay.trace() != nullptr, "there is no trace");
      case Termination::kWorkerFailed:
        return CheckFailure();
      case Termination::kDiverged:
        return Require(experiment_.fault && !experiment_.fault_throws,
                       "diverged without a fault");
      case Termination::kInterrupted:
        return Say("nobody interrupted it");
    }
  }

  void CheckFailure() {
    Require(experiment_.fault && experiment_.fault_throws,
            "failed without a fault");
    if (!summary_.failure) return;
    try {
      std::rethrow_exception(summary_.failure);
    } catch (const SimulatedFailure&) {
    } catch (...) {
      Say("another exception than was thrown");
    }
  }

  void CheckRows() {
    std::int64_t applied = 0;
    std::int64_t cancelled = 0;
    for (const ContributionRecord& row : rows()) {
      applied += row.fate == Fate::kApplied;
      cancelled += row.fate == Fate::kCancelled;
      Require(row.seconds_released <= row.seconds_started,
              "started before its release");
      Require(!(row.seconds_arrived < row.seconds_released),
              "arrived before its release");
      Require(row.fate == Fate::kCancelled ||
                  !(row.seconds_arrived < row.seconds_computed),
              "arrived before it was computed");
      Require((row.fate == Fate::kApplied) ==
                  (row.version_counted >= row.version_read &&
                   row.version_counted >= 0),
              "counted wrongly");
    }
    const std::int64_t tau = options_.method.local_steps;
    Require(applied * tau == summary_.gradients.applied, "applied rows");
    Require(cancelled * tau == summary_.gradients.cancelled, "cancelled rows");
  }

  bool HasFault(const ContributionRecord& row) {
    if (!experiment_.fault) return false;
    internal::Sampler sampler(options_, experiment_.num_samples);
    for (int i = 0; i < options_.method.local_steps; ++i) {
      if (sampler.Draw(row.worker, row.gradient + i)[0] == experiment_.fault) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] bool EndedByFault() const {
    return summary_.termination == Termination::kWorkerFailed ||
           summary_.termination == Termination::kDiverged;
  }

  // What fails is never pushed, and ends the run when it would have been.
  void CheckFaults() {
    int in_flight = 0;
    for (const ContributionRecord& row : rows()) {
      if (row.fate == Fate::kCancelled || !HasFault(row)) continue;
      Require(std::isnan(row.seconds_arrived), "what failed was pushed");
      ++in_flight;
    }
    if (EndedByFault()) Require(in_flight > 0, "nothing failed");
  }

  // All seconds of all workers, but for those of what is in flight. Of what
  // failed at the end they are counted too.
  void CheckSeconds() {
    double seconds = 0.0;
    int num_faults = 0;
    for (const ContributionRecord& row : rows()) {
      if (!std::isnan(row.seconds_arrived)) continue;
      if (EndedByFault() && HasFault(row) && ++num_faults == 1) continue;
      seconds += summary_.seconds - row.seconds_released;
    }
    const auto& spent = summary_.worker_seconds;
    for (const double part : {spent.computing, spent.straggling, spent.waiting,
                              spent.communicating, spent.cancelled}) {
      Require(part >= 0.0, "negative seconds");
      seconds += part;
    }
    const double all = summary_.num_workers * summary_.seconds;
    if (num_faults <= 1 && std::abs(seconds - all) > 1e-9 * all) {
      Say(fmt::format("seconds of workers add up to {}, not {}", seconds, all));
    }
  }

  // A run that user code or a target ends is the beginning of the slow race.
  void CheckByLoop() {
    const LoopResult loop = SlowRace(options_, experiment_.num_samples);
    RaceDifference difference(loop, options_.method.local_steps);
    const bool is_cut_short =
        EndedByFault() || summary_.termination == Termination::kTargetLoss;
    if (!is_cut_short) {
      Say(difference.Find(rows(), follower_.updates));
      Require(summary_.termination == SlowTermination(options_, loop),
              "it ended otherwise than the slow race");
      return;
    }
    std::size_t count = 0;
    while (count < rows().size() && rows()[count].fate != Fate::kUnfinished) {
      ++count;
    }
    Say(difference.FindInFirst(count, rows()));
  }

  void CheckParameters() {
    if (w_.empty()) return;
    const auto models = Replay<T>(std::vector<T>(w_.size()), options_, rows(),
                                  SlowContribution<T>(*objective_, options_));
    Require(models.back() == w_, "the rows give other parameters");
  }

  void CheckTwice() {
    const OnOneProcessor one;
    const Simulation again(experiment_);
    Require(again.w_ == w_ && again.summary_.parameters_checksum ==
                                  summary_.parameters_checksum,
            "other parameters the second time");
    Require(again.Text() == Text(), "other rows the second time");
  }

  [[nodiscard]] std::string Text() const {
    std::string text = summary_.FullReport();
    for (const ContributionRecord& row : rows()) {
      text += fmt::format("{} {} {} {} {} {} {} {} {}\n", row.worker,
                          row.gradient, row.version_read, row.version_counted,
                          row.seconds_released, row.seconds_started,
                          row.seconds_computed, row.seconds_arrived,
                          ToString(row.fate));
    }
    for (const UpdateRecord& row : follower_.updates) {
      text += fmt::format("{} {} {}\n", row.update, row.seconds,
                          row.mean_staleness);
    }
    for (const CurvePoint& point : summary_.curve) {
      text += fmt::format("{} {} {} {}\n", point.seconds, point.updates,
                          point.gradients, point.loss);
    }
    return text;
  }

  const RandomExperiment& experiment_;
  const RunOptions& options_;
  std::unique_ptr<AnyObjective<T>> objective_;
  Follower follower_;
  std::vector<T> w_;
  Summary summary_;
  std::string problem_;
};

}  // namespace

std::string CheckExperiment(const RandomExperiment& experiment,
                            const Checks& checks) {
  return experiment.is_float ? Simulation<float>(experiment).Problem(checks)
                             : Simulation<double>(experiment).Problem(checks);
}

}  // namespace tortoise::testing
