// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/summary_json.h"

#include <algorithm>
#include <limits>

#include "experiment/files/json.h"

namespace tortoise::internal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

void WriteStaleness(JsonWriter& json, const StalenessHistogram& staleness) {
  const auto known = [](std::int64_t value) {
    return value < 0 ? std::nullopt : std::optional(value);
  };
  json.BeginObject("staleness");
  json.Member("mean", staleness.Mean());
  json.Member("p50", known(staleness.Quantile(0.5)));
  json.Member("p99", known(staleness.Quantile(0.99)));
  json.Member("max", known(staleness.Max()));
  json.Member("fresh_fraction", staleness.FreshFraction());
  json.EndObject();
}

void WriteCounts(JsonWriter& json, const Summary& summary) {
  json.BeginObject("gradients");
  json.Member("started", summary.gradients.started);
  json.Member("applied", summary.gradients.applied);
  json.Member("cancelled", summary.gradients.cancelled);
  json.Member("unfinished", summary.gradients.unfinished);
  json.EndObject();
}

void WritePace(JsonWriter& json, const Summary& summary,
               const Expectation& expected) {
  json.BeginObject("seconds_per_update");
  json.Member("mean", summary.seconds_per_update());
  json.Member("expected", expected.value);
  json.Member("lower", expected.lower);
  json.Member("upper", expected.upper);
  json.EndObject();
}

void WriteTimes(JsonWriter& json, const Summary& summary) {
  json.BeginObject("worker_seconds");
  json.Member("computing", summary.worker_seconds.computing);
  json.Member("straggling", summary.worker_seconds.straggling);
  json.Member("waiting", summary.worker_seconds.waiting);
  json.Member("communicating", summary.worker_seconds.communicating);
  json.Member("cancelled", summary.worker_seconds.cancelled);
  json.EndObject();
  json.BeginObject("delay_overshoot");
  json.Member("p50", summary.delay_overshoot.p50);
  json.Member("p99", summary.delay_overshoot.p99);
  json.EndObject();
  json.Member("compute_load", summary.compute_load);
  json.Member("computing_per_gradient", summary.computing_per_gradient);
}

void WriteEntry(JsonWriter& json, const Racer& racer,
                const Expectation& expected, const RaceEntry& entry) {
  const Summary& summary = entry.summary;
  const Method& method = racer.options.method;
  json.BeginObject();
  json.Member("name", entry.name);
  json.Member("repeat", entry.repeat);
  json.Member("protocol", method.protocol);
  json.Member("workers", summary.num_workers);
  json.Member("quorum", method.synchrony.quorum);
  json.Member("local_steps", method.local_steps);
  json.Member("termination", ToString(summary.termination));
  json.Member("message", summary.message);
  json.Member("seconds", summary.seconds);
  json.Member("last_update_seconds", summary.last_update_seconds);
  json.Member("updates", summary.updates);
  WriteCounts(json, summary);
  WritePace(json, summary, expected);
  WriteStaleness(json, summary.staleness);
  json.BeginObject("loss");
  json.Member("initial", summary.initial_loss());
  json.Member("final", summary.final_loss());
  json.Member("best", summary.best_loss());
  json.EndObject();
  json.Member("test_accuracy", summary.curve.empty()
                                   ? kNan
                                   : summary.curve.back().test_accuracy);
  json.Member("seconds_to_target", entry.seconds_to_target);
  WriteTimes(json, summary);
  json.Member("parameters_checksum", summary.parameters_checksum);
  json.BeginObject("records");
  json.Member("contributions", summary.contributions_recorded);
  json.Member("contributions_kept", summary.contributions_kept);
  json.Member("updates_kept", summary.updates_kept);
  json.EndObject();
  json.EndObject();
}

void WriteVerdict(JsonWriter& json, const RaceVerdict& verdict) {
  json.BeginArray("best");
  for (const BestValue& best : verdict.best) {
    json.BeginObject();
    json.Member("group", best.group);
    json.Member("name", best.name);
    json.Member("key", best.key);
    if (best.number) {
      json.Member("value", *best.number);
    } else {
      json.Member("value", best.value);
    }
    json.Member("tried", best.tried);
    json.Member("at_edge", best.is_at_edge);
    json.EndObject();
  }
  json.EndArray();
  json.BeginArray("differences");
  for (const PairedDifference& difference : verdict.differences) {
    json.BeginObject();
    json.Member("name", difference.name);
    json.Member("fastest", difference.fastest);
    json.Member("pairs", difference.pairs);
    json.Member("reached", difference.reached);
    json.Member("fastest_reached", difference.fastest_reached);
    json.Member("later", difference.later);
    json.Member("earlier", difference.earlier);
    json.Member("equal", difference.equal);
    json.Member("mean", difference.mean);
    json.Member("low", difference.low);
    json.Member("high", difference.high);
    json.Member("at_least", difference.at_least);
    json.Member("at_most", difference.at_most);
    json.EndObject();
  }
  json.EndArray();
}

}  // namespace

std::string SummaryJson(const RaceDescription& race,
                        const std::vector<Expectation>& expected,
                        const RaceResult& result, const RaceVerdict& verdict) {
  JsonWriter json;
  json.BeginObject();
  json.Member("format_version", RunDirectory::kFormatVersion);
  json.Member("name", race.name);
  json.Member("clock", race.clock);
  json.Member("seed", race.seed);
  json.BeginObject("problem");
  json.Member("objective", race.objective);
  json.Member("num_samples", race.num_samples);
  json.Member("num_parameters", race.num_parameters);
  json.EndObject();
  json.Member("target_loss", result.target_loss);
  WriteVerdict(json, verdict);
  json.BeginArray("racers");
  for (const RaceEntry& entry : result.entries) {
    const auto racer = std::ranges::find(race.racers, entry.name, &Racer::name);
    if (racer == race.racers.end()) continue;
    const auto index = static_cast<std::size_t>(racer - race.racers.begin());
    WriteEntry(json, *racer, expected.at(index), entry);
  }
  json.EndArray();
  json.EndObject();
  return json.text();
}

std::string EnvironmentJson(const Machine& machine, const Load& load) {
  const auto text = [](const std::string& value) {
    return value.empty() ? std::nullopt : std::optional(value);
  };
  const auto list = [](JsonWriter& json, const char* key, const auto& values) {
    json.BeginArray(key);
    for (const auto& value : values) json.Element(value);
    json.EndArray();
  };
  const BuildInfo build = GetBuildInfo();
  JsonWriter json;
  json.BeginObject();
  json.Member("format_version", RunDirectory::kFormatVersion);
  json.Member("date", load.date);
  json.Member("version", build.version);
  json.Member("commit", build.commit);
  json.Member("compiler", build.compiler);
  json.Member("flags", build.flags);
  json.Member("build_type", build.build_type);
  json.Member("processor", text(machine.processor));
  json.Member("cores", machine.online_processors);
  list(json, "affinity", machine.processors);
  json.Member("hypervisor", machine.hypervisor);
  json.Member("governor", text(machine.governor));
  json.Member("memory_bytes", machine.memory_bytes);
  json.Member("kernel", text(machine.kernel));
  json.Member("clock_source", text(machine.clock_source));
  json.BeginObject("load_average");
  list(json, "before", load.before);
  if (load.after) {
    list(json, "after", *load.after);
  } else {
    json.Member("after", std::optional<double>());
  }
  json.EndObject();
  json.Member("foreign_share", load.foreign_share);
  json.EndObject();
  return json.text();
}

}  // namespace tortoise::internal
