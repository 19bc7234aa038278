// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/expand.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "core/text.h"
#include "experiment/settings/delay_keys.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kMaxRacers = 1000;

constexpr std::string_view kCommonTables[] = {"workers", "communication",
                                              "step"};
constexpr std::string_view kLaws[] = {"workers.delay",
                                      "communication.round_delay"};

const Key* FindKey(std::span<const Key> keys, std::string_view path) {
  const auto found =
      std::ranges::find_if(keys, [&](const Key& k) { return k.path == path; });
  return found == keys.end() ? nullptr : &*found;
}

// Does a list at this path make racers? Not where the key is a list already,
// nor for a name, nor for a law as a whole.
bool MakesRacers(const std::string& path, const std::string& last) {
  for (const std::string_view law : kLaws) {
    if (path == law) return false;
    if (path.starts_with(law)) return !IsListOfLaw(last);
  }
  const Key* key = FindKey(RacerKeys(), path);
  if (key == nullptr) key = FindKey(CommonKeys(), path);
  return key != nullptr && !key->type.is_list && path != "name";
}

struct Axis {
  std::string path;
  std::string label;  // "K"
  TomlValue list;
};

std::string Label(const std::string& path, const std::string& last) {
  if (path == "quorum") return "K";
  if (path == "local_steps") return "tau";
  if (path == "staleness_bound") return "s";
  return last;
}

void CollectAxes(const TomlValue& table, const std::string& prefix,
                 std::vector<Axis>& axes) {
  for (const TomlMember& member : table.members) {
    const std::string path = prefix + member.key;
    if (member.value.is_table()) {
      CollectAxes(member.value, path + '.', axes);
    } else if (member.value.is_list() && MakesRacers(path, member.key)) {
      if (member.value.items.empty()) {
        throw ErrorAt(member.value, "must not be an empty list");
      }
      axes.push_back({path, Label(path, member.key), member.value});
    }
  }
}

std::string Suffix(const Axis& axis, const TomlValue& value, bool is_named) {
  // The protocol is the name, unless the racer has another.
  if (axis.path == "protocol" && !is_named) return "";
  const bool is_text = value.kind == TomlValue::Kind::kString;
  return fmt::format(" {}={}", axis.label, is_text ? value.text : value.Show());
}

RacerSettings::Choice MakeChoice(const Axis& axis, const TomlValue& value,
                                 bool is_named) {
  RacerSettings::Choice choice{.key = axis.path,
                               .value = value.Show(),
                               .number = std::nullopt,
                               .suffix = Suffix(axis, value, is_named)};
  if (value.kind == TomlValue::Kind::kInteger ||
      value.kind == TomlValue::Kind::kNumber) {
    choice.number = value.AsNumber();
  } else if (value.kind == TomlValue::Kind::kString) {
    choice.number = ParseDuration(value.text);
  }
  return choice;
}

// Does a racer say by itself what stands at a path of the common tables?
bool GivesOwn(const TomlValue& racer, const std::string& path) {
  if (racer.Find(path) != nullptr) return true;
  return std::ranges::any_of(kLaws, [&](std::string_view law) {
    const TomlValue* own = racer.Find(law);
    return path.starts_with(law) && own != nullptr &&
           (!own->is_table() || own->Find("distribution") != nullptr ||
            own->Find("trace") != nullptr);
  });
}

void Overlay(const TomlValue& from, const std::string& path, TomlValue& onto) {
  for (const TomlMember& member : from.members) {
    const std::string here =
        path.empty() ? member.key : path + '.' + member.key;
    TomlValue* below = onto.Find(member.key);
    const bool is_new_law = std::ranges::find(kLaws, here) != std::end(kLaws) &&
                            (member.value.Find("distribution") != nullptr ||
                             member.value.Find("trace") != nullptr);
    if (below != nullptr && below->is_table() && member.value.is_table() &&
        !is_new_law) {
      Overlay(member.value, here, *below);
    } else {
      onto.Put(member.key, member.value);
    }
  }
}

}  // namespace

void DistributeCommonLists(TomlValue& root) {
  std::vector<Axis> axes;
  for (const std::string_view name : kCommonTables) {
    const TomlValue* table = root.Find(name);
    if (table != nullptr && table->is_table()) {
      CollectAxes(*table, std::string(name) + '.', axes);
    }
  }
  TomlValue* racers = root.Find("racer");
  for (const Axis& axis : axes) {
    root.Put(axis.path, axis.list.items.front());
    if (racers == nullptr) continue;
    for (TomlValue& racer : racers->items) {
      if (!racer.is_table() || GivesOwn(racer, axis.path)) continue;
      racer.Put(axis.path, axis.list);
    }
  }
}

std::vector<SingleRacer> ExpandLists(const TomlValue& racer) {
  std::vector<Axis> axes;
  CollectAxes(racer, "", axes);
  const bool is_named = racer.Find("name") != nullptr;
  std::vector<SingleRacer> racers = {{racer, "", {}}};
  for (const Axis& axis : axes) {
    if (racers.size() * axis.list.items.size() > kMaxRacers) {
      throw ErrorAt(axis.list,
                    fmt::format("makes more than {} racers", kMaxRacers));
    }
    std::vector<SingleRacer> more;
    for (const SingleRacer& each : racers) {
      for (const TomlValue& value : axis.list.items) {
        more.push_back(each);
        more.back().choices.push_back(MakeChoice(axis, value, is_named));
        more.back().suffix += more.back().choices.back().suffix;
        more.back().table.Put(axis.path, value);
      }
    }
    racers = std::move(more);
  }
  return racers;
}

TomlValue WithCommonTables(const TomlValue& root, const TomlValue& racer) {
  TomlValue merged;
  merged.path = racer.path;
  merged.where = racer.where;
  for (const std::string_view name : kCommonTables) {
    if (const TomlValue* table = root.Find(name)) merged.Put(name, *table);
  }
  Overlay(racer, "", merged);
  return merged;
}

}  // namespace tortoise::internal
