// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <cmath>

#include "commands.h"
#include "output.h"
#include "tortoise/experiment/forecast.h"

namespace tortoise::cli {
namespace {

std::string RaceLength(const RaceForecast& forecast) {
  if (std::isinf(forecast.most_seconds)) {
    return "at least " + Duration(forecast.least_seconds);
  }
  if (forecast.least_seconds >= forecast.most_seconds) {
    return Duration(forecast.most_seconds);
  }
  return "at most " + Duration(forecast.most_seconds);
}

std::string Describe(const RacerForecast& racer) {
  const std::string load =
      racer.compute_load
          ? fmt::format("compute load {:.2f}", *racer.compute_load)
          : "no injected delay";
  return fmt::format("#   {}: {:.3g} ms of computing per gradient, {}\n",
                     racer.name, 1e3 * racer.seconds_per_gradient, load);
}

}  // namespace

int CheckCommand(const Arguments& arguments) {
  if (arguments.keys) {
    Print(DescribeKeys());
    return kFine;
  }
  const Experiment experiment =
      ReadExperiment(arguments.file, arguments.overrides);
  const RaceForecast forecast = ForecastRace(experiment);
  // Comments, so that what is printed is an experiment file.
  Print(ResolvedToml(experiment));
  Print(fmt::format(
      "\n# {} samples, {}\n# {}, {}\n"
      "# the race takes {}, computing its losses about {} more\n",
      forecast.num_samples > 0 ? Grouped(forecast.num_samples) : "unlimited",
      Counted(forecast.num_parameters, "parameter"),
      Counted(experiment.racers.size(), "racer"),
      Counted(experiment.repeats, "repeat"), RaceLength(forecast),
      Duration(forecast.evaluation_seconds)));
  double highest = 0.0;
  for (const RacerForecast& racer : forecast.racers) {
    Print(Describe(racer));
    highest = std::max(highest, racer.compute_load.value_or(0.0));
  }
  if (highest > 0.5) {
    PrintWarning(fmt::format(
        "compute load {:.2f} is above 0.5: computing, not the injected "
        "delays, will decide the times",
        highest));
  }
  return kFine;
}

}  // namespace tortoise::cli
