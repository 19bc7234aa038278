// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/summary_json.h"

#include <algorithm>
#include <limits>

#include "experiment/files/json.h"
#include "experiment/run_directory/tables.h"

namespace tortoise::internal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

Json Of(const StalenessHistogram& staleness) {
  return {{"mean", staleness.Mean()},
          {"p50", OrNull(NothingIfNegative(staleness.Quantile(0.5)))},
          {"p99", OrNull(NothingIfNegative(staleness.Quantile(0.99)))},
          {"max", OrNull(NothingIfNegative(staleness.Max()))},
          {"fresh_fraction", staleness.FreshFraction()}};
}

Json Counts(const Summary& summary) {
  return {{"started", summary.gradients.started},
          {"applied", summary.gradients.applied},
          {"cancelled", summary.gradients.cancelled},
          {"dropped", summary.gradients.dropped},
          {"unfinished", summary.gradients.unfinished}};
}

Json Pace(const Summary& summary, const Expectation& expected) {
  return {{"mean", summary.seconds_per_update()},
          {"expected", OrNull(expected.value)},
          {"lower", OrNull(expected.lower)},
          {"upper", OrNull(expected.upper)}};
}

Json Times(const Summary& summary) {
  return {{"computing", summary.worker_seconds.computing},
          {"straggling", summary.worker_seconds.straggling},
          {"waiting", summary.worker_seconds.waiting},
          {"communicating", summary.worker_seconds.communicating},
          {"cancelled", summary.worker_seconds.cancelled}};
}

Json Of(const Racer& racer, const Expectation& expected,
        const RaceEntry& entry) {
  const Summary& summary = entry.summary;
  const Method& method = racer.options.method;
  return {{"name", entry.name},
          {"repeat", entry.repeat},
          {"protocol", method.protocol},
          {"workers", summary.num_workers},
          {"quorum", method.synchrony.quorum},
          {"local_steps", method.local_steps},
          {"termination", ToString(summary.termination)},
          {"message", summary.message},
          {"seconds", summary.seconds},
          {"last_update_seconds", summary.last_update_seconds},
          {"updates", summary.updates},
          {"gradients", Counts(summary)},
          {"seconds_per_update", Pace(summary, expected)},
          {"staleness", Of(summary.staleness)},
          {"loss",
           {{"initial", summary.initial_loss()},
            {"final", summary.final_loss()},
            {"best", summary.best_loss()}}},
          {"test_accuracy",
           summary.curve.empty() ? kNan : summary.curve.back().test_accuracy},
          {"seconds_to_target", OrNull(entry.seconds_to_target)},
          {"worker_seconds", Times(summary)},
          {"delay_overshoot",
           {{"p50", OrNull(summary.delay_overshoot.p50)},
            {"p99", OrNull(summary.delay_overshoot.p99)}}},
          {"compute_load", OrNull(summary.compute_load)},
          {"computing_per_gradient", OrNull(summary.computing_per_gradient)},
          {"parameters_checksum", summary.parameters_checksum},
          {"records",
           {{"contributions", summary.contributions_recorded},
            {"contributions_kept", summary.contributions_kept},
            {"updates_kept", summary.updates_kept}}}};
}

Json Of(const BestValue& best) {
  return {{"group", best.group},
          {"name", best.name},
          {"key", best.key},
          {"value", best.number ? Json(*best.number) : Json(best.value)},
          {"tried", best.tried},
          {"at_edge", best.is_at_edge}};
}

Json Of(const PairedDifference& difference) {
  return {{"name", difference.name},
          {"fastest", difference.fastest},
          {"pairs", difference.pairs},
          {"reached", difference.reached},
          {"fastest_reached", difference.fastest_reached},
          {"later", difference.later},
          {"earlier", difference.earlier},
          {"equal", difference.equal},
          {"mean", OrNull(difference.mean)},
          {"low", OrNull(difference.low)},
          {"high", OrNull(difference.high)},
          {"at_least", OrNull(difference.at_least)},
          {"at_most", OrNull(difference.at_most)}};
}

template <typename T>
Json ListOf(const std::vector<T>& values) {
  Json list = Json::array();
  for (const T& value : values) list.push_back(Of(value));
  return list;
}

// Nothing that the system did not tell.
Json Known(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(text);
}

}  // namespace

std::string SummaryJson(const RaceDescription& race,
                        const std::vector<Expectation>& expected,
                        const RaceResult& result, const RaceVerdict& verdict) {
  Json racers = Json::array();
  for (const RaceEntry& entry : result.entries) {
    const auto racer = std::ranges::find(race.racers, entry.name, &Racer::name);
    if (racer == race.racers.end()) continue;
    const auto index = static_cast<std::size_t>(racer - race.racers.begin());
    racers.push_back(Of(*racer, expected.at(index), entry));
  }
  const Json json = {{"format_version", RunDirectory::kFormatVersion},
                     {"name", race.name},
                     {"clock", ToString(race.clock)},
                     {"seed", race.seed},
                     {"problem",
                      {{"objective", race.objective},
                       {"num_samples", OrNull(race.num_samples)},
                       {"num_parameters", race.num_parameters}}},
                     {"target_loss", OrNull(result.target_loss)},
                     {"best", ListOf(verdict.best)},
                     {"differences", ListOf(verdict.differences)},
                     {"racers", std::move(racers)}};
  return JsonText(json) + '\n';
}

std::string EnvironmentJson(const Machine& machine, const Load& load) {
  const BuildInfo build = GetBuildInfo();
  const Json json = {{"format_version", RunDirectory::kFormatVersion},
                     {"date", load.date},
                     {"version", build.version},
                     {"commit", build.commit},
                     {"compiler", build.compiler},
                     {"flags", build.flags},
                     {"build_type", build.build_type},
                     {"processor", Known(machine.processor)},
                     {"cores", machine.online_processors},
                     {"affinity", machine.processors},
                     {"hypervisor", OrNull(machine.hypervisor)},
                     {"governor", Known(machine.governor)},
                     {"memory_bytes", OrNull(machine.memory_bytes)},
                     {"kernel", Known(machine.kernel)},
                     {"clock_source", Known(machine.clock_source)},
                     {"load_average",
                      {{"before", load.before}, {"after", OrNull(load.after)}}},
                     {"foreign_share", OrNull(load.foreign_share)}};
  return JsonText(json) + '\n';
}

}  // namespace tortoise::internal
