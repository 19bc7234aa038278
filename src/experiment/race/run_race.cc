// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/run_race.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "experiment/race/check_racers.h"
#include "experiment/race/forecast.h"
#include "experiment/race/problem.h"
#include "experiment/race/sweep.h"
#include "experiment/run_directory/resume.h"
#include "experiment/run_directory/run_directory.h"
#include "experiment/run_directory/run_reader.h"
#include "experiment/settings/precision.h"
#include "tortoise/straggler/delay_tape.h"

namespace tortoise {
namespace {

// Tells the run directory first, so that what a watcher has seen is kept.
class Observers final : public RaceObserver {
 public:
  Observers(RaceObserver& first, RaceObserver* second)
      : first_(first), second_(second) {}

  void OnStart(std::size_t racer, std::uint64_t repeat) override {
    first_.OnStart(racer, repeat);
    if (second_ != nullptr) second_->OnStart(racer, repeat);
  }
  void OnProgress(const Progress& progress) override {
    first_.OnProgress(progress);
    if (second_ != nullptr) second_->OnProgress(progress);
  }
  void OnRecords(const RecordBatch& batch) override {
    first_.OnRecords(batch);
    if (second_ != nullptr) second_->OnRecords(batch);
  }
  void OnFinish(const RaceEntry& entry) override {
    first_.OnFinish(entry);
    if (second_ != nullptr) second_->OnFinish(entry);
  }

 private:
  RaceObserver& first_;
  RaceObserver* second_;
};

RaceDescription Describe(const Experiment& experiment, std::size_t num_samples,
                         std::size_t num_parameters) {
  return {.name = experiment.name,
          .clock = experiment.clock(),
          .seed = experiment.seed(),
          .repeats = experiment.repeats,
          .objective = experiment.problem.objective,
          .num_samples =
              num_samples > 0 ? std::optional(num_samples) : std::nullopt,
          .num_parameters = num_parameters,
          .racers = experiment.Racers()};
}

// Racers as they are run: an order of events is worth recording where there is
// one that another run would not have.
std::vector<Racer> Recorded(std::vector<Racer> racers) {
  for (Racer& racer : racers) {
    RunOptions& options = racer.options;
    options.report.events =
        options.clock == Clock::kWall && !options.method.writes_in_place();
  }
  return racers;
}

RaceVerdict Judge(const Experiment& experiment, const RaceResult& race,
                  const std::optional<std::string>& best) {
  RaceVerdict verdict;
  if (best) verdict.best = BestValues(*best, experiment, race);
  verdict.differences =
      best ? OnlyBest(race, verdict.best).Differences() : race.Differences();
  return verdict;
}

template <typename T>
ExperimentResult RaceWith(const Experiment& experiment,
                          const std::string& out_dir,
                          const RaceControl& control,
                          const ExperimentOptions& options) {
  RunDirectory directory(
      out_dir, ResolvedToml(experiment), RunDirectory::kTraceBytes,
      options.resume ? RunDirectory::Mode::kResume : RunDirectory::Mode::kNew);
  const Problem<T> problem = LoadProblem<T>(experiment);
  internal::CheckRacers(experiment, problem.num_samples);
  ExperimentResult result;
  if (control.stop.stop_requested()) {
    result.interrupted = true;
    return result;
  }
  directory.Begin(
      Describe(experiment, problem.num_samples, problem.num_parameters));
  result.num_kept = directory.entries().size();
  Observers observers(directory, control.observer);
  result.race = Race<T>(*problem.train, problem.test.get(),
                        Recorded(experiment.Racers()), experiment.repeats,
                        {.observer = &observers,
                         .stop = control.stop,
                         .skip_evaluation = control.skip_evaluation,
                         .finished = directory.entries()});
  result.interrupted = control.stop.stop_requested();
  result.verdict = Judge(experiment, result.race, options.best);
  directory.Finish(result.race, !result.interrupted, result.verdict);
  result.foreign_share = directory.foreign_share();
  result.warnings =
      RaceWarnings(experiment.Racers(), result.race, result.foreign_share);
  return result;
}

// A race that was complete already, as its folder tells it.
ExperimentResult Reread(const Experiment& experiment, const std::string& path,
                        const ExperimentOptions& options) {
  ExperimentResult result;
  result.was_complete = true;
  RecordedRace recorded = internal::ReadRace(path, /*keep_records=*/false);
  for (RecordedRun& run : recorded.runs) {
    result.race.entries.push_back(std::move(run.entry));
  }
  result.num_kept = result.race.entries.size();
  MeasureToTarget(experiment.Racers(), result.race);
  result.verdict = Judge(experiment, result.race, options.best);
  return result;
}

const Racer* Find(const std::vector<Racer>& racers, const std::string& name) {
  const auto it = std::ranges::find(racers, name, &Racer::name);
  return it == racers.end() ? nullptr : &*it;
}

// What virtual time cannot show.
void AddVirtualWarnings(const std::vector<Racer>& racers,
                        std::vector<std::string>& warnings) {
  for (const Racer& racer : racers) {
    const RunOptions& options = racer.options;
    if (options.clock != Clock::kVirtual || !options.method.writes_in_place())
      continue;
    warnings.push_back(fmt::format(
        "{}: in virtual time workers make whole updates one after the other, "
        "as {} does; what happens inside an update is seen on real threads "
        "only",
        racer.name, options.method.local_steps > 1 ? "async-local" : "async"));
  }
}

}  // namespace

ExperimentResult RaceExperiment(const Experiment& experiment,
                                const std::string& out_dir,
                                const RaceControl& control,
                                const ExperimentOptions& options) {
  Experiment ready = experiment;
  if (options.best) GroupByKey(*options.best, ready);
  if (options.resume) {
    internal::MatchRunDirectory(out_dir, ready);
    if (internal::IsComplete(out_dir)) return Reread(ready, out_dir, options);
  }
  MeasureCompute(ready);
  return internal::WithPrecision(ready.problem.precision, [&]<typename T>() {
    return RaceWith<T>(ready, out_dir, control, options);
  });
}

std::vector<std::string> RaceWarnings(const std::vector<Racer>& racers,
                                      const RaceResult& result,
                                      std::optional<double> foreign_share) {
  // The worst racer stands for all: one line for each reason.
  struct Worst {
    double value = 0.0;
    std::string racer;
    void See(double candidate, const std::string& name) {
      if (candidate > value) *this = {candidate, name};
    }
  } load, overshoot;
  for (const RaceEntry& entry : result.entries) {
    const Summary& summary = entry.summary;
    load.See(summary.compute_load.value_or(0.0), entry.name);
    const Racer* racer = Find(racers, entry.name);
    const double mean = racer ? racer->options.delay.Mean() : 0.0;
    if (mean > 0.0) {
      overshoot.See(summary.delay_overshoot.p99.value_or(0.0) / mean,
                    entry.name);
    }
  }
  std::vector<std::string> warnings;
  if (load.value > 0.5) {
    warnings.push_back(fmt::format(
        "{}: compute load {:.2f} is above 0.5: computing, not the injected "
        "delays, decides the times; use longer delays or fewer workers",
        load.racer, load.value));
  }
  if (overshoot.value > 0.2) {
    warnings.push_back(fmt::format(
        "{}: 1 % of the delays ended late by more than {:.0f} % of the mean "
        "delay",
        overshoot.racer, 100.0 * overshoot.value));
  }
  AddVirtualWarnings(racers, warnings);
  const bool is_virtual =
      !racers.empty() && racers[0].options.clock == Clock::kVirtual;
  if (!is_virtual && foreign_share.value_or(0.0) > 0.05) {
    warnings.push_back(fmt::format(
        "other programs took {:.0f} % of the processor time during the race",
        100.0 * *foreign_share));
  }
  return warnings;
}

}  // namespace tortoise
