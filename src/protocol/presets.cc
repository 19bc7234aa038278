// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/presets.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <limits>
#include <stdexcept>

#include "core/check.h"
#include "core/text.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

// The one table of presets: what they are, and what they take.
const std::vector<Preset>& Table() {
  using enum Taken;
  constexpr int kAll = Preset::kAllWorkers;
  static const std::vector<Preset> kTable = {
      {.name = "sync",
       .summary = "all workers contribute to every update",
       .method = {.synchrony = {.quorum = kAll, .waits_after_push = true}}},
      {.name = "k-sync",
       .summary = "the K fastest workers contribute, the others are cancelled",
       .method = {.synchrony = {.waits_after_push = true,
                                .cancels_stragglers = true}},
       .takes = {{"quorum", kRequired}}},
      {.name = "k-batch-sync",
       .summary = "the first K gradients of any workers count, unfinished ones "
                  "are cancelled",
       .method = {.synchrony = {.cancels_stragglers = true}},
       .takes = {{"quorum", kRequired}}},
      {.name = "async",
       .summary = "every gradient is an update, nobody waits",
       .method = {}},
      {.name = "k-async",
       .summary = "K workers contribute and wait for each other, the others "
                  "run on",
       .method = {.synchrony = {.waits_after_push = true}},
       .takes = {{"quorum", kRequired}}},
      {.name = "k-batch-async",
       .summary = "every K gradients are an update, nobody waits",
       .method = {},
       .takes = {{"quorum", kRequired}}},
      {.name = "ssp",
       .summary = "async, but a worker more than s contributions ahead of the "
                  "slowest is held",
       .method = {},
       .takes = {{"staleness_bound", kRequired}}},
      {.name = "local-sgd",
       .summary = "all workers take tau local steps, then their models are "
                  "averaged",
       .method = {.synchrony = {.quorum = kAll, .waits_after_push = true}},
       .takes = {{"local_steps", kRequired}}},
      {.name = "hogwild",
       .summary = "every worker writes shared memory itself, without any "
                  "coordination",
       .method = {.aggregation = InPlace{}},
       .takes = {{"local_steps", kOptional}, {"memory", kOptional}}}};
  return kTable;
}

const Preset& PresetOf(const std::string& protocol) {
  if (const Preset* preset = FindPreset(protocol)) return *preset;
  std::vector<std::string> names;
  for (const Preset& preset : Table()) names.push_back(preset.name);
  const std::string meant = DidYouMean(protocol, names, "\"");
  throw SettingError(
      {"protocol",
       fmt::format("unknown protocol \"{}\"{}", protocol,
                   meant.empty()
                       ? fmt::format("; there are {}", fmt::join(names, ", "))
                       : meant)});
}

int CheckedCount(std::string_view key, std::int64_t value) {
  constexpr std::int64_t kMost = std::numeric_limits<int>::max();
  if (value < 1 || value > kMost) {
    throw SettingError(internal::Broken(
        key, value, value < 1 ? ">= 1" : fmt::format("<= {}", kMost)));
  }
  return static_cast<int>(value);
}

// Puts a setting into its place, if the preset takes it.
class Placing {
 public:
  Placing(const Preset& preset, Method& method)
      : preset_(preset), method_(method) {}

  template <typename Value, typename Place>
  void operator()(std::string_view key, const std::optional<Value>& value,
                  Place place) {
    const Taken taken = preset_.Takes(key);
    if (value && taken == Taken::kNo) {
      throw SettingError(
          {std::string(key), fmt::format("{} takes no {}", preset_.name, key)});
    }
    if (!value && taken == Taken::kRequired) {
      throw SettingError(
          {std::string(key), fmt::format("{} needs {}", preset_.name, key)});
    }
    if (value) place(method_, *value);
  }

 private:
  const Preset& preset_;
  Method& method_;
};

}  // namespace

Taken Preset::Takes(std::string_view key) const {
  const auto found =
      std::ranges::find(takes, key, &std::pair<std::string_view, Taken>::first);
  return found == takes.end() ? Taken::kNo : found->second;
}

std::span<const Preset> Presets() { return Table(); }

const Preset* FindPreset(const std::string& name) {
  const auto found = std::ranges::find(Table(), name, &Preset::name);
  return found == Table().end() ? nullptr : &*found;
}

Method MakeMethod(const std::string& protocol, int num_workers,
                  const MethodSettings& settings) {
  const Preset& preset = PresetOf(protocol);
  Method method = preset.method;
  method.protocol = preset.name;
  method.num_workers = num_workers;
  if (method.synchrony.quorum == Preset::kAllWorkers) {
    method.synchrony.quorum = num_workers;
  }
  Placing place(preset, method);
  place("quorum", settings.quorum, [](Method& m, std::int64_t value) {
    m.synchrony.quorum = CheckedCount("quorum", value);
  });
  place("local_steps", settings.local_steps, [](Method& m, std::int64_t value) {
    m.local_steps = CheckedCount("local_steps", value);
  });
  place("staleness_bound", settings.staleness_bound,
        [](Method& m, std::int64_t s) { m.synchrony.staleness_bound = s; });
  place("memory", settings.memory, [](Method& m, MemoryPolicy memory) {
    m.aggregation = InPlace{memory};
  });
  if (const auto violation = method.Violation()) {
    throw SettingError(*violation);
  }
  return method;
}

}  // namespace tortoise
