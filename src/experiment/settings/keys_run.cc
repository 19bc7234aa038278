// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "experiment/settings/delay_keys.h"
#include "experiment/settings/keys.h"

namespace tortoise::internal {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

std::string WriteList(const std::vector<double>& values) {
  if (values.empty()) return "";
  std::vector<std::string> texts;
  for (const double value : values) {
    texts.push_back(value == kNever ? "\"never\"" : TomlNumber(value));
  }
  return fmt::format("[{}]", fmt::join(texts, ", "));
}

Bursts& BurstsOf(Draft& draft) {
  std::optional<Bursts>& bursts = draft.common.speed.bursts;
  return bursts ? *bursts : bursts.emplace();
}

void AddWorkers(std::vector<Key>& keys) {
  keys.push_back({"workers.count", KeyType::Integer(1, 1'000'000), kRequired,
                  "P: workers. At most 4096 on real threads, one for each, and "
                  "100000 in virtual time with a model.",
                  [](Draft& d, const TomlValue& v) {
                    d.common.num_workers = static_cast<int>(v.integer);
                  },
                  [](const Draft& d) {
                    const auto& count = d.common.num_workers;
                    return count ? std::to_string(*count) : "";
                  }});
  keys.push_back(
      {"workers.batch_size", KeyType::Integer(1, 100'000'000), "32",
       "Samples per gradient.",
       [](Draft& d, const TomlValue& v) {
         d.common.batch_size = static_cast<int>(v.integer);
       },
       [](const Draft& d) { return std::to_string(d.common.batch_size); }});
  keys.push_back(
      {"workers.sampling", KeyType::OneOf({"uniform", "shuffled"}),
       "\"uniform\"",
       "With replacement, or a permutation for every pass over the data.",
       [](Draft& d, const TomlValue& v) {
         d.common.sampling =
             v.text == "shuffled" ? Sampling::kShuffled : Sampling::kUniform;
       },
       [](const Draft& d) {
         return TomlString(
             d.common.sampling == Sampling::kShuffled ? "shuffled" : "uniform");
       }});
}

void AddDelays(std::vector<Key>& keys) {
  keys.push_back(
      {"workers.delay",
       {.kind = KeyType::Kind::kTraceable},
       "{ distribution = \"constant\", value = 0 }",
       "X: injected work of a gradient, a delay law or a trace (below).",
       [](Draft& d, const TomlValue& v) { ReadDelay(d, v); },
       [](const Draft& d) { return WriteDelay(d.common); }});
  keys.push_back(
      {"workers.delay_mode", KeyType::OneOf({"total", "extra"}), "\"total\"",
       "A gradient lasts max(computation, X), or computation + X.",
       [](Draft& d, const TomlValue& v) {
         d.common.delay_mode =
             v.text == "extra" ? DelayMode::kExtra : DelayMode::kTotal;
       },
       [](const Draft& d) {
         return TomlString(d.common.delay_mode == DelayMode::kExtra ? "extra"
                                                                    : "total");
       }});
  keys.push_back(
      {"workers.compute", KeyType::Time().Or({"measured"}), "0",
       "Virtual time: what computing a gradient takes; measured: it is timed "
       "once, before the race.",
       [](Draft& d, const TomlValue& v) {
         d.common.measures_compute = v.text == "measured";
         d.common.compute_seconds =
             d.common.measures_compute ? 0.0 : v.AsSeconds();
       },
       [](const Draft& d) -> std::string {
         if (d.experiment.clock == "wall") return "";
         return d.common.measures_compute
                    ? "\"measured\""
                    : TomlNumber(d.common.compute_seconds);
       }});
  keys.push_back(
      {"communication.round_delay",
       {.kind = KeyType::Kind::kLaw},
       "{ distribution = \"constant\", value = 0 }",
       "D: passes between an update and the start of the workers it "
       "releases; a delay law.",
       [](Draft& d, const TomlValue& v) { d.common.round_delay = ReadLaw(v); },
       [](const Draft& d) { return WriteLaw(d.common.round_delay); }});
}

void AddSpeeds(std::vector<Key>& keys) {
  keys.push_back(
      {"workers.speed", KeyType::Number(0).AboveLow().List(), "",
       "One entry per worker; 0.25 is four times slower. Default: 1.",
       [](Draft& d, const TomlValue& v) {
         d.common.speed.speed.clear();
         for (const TomlValue& item : v.items) {
           d.common.speed.speed.push_back(item.AsNumber());
         }
       },
       [](const Draft& d) { return WriteList(d.common.speed.speed); }});
  keys.push_back(
      {"workers.stops_at", KeyType::Time().Or({"never"}).List(), "",
       "One entry per worker: when it stops for good. Default: never.",
       [](Draft& d, const TomlValue& v) {
         d.common.speed.stops_at.clear();
         for (const TomlValue& item : v.items) {
           const bool never = item.text == "never";
           d.common.speed.stops_at.push_back(never ? kNever : item.AsSeconds());
         }
       },
       [](const Draft& d) { return WriteList(d.common.speed.stops_at); }});
}

void AddBursts(std::vector<Key>& keys) {
  // The three keys of `bursts` differ only in their member.
  const auto add = [&](const char* key, const KeyType& type,
                       const char* meaning, double Bursts::*member) {
    keys.push_back({std::string("workers.bursts.") + key, type, "", meaning,
                    [member](Draft& d, const TomlValue& v) {
                      BurstsOf(d).*member = v.AsSeconds();
                    },
                    [member](const Draft& d) -> std::string {
                      const auto& bursts = d.common.speed.bursts;
                      return bursts ? TomlNumber((*bursts).*member) : "";
                    }});
  };
  add("speed", KeyType::Number(0),
      "Speed during a slow spell. The three keys of bursts go together.",
      &Bursts::speed);
  add("mean_normal_seconds", KeyType::Time().AboveLow(),
      "Mean length of a normal spell (exponential).",
      &Bursts::mean_normal_seconds);
  add("mean_slow_seconds", KeyType::Time().AboveLow(),
      "Mean length of a slow spell (exponential).", &Bursts::mean_slow_seconds);
}

std::vector<std::string> PresetNames() {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) names.push_back(preset.name);
  return names;
}

// "k-sync, k-async (required)": the presets that take a setting.
std::string TakenBy(std::string_view key) {
  std::vector<std::string> names;
  for (const Preset& preset : Presets()) {
    const Taken taken = preset.Takes(key);
    if (taken == Taken::kNo) continue;
    names.push_back(preset.name +
                    (taken == Taken::kRequired ? " (required)" : ""));
  }
  return fmt::format(" Taken by {}.", fmt::join(names, ", "));
}

// The three integers that a preset may take.
Key Setting(const char* path, double low, const std::string& meaning,
            std::optional<std::int64_t> MethodSettings::*member) {
  return {path,
          KeyType::Integer(low),
          "",
          meaning,
          [member](Draft& d, const TomlValue& v) {
            d.racer.method.*member = v.integer;
          },
          [member](const Draft& d) -> std::string {
            const auto& value = d.racer.method.*member;
            return value ? std::to_string(*value) : "";
          }};
}

void AddRacer(std::vector<Key>& keys) {
  keys.push_back({"name", KeyType::Text(), "", "Default: the protocol's.",
                  [](Draft& d, const TomlValue& v) { d.racer.name = v.text; },
                  [](const Draft& d) { return TomlString(d.racer.name); }});
  keys.push_back(
      {"protocol", KeyType::OneOf(PresetNames()), kRequired, "A preset.",
       [](Draft& d, const TomlValue& v) { d.racer.protocol = v.text; },
       [](const Draft& d) { return TomlString(d.racer.protocol); }});
  keys.push_back(Setting("quorum", 1,
                         "K: contributions per update." + TakenBy("quorum"),
                         &MethodSettings::quorum));
  keys.push_back(
      Setting("local_steps", 1,
              "tau: gradients per contribution." + TakenBy("local_steps"),
              &MethodSettings::local_steps));
  keys.push_back(Setting("staleness_bound", 0,
                         "s: contributions that a worker may be ahead of the "
                         "slowest." +
                             TakenBy("staleness_bound"),
                         &MethodSettings::staleness_bound));
  keys.push_back(
      {"memory", KeyType::OneOf({"lossy", "atomic", "sharded", "locked"}), "",
       "How workers write shared memory; default: lossy." + TakenBy("memory"),
       [](Draft& d, const TomlValue& v) {
         for (const auto policy :
              {MemoryPolicy::kLossy, MemoryPolicy::kAtomic,
               MemoryPolicy::kSharded, MemoryPolicy::kLocked}) {
           if (v.text == ToString(policy)) d.racer.method.memory = policy;
         }
       },
       [](const Draft& d) {
         return d.racer.method.memory
                    ? TomlString(ToString(*d.racer.method.memory))
                    : "";
       }});
}

}  // namespace

std::span<const Key> CommonKeys() {
  static const std::vector<Key> kKeys = [] {
    std::vector<Key> keys;
    AddWorkers(keys);
    AddSpeeds(keys);
    AddBursts(keys);
    AddDelays(keys);
    keys.push_back({"step.size", KeyType::Number(0).AboveLow(), kRequired,
                    "eta: w <- w - eta * (mean gradient of an update). Not "
                    "needed by the objective none.",
                    [](Draft& d, const TomlValue& v) {
                      d.common.step_size = v.AsNumber();
                    },
                    [](const Draft& d) {
                      const auto& size = d.common.step_size;
                      return size ? TomlNumber(*size) : "";
                    }});
    return keys;
  }();
  return kKeys;
}

std::span<const Key> RacerKeys() {
  static const std::vector<Key> kKeys = [] {
    std::vector<Key> keys;
    AddRacer(keys);
    return keys;
  }();
  return kKeys;
}

}  // namespace tortoise::internal
