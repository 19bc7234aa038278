// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <limits>
#include <string>
#include <vector>

#include "experiment/settings/bind.h"
#include "experiment/settings/delay_keys.h"
#include "experiment/settings/keys.h"

namespace tortoise::internal {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

void AddWorkers(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "workers.count", KeyType::Integer(1, 1'000'000), kRequired,
      "P: workers. At most 4096 on real threads, one for each, and 100000 "
      "in virtual time with a model.",
      [](auto& f) -> auto& { return f.racer.num_workers; }));
  keys.back().setting = "num_workers";
  keys.push_back(Bind(
      "workers.batch_size", KeyType::Integer(1, 100'000'000), "32",
      "Samples per gradient.",
      [](auto& f) -> auto& { return f.racer.options.batch_size; }));
  keys.push_back(Bind(
      "workers.sampling", KeyType::OneOf(AllWords<Sampling>()), "\"uniform\"",
      "With replacement, or a permutation for every pass over the data.",
      [](auto& f) -> auto& { return f.racer.options.sampling; }));
}

// "measured" is not a number of seconds yet.
Key ComputeKey() {
  return {.path = "workers.compute",
          .type = KeyType::Time().Or({"measured"}),
          .fallback = "0",
          .meaning =
              "Virtual time: what computing a gradient takes; measured: it is "
              "timed once, before the race.",
          .read =
              [](ParsedFile& f, const TomlValue& v) {
                f.racer.measures_compute = v.text == "measured";
                f.racer.options.compute_seconds =
                    f.racer.measures_compute ? 0.0 : v.AsSeconds();
              },
          .write = [](const ParsedFile& f) -> std::string {
            if (f.racer.options.clock == Clock::kWall) return "";
            return f.racer.measures_compute
                       ? "\"measured\""
                       : TomlNumber(f.racer.options.compute_seconds);
          },
          .setting = "compute_seconds"};
}

void AddDelays(std::vector<Key>& keys) {
  keys.push_back(
      {.path = "workers.delay",
       .type = {.kind = KeyType::Kind::kTraceable},
       .fallback = "{ distribution = \"constant\", value = 0 }",
       .meaning = "X: injected work of a gradient, a delay law or a trace "
                  "(below).",
       .read = [](ParsedFile& f, const TomlValue& v) { ReadDelay(f, v); },
       .write = [](const ParsedFile& f) { return WriteDelay(f.racer); }});
  keys.push_back(Bind(
      "workers.delay_mode", KeyType::OneOf(AllWords<DelayMode>()), "\"total\"",
      "A gradient lasts max(computation, X), or computation + X.",
      [](auto& f) -> auto& { return f.racer.options.delay_mode; }));
  keys.push_back(ComputeKey());
  keys.push_back(Bind(
      "communication.round_delay", {.kind = KeyType::Kind::kLaw},
      "{ distribution = \"constant\", value = 0 }",
      "D: passes between an update and the start of the workers it "
      "releases; a delay law.",
      [](auto& f) -> auto& { return f.racer.options.round_delay; }));
}

// "never" is infinity.
Key StopsAtKey() {
  return {.path = "workers.stops_at",
          .type = KeyType::Time().Or({"never"}).List(),
          .meaning =
              "One entry per worker: when it stops for good. Default: never.",
          .read =
              [](ParsedFile& f, const TomlValue& v) {
                auto& stops_at = f.racer.options.speed.stops_at;
                stops_at.clear();
                for (const TomlValue& item : v.items) {
                  stops_at.push_back(item.text == "never" ? kNever
                                                          : item.AsSeconds());
                }
              },
          .write = [](const ParsedFile& f) -> std::string {
            std::vector<std::string> texts;
            for (const double at : f.racer.options.speed.stops_at) {
              texts.push_back(at == kNever ? "\"never\"" : TomlNumber(at));
            }
            if (texts.empty()) return "";
            return fmt::format("[{}]", fmt::join(texts, ", "));
          }};
}

void AddSpeeds(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "workers.speed", KeyType::Number(0).AboveLow().List(), "",
      "One entry per worker; 0.25 is four times slower. Default: 1.",
      [](auto& f) -> auto& { return f.racer.options.speed.speed; }));
  keys.push_back(StopsAtKey());
}

// One of the keys of `bursts`, which the first of them that is given makes.
Key BurstsKey(const char* key, const KeyType& type, const char* meaning,
              double Bursts::*member) {
  return {.path = std::string("workers.bursts.") + key,
          .type = type,
          .meaning = meaning,
          .read =
              [member](ParsedFile& f, const TomlValue& v) {
                auto& bursts = f.racer.options.speed.bursts;
                if (!bursts) bursts.emplace();
                Read(v, (*bursts).*member);
              },
          .write = [member](const ParsedFile& f) -> std::string {
            const auto& bursts = f.racer.options.speed.bursts;
            return bursts ? Write((*bursts).*member) : "";
          },
          .setting = std::string("bursts.") + key};
}

void AddBursts(std::vector<Key>& keys) {
  keys.push_back(BurstsKey("speed", KeyType::Number(0),
                           "Speed during a slow spell. The three keys of "
                           "bursts go together.",
                           &Bursts::speed));
  keys.push_back(BurstsKey("mean_normal_seconds", KeyType::Time().AboveLow(),
                           "Mean length of a normal spell (exponential).",
                           &Bursts::mean_normal_seconds));
  keys.push_back(BurstsKey("mean_slow_seconds", KeyType::Time().AboveLow(),
                           "Mean length of a slow spell (exponential).",
                           &Bursts::mean_slow_seconds));
}

void AddStep(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "step.size", KeyType::Number(0).AboveLow(), kRequired,
      "eta: w <- w - eta * (mean gradient of an update). Not needed by "
      "the objective none.",
      [](auto& f) -> auto& { return f.racer.step_size; }));
  keys.back().setting = "step_size";
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

void AddRacer(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "name", KeyType::Text(), "", "Default: the protocol's.",
      [](auto& f) -> auto& { return f.racer.name; }));
  keys.push_back(Bind(
      "protocol", KeyType::OneOf(PresetNames()), kRequired, "A preset.",
      [](auto& f) -> auto& { return f.racer.protocol; }));
  keys.push_back(Bind(
      "quorum", KeyType::Integer(1), "",
      "K: contributions per update." + TakenBy("quorum"),
      [](auto& f) -> auto& { return f.racer.method.quorum; }));
  keys.push_back(Bind(
      "local_steps", KeyType::Integer(1), "",
      "tau: gradients per contribution." + TakenBy("local_steps"),
      [](auto& f) -> auto& { return f.racer.method.local_steps; }));
  keys.push_back(Bind(
      "staleness_bound", KeyType::Integer(0), "",
      "s: contributions that a worker may be ahead of the slowest." +
          TakenBy("staleness_bound"),
      [](auto& f) -> auto& { return f.racer.method.staleness_bound; }));
  keys.push_back(Bind(
      "memory", KeyType::OneOf(AllWords<MemoryPolicy>()), "",
      "How workers write shared memory; default: lossy." + TakenBy("memory"),
      [](auto& f) -> auto& { return f.racer.method.memory; }));
}

}  // namespace

std::span<const Key> CommonKeys() {
  static const std::vector<Key> kKeys = [] {
    std::vector<Key> keys;
    AddWorkers(keys);
    AddSpeeds(keys);
    AddBursts(keys);
    AddDelays(keys);
    AddStep(keys);
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
