// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>
#include <utility>

#include "core/text.h"
#include "experiment/files/json.h"
#include "experiment/fit/fit.h"
#include "experiment/settings/delay_keys.h"

namespace tortoise {
namespace {

using internal::Json;
using internal::OrNull;

// --- For readers -------------------------------------------------------------

// No estimate is better than six digits.
double Rounded(double value) {
  return std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr);
}

// Probabilities are rounded so that they still add up to 1.
DelayLaw Rounded(const DelayLaw& law) {
  auto keys = law.keys();
  for (auto& [key, values] : keys) {
    for (double& value : values) value = Rounded(value);
    if (key == "probabilities") {
      values[0] = std::round(values[0] * 1e6) / 1e6;
      values[1] = std::round((1 - values[0]) * 1e6) / 1e6;
    }
  }
  return DelayLaw::Make(law.name(), keys);
}

std::string LawToml(const DelayFit& fit) {
  return internal::WriteLaw(Rounded(fit.candidates.front().law));
}

// Everything but the lines for a file is a comment, so that the whole is one.
void AppendComment(std::string& text, std::string line) {
  while (!line.empty() && line.back() == ' ') line.pop_back();
  text += line.empty() ? "#\n" : "# " + line + '\n';
}

std::string Milliseconds(double seconds) {
  return std::isfinite(seconds) ? fmt::format("{:.4g}", 1e3 * seconds) : "inf";
}

std::string RelativeError(const DelayCandidate& candidate) {
  const double share = candidate.mean_error / candidate.law.mean();
  return std::isfinite(share) ? fmt::format("{:.2g} %", 100 * share) : "-";
}

void AppendCandidates(std::string& text, const DelayFit& fit) {
  AppendComment(
      text,
      fmt::format("  {:20} {:>10} {:>9} {:>9} {:>8}  {:>10}  {}", "law",
                  "mean (ms)", "+-", "distance", "p", "BIC", "parameters"));
  const double best = fit.candidates.front().bic;
  for (const DelayCandidate& c : fit.candidates) {
    std::string keys;
    for (const auto& [key, values] : c.law.keys()) {
      for (const double value : values) {
        keys +=
            fmt::format("{}{} = {:.4g}", keys.empty() ? "" : ", ", key, value);
      }
    }
    AppendComment(text, fmt::format("  {:20} {:>10} {:>9} {:>9.4f} {:>8.2g}  "
                                    "{:>+10.1f}  {}",
                                    c.law.name(), Milliseconds(c.law.mean()),
                                    RelativeError(c), c.distance, c.p_value,
                                    c.bic - best, keys));
  }
}

std::string SpeedToml(const std::vector<double>& speeds) {
  std::vector<std::string> numbers;
  for (const double v : speeds) {
    // A worker that was never observed whole: any number would be a guess.
    numbers.push_back(
        std::isnan(v) ? "1"
                      : fmt::format("{}", ShortestDecimal(std::strtod(
                                              fmt::format("{:.3g}", v).c_str(),
                                              nullptr))));
  }
  return fmt::format("[{}]", fmt::join(numbers, ", "));
}

void AppendUnknownSpeeds(std::string& text, const std::vector<double>& speeds) {
  std::vector<std::size_t> unknown;
  for (std::size_t w = 0; w < speeds.size(); ++w) {
    if (std::isnan(speeds[w])) unknown.push_back(w);
  }
  if (unknown.empty()) return;
  AppendComment(text, fmt::format("  speed unknown (no gradient was observed "
                                  "whole) of worker {}",
                                  fmt::join(unknown, ", ")));
}

void AppendFit(std::string& text, const char* what, const DelayFit& fit) {
  AppendComment(
      text, fmt::format("{}: {} whole, {} cancelled, {} hidden by computing",
                        what, fit.num_exact, fit.num_right_censored,
                        fit.num_left_censored));
  AppendCandidates(text, fit);
  AppendUnknownSpeeds(text, fit.speeds);
}

// The lines for a file; `prefix` makes comments of them.
void AppendDelayKeys(std::string& text, const RacersDelays& delays,
                     const char* prefix) {
  if (delays.delay) {
    text += fmt::format("{}[workers]\n{}delay = {}\n", prefix, prefix,
                        LawToml(*delays.delay));
    if (!delays.delay->speeds.empty()) {
      text += fmt::format("{}speed = {}\n", prefix,
                          SpeedToml(delays.delay->speeds));
    }
  }
  if (delays.round_delay) {
    text += fmt::format("{}[communication]\n{}round_delay = {}\n", prefix,
                        prefix, LawToml(*delays.round_delay));
  }
}

void AppendConstants(std::string& text, const MeasuredConstants& measured) {
  const TheoryConstants& c = measured.constants;
  const std::pair<const char*, std::optional<double>> keys[] = {
      {"L", c.L},
      {"c", c.c},
      {"sigma_squared", c.sigma_squared},
      {"noise_growth", c.noise_growth},
      {"initial_gap", c.initial_gap},
      {"gamma", c.gamma},
      {"fresh_probability", c.fresh_probability}};
  if (!measured.racers.empty()) {
    AppendComment(
        text, fmt::format("{:28} {:>10} {:>10}", "racer", "gamma", "fresh"));
    const auto number = [](const std::optional<double>& value) {
      return value ? fmt::format("{:.4g}", *value) : "-";
    };
    for (const RacerConstants& racer : measured.racers) {
      AppendComment(
          text, fmt::format("{:28} {:>10} {:>10}", racer.name,
                            number(racer.gamma), number(racer.fresh_fraction)));
    }
    AppendComment(text,
                  "initial_gap is at least this, as F* is taken as the "
                  "smallest loss seen; gamma is");
    AppendComment(text,
                  "the largest of the racers, fresh_probability the least.");
  }
  for (const std::string& note : measured.notes) AppendComment(text, note);
  text += "[theory]\n";
  for (const auto& [key, value] : keys) {
    if (value) {
      text += fmt::format("{} = {}\n", key, ShortestDecimal(Rounded(*value)));
    }
  }
}

// --- For programs ------------------------------------------------------------

Json Of(const DelayLaw& law) {
  Json json = {{"distribution", law.name()}};
  for (const auto& [key, values] : law.keys()) {
    json[key] = values.size() == 1 ? Json(values[0]) : Json(values);
  }
  return json;
}

Json Of(const std::optional<DelayFit>& fit) {
  if (!fit) return nullptr;
  Json laws = Json::array();
  for (const DelayCandidate& c : fit->candidates) {
    laws.push_back({{"law", Of(c.law)},
                    {"mean", c.law.mean()},
                    {"mean_error", c.mean_error},
                    {"log_likelihood", c.log_likelihood},
                    {"parameters", c.num_parameters},
                    {"bic", c.bic},
                    {"distance", c.distance},
                    {"p_value", c.p_value}});
  }
  return {{"whole", fit->num_exact},
          {"cancelled", fit->num_right_censored},
          {"hidden", fit->num_left_censored},
          {"speed", fit->speeds},
          {"laws", std::move(laws)}};
}

Json Of(const TheoryConstants& c) {
  return {{"L", OrNull(c.L)},
          {"c", OrNull(c.c)},
          {"sigma_squared", OrNull(c.sigma_squared)},
          {"noise_growth", OrNull(c.noise_growth)},
          {"initial_gap", OrNull(c.initial_gap)},
          {"gamma", OrNull(c.gamma)},
          {"fresh_probability", OrNull(c.fresh_probability)}};
}

}  // namespace

// Only the first law can be a line of the file: a key stands there once.
std::string FitText(const RaceFit& fit) {
  std::string text;
  for (const RacersDelays& delays : fit.delays) {
    AppendComment(text,
                  fmt::format("racers: {}", fmt::join(delays.racers, ", ")));
    for (const std::string& note : delays.notes) AppendComment(text, note);
    if (delays.delay) AppendFit(text, "gradients", *delays.delay);
    if (delays.round_delay) {
      AppendFit(text, "round delays", *delays.round_delay);
    }
    const bool is_first = &delays == &fit.delays.front();
    AppendDelayKeys(text, delays, is_first ? "" : "# ");
    text += '\n';
  }
  AppendConstants(text, fit.measured);
  return text;
}

std::string FitJson(const RaceFit& fit) {
  Json delays = Json::array();
  for (const RacersDelays& each : fit.delays) {
    delays.push_back({{"racers", each.racers},
                      {"notes", each.notes},
                      {"delay", Of(each.delay)},
                      {"round_delay", Of(each.round_delay)}});
  }
  Json racers = Json::array();
  for (const RacerConstants& racer : fit.measured.racers) {
    racers.push_back({{"name", racer.name},
                      {"gamma", OrNull(racer.gamma)},
                      {"fresh_fraction", OrNull(racer.fresh_fraction)}});
  }
  return internal::JsonText({{"delays", std::move(delays)},
                             {"theory", Of(fit.measured.constants)},
                             {"racers", std::move(racers)},
                             {"notes", fit.measured.notes}}) +
         "\n\n";
}

}  // namespace tortoise
