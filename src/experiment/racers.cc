// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "racers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "expand.h"

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
              const TomlValue& merged, Draft& draft)
      : root_(root), single_(single), merged_(merged), draft_(draft) {}

  void Read(const std::string& suffix) {
    Require("protocol", single_);
    RequireCommon("workers.count");
    RequireCommon("step.size");
    RequireBursts();
    draft_.common = {};
    draft_.racer = {};
    ReadKeys(CommonKeys(), merged_, draft_);
    ReadKeys(RacerKeys(), single_, draft_);
    SetName(suffix);
    Racer racer = {draft_.racer.name, MakeOptions()};
    CheckWorkers();
    Experiment& experiment = draft_.experiment;
    const bool is_quadratic = experiment.problem.objective == "quadratic";
    if (is_quadratic && draft_.common.sampling == Sampling::kShuffled) {
      throw ErrorAt(At("workers.sampling"),
                    "quadratic has no samples to shuffle");
    }
    // The number of samples is not known yet, only that there are any.
    if (const auto violation = racer.options.Violation(is_quadratic ? 0 : 1)) {
      throw ErrorAt(single_, *violation);
    }
    draft_.racer.common = draft_.common;
    experiment.settings.push_back(draft_.racer);
    experiment.racers.push_back(std::move(racer));
  }

 private:
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

  void RequireCommon(std::string_view path) const {
    if (merged_.Find(path) != nullptr) return;
    const TomlValue* table = root_.Find(path.substr(0, path.find('.')));
    const auto& where = table != nullptr ? table->where : root_.where;
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
    std::string& name = draft_.racer.name;
    const TomlValue* given = single_.Find("name");
    if (given == nullptr) name = draft_.racer.protocol;
    name += suffix;
    CheckName(given != nullptr ? *given : single_, name);
  }

  RunOptions MakeOptions() {
    RunOptions options;
    options.method = MakeMethodAt();
    const CommonSettings& common = draft_.common;
    options.memory = draft_.racer.memory.value_or(MemoryPolicy::kLossy);
    options.batch_size = common.batch_size;
    options.sampling = common.sampling;
    options.step_size = *common.step_size;
    options.delay = common.delay;
    options.delay_mode = common.delay_mode;
    options.round_delay = common.round_delay;
    options.speed = common.speed;
    options.seed = draft_.experiment.seed;
    options.stop = draft_.experiment.stop;
    options.report = draft_.experiment.report;
    return options;
  }

  // Also writes the defaults of the preset into the settings.
  Method MakeMethodAt() {
    RacerSettings& racer = draft_.racer;
    const Preset& preset = *FindPreset(racer.protocol);
    CheckTaken(preset, preset.quorum, "quorum");
    CheckTaken(preset, preset.local_steps, "local_steps");
    CheckTaken(preset, preset.staleness_bound, "staleness_bound");
    CheckTaken(preset, preset.memory, "memory");
    try {
      Method method =
          MakeMethod(racer.protocol, *draft_.common.num_workers, racer.method);
      if (preset.local_steps != Takes::kNo) {
        racer.method.local_steps = method.local_steps;
      }
      if (preset.memory != Takes::kNo && !racer.memory) {
        racer.memory = MemoryPolicy::kLossy;
      }
      return method;
    } catch (const std::invalid_argument& error) {
      const std::string message = error.what();
      throw ErrorAt(At(message.substr(0, message.find(' '))), message);
    }
  }

  void CheckTaken(const Preset& preset, Takes takes, const char* key) const {
    const TomlValue* given = single_.Find(key);
    if (given != nullptr && takes == Takes::kNo) {
      throw ErrorAt(*given, fmt::format("{} does not take it", preset.name));
    }
    if (given == nullptr && takes == Takes::kRequired) {
      throw ErrorAt(single_, fmt::format("{} needs {}", preset.name, key));
    }
  }

  void CheckWorkers() const {
    const CommonSettings& common = draft_.common;
    const auto count = static_cast<std::size_t>(*common.num_workers);
    CheckLength("workers.speed", common.speed.speed.size(), count);
    CheckLength("workers.stops_at", common.speed.stops_at.size(), count);
    const auto* trace =
        std::get_if<std::shared_ptr<const Trace>>(&common.delay);
    if (trace != nullptr && (*trace)->seconds.size() < count) {
      throw ErrorAt(At("workers.delay.trace"),
                    fmt::format("the trace has {} workers and the racer {}",
                                (*trace)->seconds.size(), count));
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
  Draft& draft_;
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

void ReadRacers(const TomlValue& root, Draft& draft) {
  constexpr std::size_t kMaxRacers = 1000;
  CheckIsRacerList(root);
  std::map<std::string, std::size_t> line_of;  // by name
  for (const TomlValue& racer : root.Find("racer")->items) {
    CheckKnownKeys(racer, RacerPaths());
    for (const SingleRacer& each : ExpandLists(racer)) {
      const TomlValue merged = WithCommonTables(root, each.table);
      RacerReader(root, each.table, merged, draft).Read(each.suffix);
      const std::string& name = draft.experiment.racers.back().name;
      const auto [first, is_new] = line_of.emplace(name, racer.where.line);
      if (!is_new) {
        throw ErrorAt(
            racer, fmt::format("another racer{} has the name {} too; "
                               "give this one a name",
                               first->second == 0
                                   ? ""
                                   : fmt::format(" (line {})", first->second),
                               TomlString(name)));
      }
      if (line_of.size() > kMaxRacers) {
        throw ErrorAt(racer,
                      fmt::format("there are more than {} racers", kMaxRacers));
      }
    }
  }
}

}  // namespace tortoise::internal
