// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/tape.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <iterator>
#include <limits>
#include <memory>
#include <string>

#include "core/text.h"
#include "experiment/race/forecast.h"
#include "experiment/race/problem.h"
#include "experiment/settings/delay_keys.h"
#include "experiment/settings/precision.h"
#include "tortoise/engine/run.h"

namespace tortoise {
namespace {

// Watches for the last draw of the tape that any worker takes.
class DrawCounter final : public RunObserver {
 public:
  explicit DrawCounter(int local_steps) : local_steps_(local_steps) {}

  void OnRecords(const RecordBatch& batch) override {
    for (const ContributionRecord& record : batch.contributions) {
      most_ = std::max(most_, record.gradient + local_steps_);
    }
  }
  [[nodiscard]] std::int64_t most() const { return most_; }

 private:
  int local_steps_;
  std::int64_t most_ = 0;
};

std::size_t CountSamples(const Experiment& experiment) {
  return internal::WithPrecision(
      experiment.problem.precision,
      [&]<typename T>() { return LoadProblem<T>(experiment).num_samples; });
}

// The updates after which that many epochs are over, for every update counts
// as many gradients.
std::int64_t UpdatesIn(double epochs, std::size_t num_samples,
                       const RunOptions& options) {
  const double per_update =
      static_cast<double>(options.method.synchrony.quorum) *
      options.method.local_steps * options.batch_size;
  const double updates =
      std::ceil(epochs * static_cast<double>(num_samples) / per_update);
  // 2^62: more than any run makes, and it fits.
  return static_cast<std::int64_t>(std::clamp(updates, 1.0, 0x1p62));
}

// The run of a racer when it has nothing to learn.
RunOptions WithoutModel(RunOptions options, std::uint64_t repeat,
                        std::size_t num_samples) {
  options.clock = Clock::kVirtual;
  options.sampling = Sampling::kUniform;
  options.repeat = repeat;
  if (std::isfinite(options.stop.epochs)) {
    options.stop.updates =
        std::min(options.stop.updates,
                 UpdatesIn(options.stop.epochs, num_samples, options));
    options.stop.epochs = std::numeric_limits<double>::infinity();
  }
  options.stop.target_loss.reset();
  // None is thinned away, the last ones neither.
  options.report = {.snapshots = 1, .contributions = StopRule::kNever};
  return options;
}

void CheckOneDelay(const Experiment& experiment) {
  const RacerSettings& first = experiment.racers.front();
  for (const RacerSettings& racer : experiment.racers) {
    if (racer.options.delay == first.options.delay) continue;
    throw InputError(
        experiment.file, 0,
        fmt::format("a trace holds one delay, and the racers have several: "
                    "\"{}\" has {} and \"{}\" {}",
                    first.name, internal::WriteDelay(first), racer.name,
                    internal::WriteDelay(racer)));
  }
}

void CheckRepeat(const Experiment& experiment, std::uint64_t repeat) {
  if (repeat < experiment.repeats) return;
  throw experiment.ErrorAt(
      "repeats", fmt::format("there are {}, counted from 0; there is no {}",
                             experiment.repeats, repeat));
}

// A trace has as many gradients of each worker as are asked for.
void CheckLength(const Experiment& experiment, const DelaySource& delay,
                 int workers, std::int64_t gradients) {
  const Trace* trace = delay.trace();
  if (trace == nullptr) return;
  for (std::size_t w = 0; w < static_cast<std::size_t>(workers); ++w) {
    const std::size_t given = trace->seconds.at(w).size();
    if (given >= static_cast<std::size_t>(gradients)) continue;
    throw experiment.ErrorAt(
        "workers.delay",
        fmt::format("the trace has {} gradients of worker {}, and {} are "
                    "asked for",
                    given, w, gradients));
  }
}

int MostWorkers(const Experiment& experiment) {
  int most = 0;
  for (const Racer& racer : experiment.racers) {
    most = std::max(most, racer.options.method.num_workers);
  }
  return most;
}

}  // namespace

std::int64_t GradientsNeeded(const Experiment& experiment,
                             std::uint64_t repeat) {
  Experiment measured = experiment;
  MeasureCompute(measured);
  const std::size_t num_samples =
      std::isfinite(experiment.stop().epochs) ? CountSamples(experiment) : 0;
  const auto none = MakeNone<float>();
  std::int64_t most = 0;
  for (const Racer& racer : measured.racers) {
    const RunOptions options = WithoutModel(racer.options, repeat, num_samples);
    if (const auto violation = options.Violation(0)) {
      throw InputError(experiment.file, 0,
                       fmt::format("racer {}: {}; say how many gradients to "
                                   "write with --gradients",
                                   racer.name, violation->text));
    }
    DrawCounter counter(options.method.local_steps);
    (void)Run<float>(*none, nullptr, options, {}, {.observer = &counter});
    most = std::max(most, counter.most());
  }
  return most;
}

void WriteTape(const Experiment& experiment, std::uint64_t repeat,
               std::optional<std::int64_t> gradients,
               const std::function<void(std::string_view)>& write) {
  constexpr std::size_t kPiece = 1 << 16;
  CheckOneDelay(experiment);
  CheckRepeat(experiment, repeat);
  const DelaySource& delay = experiment.racers.front().options.delay;
  const int workers = MostWorkers(experiment);
  if (gradients) CheckLength(experiment, delay, workers, *gradients);
  const std::int64_t needed =
      gradients ? *gradients : GradientsNeeded(experiment, repeat);
  const DelayTape tape(delay, experiment.seed(), repeat);
  std::string text = "worker,gradient,seconds\n";
  for (int w = 0; w < workers; ++w) {
    for (std::int64_t i = 0; i < needed; ++i) {
      const auto seconds = tape.Work(static_cast<std::uint64_t>(w),
                                     static_cast<std::uint64_t>(i));
      if (!seconds) break;
      fmt::format_to(std::back_inserter(text), "{},{},{}\n", w, i,
                     ShortestDecimal(*seconds));
      if (text.size() >= kPiece) {
        write(text);
        text.clear();
      }
    }
  }
  write(text);
}

}  // namespace tortoise
