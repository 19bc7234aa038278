// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/forecast.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <map>
#include <numeric>

#include "core/clock.h"
#include "experiment/race/check_racers.h"
#include "experiment/race/problem.h"
#include "experiment/settings/precision.h"
#include "tortoise/core/random.h"

namespace tortoise {
namespace {

// Mean seconds of a call, over at least three calls and a tenth of a second;
// the first call, which meets cold caches, does not count.
template <typename Call>
double MeanSeconds(const Call& call) {
  call();
  const RunClock clock;
  int calls = 0;
  do {
    call();
    ++calls;
  } while (calls < 3 || (clock.Now() < 0.1 && calls < 10'000));
  return clock.Now() / calls;
}

// Rows drawn as a worker draws them; for an unlimited population, any number.
std::vector<Sample> DrawBatch(std::size_t size, std::size_t num_samples) {
  RandomSequence random(RandomStream(1, 0, Purpose::kSample));
  std::vector<Sample> batch(size);
  for (Sample& sample : batch) {
    sample = num_samples > 0 ? random.Index(num_samples) : random.Bits();
  }
  return batch;
}

// Measures a problem. Gradients of one batch size are measured once.
template <typename T>
class Measurement {
 public:
  explicit Measurement(const Problem<T>& problem)
      : train_(problem.train->Clone()),
        w_(problem.num_parameters),
        gradient_(problem.num_parameters) {
    train_->Initialize(w_, RandomStream(1, 0, Purpose::kInitial));
  }

  double SecondsPerGradient(int batch_size) {
    if (train_->num_parameters() == 0) return 0.0;
    const auto known = seconds_.find(batch_size);
    if (known != seconds_.end()) return known->second;
    const auto batch =
        DrawBatch(static_cast<std::size_t>(batch_size), train_->num_samples());
    return seconds_[batch_size] =
               MeanSeconds([&] { train_->Gradient(w_, batch, gradient_); });
  }

  // Of the loss over all samples, on all processors.
  double SecondsPerLoss() {
    const std::size_t n = train_->num_samples();
    if (n == 0) return 0.0;
    const auto batch = DrawBatch(std::min<std::size_t>(n, 1000), n);
    const double seconds = MeanSeconds([&] { train_->Loss(w_, batch); });
    return seconds * static_cast<double>(n) /
           (static_cast<double>(batch.size()) * AvailableProcessors());
  }

 private:
  std::unique_ptr<AnyObjective<T>> train_;
  AlignedVector<T> w_;
  AlignedVector<T> gradient_;
  std::map<int, double> seconds_;
};

// Seconds of a gradient in virtual time, on average.
double VirtualSeconds(const RunOptions& options) {
  const double delay = options.delay.Mean();
  return options.delay_mode == DelayMode::kTotal
             ? std::max(options.compute_seconds, delay)
             : options.compute_seconds + delay;
}

// Applied gradients after which a racer ends at the latest, infinity if it is
// ended by its seconds only.
double MostGradients(const RunOptions& options, std::size_t num_samples) {
  double most = std::numeric_limits<double>::infinity();
  const Method& method = options.method;
  if (options.stop.updates != StopRule::kNever) {
    most = static_cast<double>(options.stop.updates) * method.synchrony.quorum *
           method.local_steps;
  }
  if (num_samples > 0 && std::isfinite(options.stop.epochs)) {
    most =
        std::min(most, options.stop.epochs * static_cast<double>(num_samples) /
                           options.batch_size);
  }
  return most;
}

// Gradients that a racer computes in virtual time, roughly: none of its
// workers waits, and none is cancelled.
double VirtualGradients(const RunOptions& options, std::size_t num_samples) {
  const double most = MostGradients(options, num_samples);
  const double seconds = VirtualSeconds(options);
  if (std::isinf(seconds)) return most;  // a mean that diverges says nothing
  const double workers = options.method.num_workers;
  return std::min(most, workers * options.stop.seconds / seconds);
}

RacerForecast ForecastRacer(const Racer& racer, double seconds_per_gradient,
                            std::size_t num_samples) {
  const RunOptions& options = racer.options;
  const bool is_virtual = options.clock == Clock::kVirtual;
  const double workers = options.method.num_workers;
  const double delay = options.delay.Mean();
  RacerForecast forecast{.name = racer.name,
                         .seconds_per_gradient = seconds_per_gradient};
  // Seconds of work per gradient when nobody waits: the processors are shared,
  // delays are not.
  const double computing =
      is_virtual ? 0.0 : seconds_per_gradient / AvailableProcessors();
  if (delay > 0.0 && !is_virtual) {  // 0 if the mean diverges
    forecast.compute_load = workers * computing / delay;
  }
  const double gradients = MostGradients(options, num_samples);
  const double pace = std::max(
      computing, (is_virtual ? VirtualSeconds(options) : delay) / workers);
  forecast.most_seconds = options.stop.seconds;
  if (!options.stop.target_loss) {
    forecast.least_seconds =
        std::min(options.stop.seconds,
                 std::isfinite(pace) && pace > 0.0 ? gradients * pace : 0.0);
  }
  return forecast;
}

template <typename T>
RaceForecast Forecast(const Experiment& experiment) {
  const Problem<T> problem = LoadProblem<T>(experiment);
  internal::CheckRacers(experiment, problem.num_samples);
  Measurement<T> measurement(problem);
  RaceForecast forecast{.num_samples = problem.num_samples,
                        .num_parameters = problem.num_parameters,
                        .racers = {}};
  const double repeats = static_cast<double>(experiment.repeats);
  const double seconds_per_loss = measurement.SecondsPerLoss();
  for (const Racer& racer : experiment.racers) {
    const RunOptions& options = racer.options;
    forecast.racers.push_back(
        ForecastRacer(racer, measurement.SecondsPerGradient(options.batch_size),
                      problem.num_samples));
    forecast.most_seconds += repeats * forecast.racers.back().most_seconds;
    forecast.least_seconds += repeats * forecast.racers.back().least_seconds;
    forecast.evaluation_seconds +=
        repeats * options.report.snapshots * seconds_per_loss;
    if (options.clock == Clock::kVirtual && problem.num_parameters > 0) {
      forecast.computing_seconds +=
          repeats * VirtualGradients(options, problem.num_samples) *
          forecast.racers.back().seconds_per_gradient / AvailableProcessors();
    }
  }
  return forecast;
}

template <typename T>
void Measure(Experiment& experiment) {
  const Problem<T> problem = LoadProblem<T>(experiment);
  Measurement<T> measurement(problem);
  const auto measure = [&](RacerSettings& settings) {
    if (!settings.measures_compute) return;
    settings.measures_compute = false;
    settings.options.compute_seconds =
        measurement.SecondsPerGradient(settings.options.batch_size);
  };
  measure(experiment.common);
  for (RacerSettings& racer : experiment.racers) measure(racer);
}

}  // namespace

RaceForecast ForecastRace(const Experiment& experiment) {
  return internal::WithPrecision(
      experiment.problem.precision,
      [&]<typename T>() { return Forecast<T>(experiment); });
}

void MeasureCompute(Experiment& experiment) {
  if (!experiment.common.measures_compute &&
      std::ranges::none_of(experiment.racers,
                           &RacerSettings::measures_compute)) {
    return;
  }
  internal::WithPrecision(experiment.problem.precision,
                          [&]<typename T>() { Measure<T>(experiment); });
}

}  // namespace tortoise
