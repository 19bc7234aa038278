// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/method.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "tortoise/core/text.h"

namespace tortoise {
namespace {

// K of a preset; a row that takes `quorum` has it from there.
enum class Quorum { kOne, kAll, kSetting };

struct Row {
  Preset preset;
  Quorum quorum = Quorum::kOne;
  bool waits_after_push = false;
  bool cancels_stragglers = false;
  bool in_place = false;
};

// The one table of presets.
const std::vector<Row>& Table() {
  static const std::vector<Row> kTable = {
      {.preset = {.name = "sync",
                  .summary = "all workers contribute to every update"},
       .quorum = Quorum::kAll,
       .waits_after_push = true},
      {.preset = {.name = "k-sync",
                  .summary = "the K fastest workers contribute, the others "
                             "are cancelled",
                  .quorum = Takes::kRequired},
       .quorum = Quorum::kSetting,
       .waits_after_push = true,
       .cancels_stragglers = true},
      {.preset = {.name = "k-batch-sync",
                  .summary = "the first K gradients of any workers count, "
                             "unfinished ones are cancelled",
                  .quorum = Takes::kRequired},
       .quorum = Quorum::kSetting,
       .cancels_stragglers = true},
      {.preset = {.name = "async",
                  .summary = "every gradient is an update, nobody waits"}},
      {.preset = {.name = "k-async",
                  .summary = "K workers contribute and wait for each other, "
                             "the others run on",
                  .quorum = Takes::kRequired},
       .quorum = Quorum::kSetting,
       .waits_after_push = true},
      {.preset = {.name = "k-batch-async",
                  .summary = "every K gradients are an update, nobody waits",
                  .quorum = Takes::kRequired},
       .quorum = Quorum::kSetting},
      {.preset = {.name = "ssp",
                  .summary = "async, but a worker more than s contributions "
                             "ahead of the slowest is held",
                  .staleness_bound = Takes::kRequired}},
      {.preset = {.name = "local-sgd",
                  .summary = "all workers take tau local steps, then their "
                             "models are averaged",
                  .local_steps = Takes::kRequired},
       .quorum = Quorum::kAll,
       .waits_after_push = true},
      {.preset = {.name = "hogwild",
                  .summary = "every worker writes shared memory itself, "
                             "without any coordination",
                  .local_steps = Takes::kOptional,
                  .memory = Takes::kOptional},
       .in_place = true}};
  return kTable;
}

const Row& FindRow(const std::string& protocol) {
  std::vector<std::string> names;
  for (const Row& row : Table()) {
    if (row.preset.name == protocol) return row;
    names.push_back(row.preset.name);
  }
  const auto closest = Closest(protocol, names);
  throw std::invalid_argument(fmt::format(
      "unknown protocol \"{}\"{}", protocol,
      closest ? fmt::format(" (did you mean \"{}\"?)", *closest)
              : fmt::format("; there are {}", fmt::join(names, ", "))));
}

// The preset takes the setting, and gets it if it must.
void CheckPresence(const Preset& preset, Takes takes, std::string_view key,
                   const std::optional<std::int64_t>& value) {
  if (value && takes == Takes::kNo) {
    throw std::invalid_argument(
        fmt::format("{} takes no {}", preset.name, key));
  }
  if (!value && takes == Takes::kRequired) {
    throw std::invalid_argument(fmt::format("{} needs {}", preset.name, key));
  }
}

int CheckedCount(std::string_view key, std::int64_t value) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (value < 1 || value > kMost) {
    throw std::invalid_argument(fmt::format(
        "{} = {} must be {}", key, value,
        value < 1 ? std::string(">= 1") : fmt::format("<= {}", kMost)));
  }
  return static_cast<int>(value);
}

}  // namespace

std::span<const Preset> Presets() {
  static const std::vector<Preset> kPresets = [] {
    std::vector<Preset> presets;
    for (const Row& row : Table()) presets.push_back(row.preset);
    return presets;
  }();
  return kPresets;
}

const Preset* FindPreset(const std::string& name) {
  for (const Preset& preset : Presets()) {
    if (preset.name == name) return &preset;
  }
  return nullptr;
}

Method MakeMethod(const std::string& protocol, int num_workers,
                  const MethodSettings& settings) {
  const Row& row = FindRow(protocol);
  const Preset& preset = row.preset;
  CheckPresence(preset, preset.quorum, "quorum", settings.quorum);
  CheckPresence(preset, preset.local_steps, "local_steps",
                settings.local_steps);
  CheckPresence(preset, preset.staleness_bound, "staleness_bound",
                settings.staleness_bound);

  Method method;
  method.protocol = preset.name;
  method.in_place = row.in_place;
  method.local_steps =
      CheckedCount("local_steps", settings.local_steps.value_or(1));
  Synchrony& synchrony = method.synchrony;
  synchrony.participants = num_workers;
  if (row.quorum == Quorum::kAll) synchrony.quorum = num_workers;
  if (row.quorum == Quorum::kSetting) {
    synchrony.quorum = CheckedCount("quorum", *settings.quorum);
  }
  synchrony.waits_after_push = row.waits_after_push;
  synchrony.cancels_stragglers = row.cancels_stragglers;
  synchrony.staleness_bound = settings.staleness_bound;
  if (const auto violation = synchrony.Violation()) {
    throw std::invalid_argument(*violation);
  }
  return method;
}

}  // namespace tortoise
