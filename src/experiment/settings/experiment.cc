// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/experiment.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <utility>

#include "experiment/files/toml_screen.h"
#include "experiment/settings/data_keys.h"
#include "experiment/settings/expand.h"
#include "experiment/settings/keys.h"
#include "experiment/settings/overrides.h"
#include "experiment/settings/racers.h"

namespace tortoise {
namespace {

using internal::Key;
using internal::ParsedFile;
using internal::TomlValue;

std::vector<std::string> KnownPaths() {
  std::vector<std::string> paths;
  for (const Key& key : internal::ExperimentKeys()) paths.push_back(key.path);
  for (const Key& key : internal::CommonKeys()) paths.push_back(key.path);
  paths.emplace_back("racer");
  // Never found at the top, but suggested.
  for (const Key& key : internal::RacerKeys()) {
    paths.push_back("racer." + key.path);
  }
  return paths;
}

const TomlValue& AtOr(const TomlValue& root, const char* path,
                      const char* table) {
  if (const TomlValue* value = root.Find(path)) return *value;
  const TomlValue* value = root.Find(table);
  return value != nullptr ? *value : root;
}

// Every key fits the objective, and those it needs are there.
void CheckObjective(const TomlValue& root) {
  const TomlValue* objective = root.Find("problem.objective");
  if (objective == nullptr) {
    const TomlValue& problem = AtOr(root, "problem", "problem");
    throw InputError(problem.where.file, problem.where.line,
                     "problem.objective is required");
  }
  for (const Key& key : internal::ExperimentKeys()) {
    if (key.path == "problem.objective") key.type.Check(*objective);
  }
  for (const Key& key : internal::ExperimentKeys()) {
    const bool applies = key.objectives.empty() ||
                         std::ranges::find(key.objectives, objective->text) !=
                             key.objectives.end();
    const TomlValue* value = root.Find(key.path);
    if (value != nullptr && !applies) {
      throw ErrorAt(*value, fmt::format("objective \"{}\" does not take it; it "
                                        "belongs to {}",
                                        objective->text,
                                        fmt::join(key.objectives, ", ")));
    }
    if (value == nullptr && applies && key.fallback == internal::kRequired) {
      const TomlValue& problem = AtOr(root, "problem", "problem");
      throw InputError(problem.where.file, problem.where.line,
                       key.path + " is required");
    }
  }
}

void CheckStop(const TomlValue& root, const StopRule& stop) {
  if (std::isinf(stop.seconds) && stop.updates == StopRule::kNever &&
      std::isinf(stop.epochs)) {
    const TomlValue& table = AtOr(root, "stop", "stop");
    throw InputError(table.where.file, table.where.line,
                     "one of stop.seconds, stop.updates and stop.epochs is "
                     "required");
  }
}

// A generated test set must come from the model of the training data.
template <typename Options>
void CheckSameModel(const TomlValue& root, const ProblemSpec& problem) {
  const auto* train = std::get_if<Options>(&*problem.data);
  const auto* test = std::get_if<Options>(&*problem.test_data);
  if (train == nullptr || test == nullptr) return;
  if (train->seed != test->seed || train->columns != test->columns) {
    throw ErrorAt(AtOr(root, "problem.test_data", "problem"),
                  "must have the seed and the columns of data: another seed "
                  "plants another model");
  }
}

void CheckData(const TomlValue& root, const ProblemSpec& problem) {
  const auto is_file = [](const std::optional<DataSource>& source) {
    return source && std::holds_alternative<std::string>(*source);
  };
  const bool has_file = is_file(problem.data) || is_file(problem.test_data);
  for (const char* path : {"problem.format", "problem.target"}) {
    const TomlValue* value = root.Find(path);
    const bool is_default = path == std::string("problem.format") &&
                            problem.format == DataFormat::kAuto;
    if (value != nullptr && !has_file && !is_default) {
      throw ErrorAt(*value, "belongs to data from a file");
    }
  }
  if (!problem.target.empty() && problem.format != DataFormat::kAuto &&
      problem.format != DataFormat::kCsv) {
    throw ErrorAt(*root.Find("problem.target"), "belongs to format = \"csv\"");
  }
  if (problem.data && problem.test_data) {
    CheckSameModel<SparseClassificationOptions>(root, problem);
    CheckSameModel<RegressionOptions>(root, problem);
  }
}

void CheckProblem(const TomlValue& root, const ProblemSpec& problem) {
  CheckData(root, problem);
  if (problem.quadratic.L < problem.quadratic.c) {
    throw ErrorAt(AtOr(root, "problem.L", "problem.c"),
                  fmt::format("L = {} must be at least c = {}",
                              problem.quadratic.L, problem.quadratic.c));
  }
}

void CheckTheory(const TomlValue& root, const TheoryConstants& theory) {
  if (theory.L && theory.c && *theory.c > *theory.L) {
    throw ErrorAt(
        *root.Find("theory.c"),
        fmt::format("c = {} must be at most L = {}", *theory.c, *theory.L));
  }
}

void CheckClock(const TomlValue& root, const Experiment& experiment) {
  if (experiment.problem.objective == "none" &&
      experiment.clock() == Clock::kWall) {
    throw ErrorAt(*root.Find("problem.objective"),
                  "objective \"none\" has only time, and needs clock = "
                  "\"virtual\"");
  }
}

std::string DefaultName(const std::string& file) {
  std::string stem = std::filesystem::path(file).stem().string();
  for (char& c : stem) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '-';
  }
  return stem.empty() || stem == "." || stem == ".." ? "experiment" : stem;
}

void CheckName(const TomlValue& root, const std::string& name) {
  const bool is_bad = name.empty() || name == "." || name == ".." ||
                      name.size() > 200 || name.find('/') != name.npos;
  if (const TomlValue* given = root.Find("name"); given != nullptr && is_bad) {
    throw ErrorAt(*given,
                  "must be fit for the name of a folder: 1 to 200 "
                  "characters without \"/\"");
  }
}

void CollectLocations(const TomlValue& value,
                      std::map<std::string, Experiment::Location>& locations) {
  if (!value.path.empty()) locations.emplace(value.path, value.where);
  for (const auto& member : value.members) {
    CollectLocations(member.value, locations);
  }
  for (const TomlValue& item : value.items) CollectLocations(item, locations);
}

// At most one byte more than an experiment may have.
std::string ReadText(const std::string& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    throw InputError(path, 0, "is a folder, not an experiment file");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path, 0, "cannot be opened");
  std::string text(internal::kMaxTomlBytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw InputError(path, 0, "cannot be read");
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

}  // namespace

InputError Experiment::ErrorAt(const std::string& key,
                               const std::string& text) const {
  std::string prefix = key;
  while (true) {
    const auto found = locations.find(prefix);
    if (found != locations.end()) {
      const Location& where = found->second;
      const bool says_key = where.file == "--set " + key;
      return {where.file, where.line, says_key ? text : key + ": " + text};
    }
    const std::size_t dot = prefix.rfind('.');
    if (dot == prefix.npos) return {file, 0, key + ": " + text};
    prefix.resize(dot);
  }
}

Experiment ParseExperiment(std::string_view text, const std::string& file,
                           const std::string& base_dir,
                           const std::vector<std::string>& overrides) {
  TomlValue root = internal::ParseToml(text, file);
  for (const std::string& each : overrides) {
    internal::ApplyOverride(each, root);
  }
  internal::CheckKnownKeys(root, KnownPaths());
  CheckObjective(root);

  ParsedFile parsed;
  Experiment& experiment = parsed.experiment;
  experiment.file = file;
  experiment.name = DefaultName(file);
  parsed.base_dir = std::filesystem::absolute(base_dir.empty() ? "." : base_dir)
                        .lexically_normal()
                        .string();
  internal::ReadKeys(internal::ExperimentKeys(), root, parsed);
  experiment.common = parsed.racer;
  CheckName(root, experiment.name);
  CheckClock(root, experiment);
  CheckProblem(root, experiment.problem);
  CheckStop(root, experiment.stop());
  CheckTheory(root, experiment.theory);
  internal::DistributeCommonLists(root);
  internal::ReadKeys(internal::CommonKeys(), root, parsed);
  experiment.common = parsed.racer;
  internal::ReadRacers(root, parsed);
  CollectLocations(root, experiment.locations);
  return std::move(parsed.experiment);
}

Experiment ReadExperiment(const std::string& path,
                          const std::vector<std::string>& overrides) {
  const std::string text = ReadText(path);
  const std::string folder =
      std::filesystem::absolute(path).parent_path().string();
  return ParseExperiment(text, path, folder, overrides);
}

}  // namespace tortoise
