// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/resume.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string_view>
#include <system_error>

#include "core/text.h"
#include "experiment/files/toml_tree.h"

namespace tortoise::internal {
namespace {

std::string_view TakeLine(std::string_view& rest) {
  const std::size_t end = std::min(rest.find('\n'), rest.size());
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return line;
}

std::string Quoted(std::string_view line) {
  return line.empty() ? "nothing" : '\'' + Printable(line) + '\'';
}

void RequireSameText(const std::string& file, std::string_view recorded,
                     std::string_view wanted, const std::string& wanted_file) {
  for (std::size_t number = 1; recorded != wanted; ++number) {
    const std::string_view there = TakeLine(recorded);
    const std::string_view here = TakeLine(wanted);
    if (there == here) continue;
    throw InputError(
        file, number,
        fmt::format("is of another race: it says {} where {} means {}",
                    Quoted(there), wanted_file, Quoted(here)));
  }
}

bool Measures(const Experiment& experiment) {
  return experiment.common.measures_compute ||
         std::ranges::any_of(experiment.racers,
                             &RacerSettings::measures_compute);
}

void TakeMeasured(const Experiment& from, Experiment& onto) {
  const auto take = [](const RacerSettings& measured, RacerSettings& settings) {
    if (!settings.measures_compute || measured.measures_compute) return;
    settings.measures_compute = false;
    settings.options.compute_seconds = measured.options.compute_seconds;
  };
  take(from.common, onto.common);
  if (from.racers.size() != onto.racers.size()) return;
  for (std::size_t r = 0; r < onto.racers.size(); ++r) {
    take(from.racers[r], onto.racers[r]);
  }
}

}  // namespace

void MatchRunDirectory(const std::string& path, Experiment& experiment) {
  const std::string file =
      (std::filesystem::path(path) / "experiment.toml").string();
  std::ifstream stream(file, std::ios::binary);
  if (!stream) return;  // killed before it was written, or no run directory
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  if (Measures(experiment)) TakeMeasured(ReadExperiment(file), experiment);
  RequireSameText(file, text, ResolvedToml(experiment), experiment.file);
}

bool IsComplete(const std::string& path) {
  std::error_code ignored;
  return std::filesystem::exists(std::filesystem::path(path) / "DONE", ignored);
}

}  // namespace tortoise::internal
