// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "cli/commands.h"
#include "cli/output.h"
#include "experiment/race/forecast.h"

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

std::string Describe(const RacerForecast& racer, bool is_virtual) {
  std::string text = fmt::format("#   {}: {:.3g} ms of computing per gradient",
                                 racer.name, 1e3 * racer.seconds_per_gradient);
  if (racer.compute_load) {
    text += fmt::format(", compute load {:.2f}", *racer.compute_load);
  } else if (!is_virtual) {
    text += ", no injected delay";
  }
  return text + '\n';
}

// In virtual time the clock says nothing of how long the race will take.
std::string Length(const RaceForecast& forecast, bool is_virtual) {
  const std::string losses = Duration(forecast.evaluation_seconds);
  if (!is_virtual) {
    return fmt::format(
        "# the race takes {}, computing its losses about {} more\n",
        RaceLength(forecast), losses);
  }
  std::string text = fmt::format("# virtual time: {}\n", RaceLength(forecast));
  if (forecast.num_parameters == 0) return text;
  const std::string gradients =
      std::isinf(forecast.computing_seconds)
          ? "as long as it needs"
          : "about " + Duration(forecast.computing_seconds);
  return text + fmt::format(
                    "# computing its gradients takes {}, its losses "
                    "about {}\n",
                    gradients, losses);
}

void PrintForecast(const Experiment& experiment, const RaceForecast& forecast) {
  const bool is_virtual = experiment.clock() == Clock::kVirtual;
  const bool is_none = experiment.problem.objective == "none";
  // Comments, so that what is printed is an experiment file.
  if (!is_none) {
    Print(fmt::format(
        "\n# {} samples, {}",
        forecast.num_samples > 0 ? Grouped(forecast.num_samples) : "unlimited",
        Counted(forecast.num_parameters, "parameter")));
  }
  Print(fmt::format("\n# {}, {}\n", Counted(experiment.racers.size(), "racer"),
                    Counted(experiment.repeats, "repeat")));
  Print(Length(forecast, is_virtual));
  if (is_none) return;
  for (const RacerForecast& racer : forecast.racers) {
    Print(Describe(racer, is_virtual));
  }
}

}  // namespace

int CheckCommand(const Arguments& arguments) {
  if (arguments.keys) {
    Print(DescribeKeys());
    return kFine;
  }
  Experiment experiment = ReadExperiment(arguments.file, arguments.overrides);
  MeasureCompute(experiment);
  const RaceForecast forecast = ForecastRace(experiment);
  Print(ResolvedToml(experiment));
  PrintForecast(experiment, forecast);
  double highest = 0.0;
  for (const RacerForecast& racer : forecast.racers) {
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
