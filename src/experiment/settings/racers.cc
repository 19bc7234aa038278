// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/racers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "experiment/settings/expand.h"

namespace tortoise::internal {
namespace {

// Names stand in CSV files and on terminals.
void CheckName(const TomlValue& at, const std::string& name) {
  constexpr std::size_t kLongest = 200;
  if (name.empty() || name.size() > kLongest ||
      name.find_first_of(",\"") != name.npos) {
    throw ErrorAt(at, fmt::format("name {} must have 1 to {} characters and "
                                  "neither a comma nor a quotation mark",
                                  TomlString(Printable(name)), kLongest));
  }
}

// One racer while it is being checked.
class RacerReader {
 public:
  // `single` has no lists left; `merged` is it with the common tables.
  RacerReader(const TomlValue& root, const TomlValue& single,
              const TomlValue& merged, ParsedFile& file)
      : root_(root), single_(single), merged_(merged), file_(file) {}

  void Read(const std::string& suffix) {
    Require("protocol", single_);
    RequireCommon("workers.count");
    if (!is_none()) RequireCommon("step.size");
    RequireBursts();
    racer() = file_.experiment.common;
    ReadKeys(CommonKeys(), merged_, file_);
    ReadKeys(RacerKeys(), single_, file_);
    SetName(suffix);
    CheckCount();
    MakeOptions();
    CheckWorkers();
    CheckSampling();
    CheckCompute();
    CheckOptions(racer().options);
    file_.experiment.racers.push_back(racer());
  }

 private:
  [[nodiscard]] RacerSettings& racer() { return file_.racer; }
  [[nodiscard]] const RacerSettings& racer() const { return file_.racer; }
  [[nodiscard]] bool is_virtual() const {
    return file_.experiment.clock() == Clock::kVirtual;
  }
  [[nodiscard]] bool is_none() const {
    return file_.experiment.problem.objective == "none";
  }
  [[nodiscard]] bool has_data() const {
    return file_.experiment.problem.data.has_value();
  }

  // The value at a path, or this racer's table.
  const TomlValue& At(std::string_view path) const {
    const TomlValue* value = merged_.Find(path);
    return value != nullptr ? *value : single_;
  }

  static void Require(std::string_view key, const TomlValue& table) {
    if (table.Find(key) == nullptr) {
      throw ErrorAt(table, fmt::format("{} is required", key));
    }
  }

  // Where a key that is absent could have been given for all racers.
  const TomlValue& CommonTable(std::string_view path) const {
    const TomlValue* table = root_.Find(path.substr(0, path.find('.')));
    return table != nullptr ? *table : root_;
  }

  void RequireCommon(std::string_view path) const {
    if (merged_.Find(path) != nullptr) return;
    const auto& where = CommonTable(path).where;
    throw InputError(where.file, where.line,
                     fmt::format("{} is required", path));
  }

  void RequireBursts() const {
    const TomlValue* bursts = merged_.Find("workers.bursts");
    if (bursts == nullptr) return;
    for (const char* key :
         {"speed", "mean_normal_seconds", "mean_slow_seconds"}) {
      Require(key, *bursts);
    }
  }

  void SetName(const std::string& suffix) {
    std::string& name = racer().name;
    const TomlValue* given = single_.Find("name");
    if (given == nullptr) name = racer().protocol;
    name += suffix;
    CheckName(given != nullptr ? *given : single_, name);
  }

  // Also writes the defaults of the preset into the settings.
  void MakeOptions() {
    RacerSettings& racer = file_.racer;
    RunOptions& options = racer.options;
    if (racer.step_size) options.step_size = *racer.step_size;
    const Preset& preset = *FindPreset(racer.protocol);
    for (const char* key :
         {"quorum", "local_steps", "staleness_bound", "memory"}) {
      CheckTaken(preset, key);
    }
    try {
      options.method =
          MakeMethod(racer.protocol, *racer.num_workers, racer.method);
    } catch (const SettingError& error) {
      throw ErrorAt(LocationOf(error.setting()), error.what());
    }
    if (preset.Takes("local_steps") != Taken::kNo) {
      racer.method.local_steps = options.method.local_steps;
    }
    if (const auto* in_place =
            std::get_if<InPlace>(&options.method.aggregation)) {
      racer.method.memory = in_place->memory;
    }
  }

  // Where a setting that breaks a rule was given, or this racer's table.
  const TomlValue& LocationOf(std::string_view setting) const {
    const std::string path = PathOfSetting(setting);
    if (path.empty()) return single_;
    if (const TomlValue* value = merged_.Find(path)) return *value;
    const TomlValue* value = root_.Find(path);
    return value != nullptr ? *value : single_;
  }

  void CheckTaken(const Preset& preset, const char* key) const {
    const Taken takes = preset.Takes(key);
    const TomlValue* given = single_.Find(key);
    if (given != nullptr && takes == Taken::kNo) {
      throw ErrorAt(*given, fmt::format("{} does not take it", preset.name));
    }
    if (given == nullptr && takes == Taken::kRequired) {
      throw ErrorAt(single_, fmt::format("{} needs {}", preset.name, key));
    }
  }

  // Threads, models or the records of workers would not fit into memory.
  void CheckCount() const {
    constexpr int kMostThreads = 4096;
    constexpr int kMostModels = 100'000;
    const int count = *racer().num_workers;
    if (!is_virtual() && count > kMostThreads) {
      throw ErrorAt(At("workers.count"),
                    fmt::format("must be at most {} on real threads, not {}; "
                                "clock = \"virtual\" takes more",
                                kMostThreads, count));
    }
    if (!is_none() && count > kMostModels) {
      throw ErrorAt(At("workers.count"),
                    fmt::format("must be at most {} with a model, not {}; "
                                "objective = \"none\" takes more",
                                kMostModels, count));
    }
  }

  void CheckSampling() const {
    if (has_data() || racer().options.sampling != Sampling::kShuffled) return;
    throw ErrorAt(At("workers.sampling"), file_.experiment.problem.objective +
                                              " has no samples to shuffle");
  }

  // What a gradient takes in virtual time, and that it takes any.
  void CheckCompute() const {
    const RunOptions& options = racer().options;
    const bool measures = racer().measures_compute;
    const bool computes = measures || options.compute_seconds > 0.0;
    if (computes && !is_virtual()) {
      throw ErrorAt(At("workers.compute"),
                    "belongs to clock = \"virtual\"; on real threads computing "
                    "takes what it takes");
    }
    if (measures && is_none()) {
      throw ErrorAt(At("workers.compute"),
                    "objective \"none\" computes nothing to be measured");
    }
    if (!is_virtual() || computes || options.delay.Lowest() > 0.0) return;
    const std::string text =
        "can be 0, and in virtual time nothing else takes time; give a delay "
        "that is never 0, or workers.compute (a time, or \"measured\")";
    if (const TomlValue* given = merged_.Find("workers.delay")) {
      throw ErrorAt(*given, text);
    }
    const auto& where = CommonTable("workers.delay").where;
    throw InputError(where.file, where.line, "workers.delay: " + text);
  }

  // What the engine will refuse.
  void CheckOptions(RunOptions options) const {
    // Not known yet, but positive.
    if (racer().measures_compute) options.compute_seconds = 1.0;
    // The number of samples is not known yet, only that there are any.
    if (const auto violation = options.Violation(has_data() ? 1 : 0)) {
      throw ErrorAt(LocationOf(violation->setting), violation->text);
    }
  }

  void CheckWorkers() const {
    const RunOptions& options = racer().options;
    const auto count = static_cast<std::size_t>(*racer().num_workers);
    CheckLength("workers.speed", options.speed.speed.size(), count);
    CheckLength("workers.stops_at", options.speed.stops_at.size(), count);
    const Trace* trace = options.delay.trace();
    if (trace != nullptr && trace->seconds.size() < count) {
      throw ErrorAt(At("workers.delay.trace"),
                    fmt::format("the trace has {} workers and the racer {}",
                                trace->seconds.size(), count));
    }
  }

  void CheckLength(std::string_view path, std::size_t size,
                   std::size_t count) const {
    if (size == 0 || size == count) return;
    throw ErrorAt(At(path),
                  fmt::format("must have one entry for each of the {} workers, "
                              "not {}",
                              count, size));
  }

  const TomlValue& root_;
  const TomlValue& single_;
  const TomlValue& merged_;
  ParsedFile& file_;
};

// Keys that a racer may have, relative to its table.
std::vector<std::string> RacerPaths() {
  std::vector<std::string> paths;
  for (const Key& key : RacerKeys()) paths.push_back(key.path);
  for (const Key& key : CommonKeys()) paths.push_back(key.path);
  return paths;
}

void CheckIsRacerList(const TomlValue& root) {
  const TomlValue* list = root.Find("racer");
  if (list == nullptr) {
    throw ErrorAt(root, "at least one [[racer]] is required");
  }
  if (!list->is_list()) {
    throw ErrorAt(*list,
                  "must be written [[racer]], with two brackets, once "
                  "per racer");
  }
  if (list->items.empty()) throw ErrorAt(*list, "must not be an empty list");
  for (const TomlValue& item : list->items) {
    if (item.is_table()) continue;
    throw ErrorAt(item, "must be a list of tables; write [[racer]]");
  }
}

}  // namespace

void ReadRacers(const TomlValue& root, ParsedFile& file) {
  constexpr std::size_t kMaxRacers = 1000;
  CheckIsRacerList(root);
  std::map<std::string, std::size_t> line_of;  // by name
  const std::vector<TomlValue>& racers = root.Find("racer")->items;
  for (std::size_t table = 0; table < racers.size(); ++table) {
    const TomlValue& racer = racers[table];
    CheckKnownKeys(racer, RacerPaths());
    for (const SingleRacer& each : ExpandLists(racer)) {
      const TomlValue merged = WithCommonTables(root, each.table);
      RacerReader(root, each.table, merged, file).Read(each.suffix);
      RacerSettings& settings = file.experiment.racers.back();
      settings.choices = each.choices;
      settings.table = table;
      const auto [first, is_new] =
          line_of.emplace(settings.name, racer.where.line);
      if (!is_new) {
        throw ErrorAt(
            racer, fmt::format("another racer{} has the name {} too; "
                               "give this one a name",
                               first->second == 0
                                   ? ""
                                   : fmt::format(" (line {})", first->second),
                               TomlString(settings.name)));
      }
      if (line_of.size() > kMaxRacers) {
        throw ErrorAt(racer,
                      fmt::format("there are more than {} racers", kMaxRacers));
      }
    }
  }
}

}  // namespace tortoise::internal
