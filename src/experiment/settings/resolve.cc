// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "experiment/settings/keys.h"

namespace tortoise {
namespace {

using internal::Key;
using internal::ParsedFile;

bool Applies(const Key& key, const std::string& objective) {
  return key.objectives.empty() ||
         std::ranges::find(key.objectives, objective) != key.objectives.end();
}

// "workers.bursts.speed" is written as bursts.speed under [workers].
void WriteTables(std::span<const Key> keys, const ParsedFile& file,
                 std::string& text) {
  std::string_view table;
  for (const Key& key : keys) {
    if (!Applies(key, file.experiment.problem.objective)) continue;
    const std::string value = key.write(file);
    if (value.empty()) continue;
    const std::string_view path = key.path;
    const std::size_t dot = path.find('.');
    const std::string_view own = path.substr(0, dot == path.npos ? 0 : dot);
    if (own != table) text += fmt::format("\n[{}]\n", own);
    table = own;
    text += fmt::format("{} = {}\n",
                        dot == path.npos ? path : path.substr(dot + 1), value);
  }
}

void WriteRacer(const ParsedFile& racer, const ParsedFile& common,
                std::string& text) {
  text += "\n[[racer]]\n";
  for (const Key& key : internal::RacerKeys()) {
    const std::string value = key.write(racer);
    if (!value.empty()) text += fmt::format("{} = {}\n", key.path, value);
  }
  for (const Key& key : internal::CommonKeys()) {
    const std::string value = key.write(racer);
    if (value.empty() || value == key.write(common)) continue;
    text += fmt::format("{} = {}\n", key.path, value);
  }
}

}  // namespace

std::string ResolvedToml(const Experiment& experiment) {
  ParsedFile common;
  common.experiment = experiment;
  common.racer = experiment.common;
  std::string text = "# tortoise experiment, format 1\n";
  WriteTables(internal::ExperimentKeys(), common, text);
  WriteTables(internal::CommonKeys(), common, text);
  ParsedFile racer;
  for (const RacerSettings& each : experiment.racers) {
    racer.racer = each;
    WriteRacer(racer, common, text);
  }
  return text;
}

}  // namespace tortoise
