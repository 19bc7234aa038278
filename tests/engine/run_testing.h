// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <ostream>
#include <span>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "engine/sampler.h"
#include "tortoise/core/aligned.h"
#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace tortoise::testing {

/// A preset with the settings it needs.
struct Contender {
  std::string protocol;
  MethodSettings settings = {};

  friend std::ostream& operator<<(std::ostream& out, const Contender& c) {
    return out << c.protocol;
  }
};

/// All presets, for two workers or more.
inline std::vector<Contender> AllPresets() {
  return {{"sync"},
          {"k-sync", {.quorum = 2}},
          {"k-batch-sync", {.quorum = 2}},
          {"async"},
          {"k-async", {.quorum = 2}},
          {"k-batch-async", {.quorum = 2}},
          {"ssp", {.staleness_bound = 1}},
          {"local-sgd", {.local_steps = 3}},
          {"hogwild"}};
}

/// Random delays around a millisecond, one sample per gradient.
inline RunOptions MakeRunOptions(const Contender& contender, int num_workers,
                                 std::int64_t updates) {
  RunOptions options;
  options.method =
      MakeMethod(contender.protocol, num_workers, contender.settings);
  options.batch_size = 1;
  options.step_size = 0.05;
  options.delay = DelayLaw::Exponential(1e-3);
  options.stop.updates = updates;
  options.report.snapshots = 5;
  return options;
}

/// Keeps all rows of a run.
class Collector : public RunObserver {
 public:
  void OnRecords(const RecordBatch& batch) override {
    if (batch.replaces) {
      contributions.clear();
      updates.clear();
    }
    contributions.insert(contributions.end(), batch.contributions.begin(),
                         batch.contributions.end());
    updates.insert(updates.end(), batch.updates.begin(), batch.updates.end());
    events.insert(events.end(), batch.events.begin(), batch.events.end());
  }
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  std::vector<EventRecord> events;
};

template <typename T>
struct RunResult {
  Summary summary;
  std::vector<T> w;  // final parameters
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;
  std::vector<EventRecord> events;  // if the options ask for them

  [[nodiscard]] std::int64_t Count(Fate fate) const {
    std::int64_t count = 0;
    for (const auto& row : contributions) count += row.fate == fate;
    return count;
  }
};

/// Runs from zeros and keeps all rows.
template <typename T>
RunResult<T> RunAndRecord(const AnyObjective<T>& objective,
                          const RunOptions& options,
                          std::stop_token stop = {}) {
  RunResult<T> result;
  result.w.resize(objective.num_parameters());
  Collector collector;
  result.summary =
      tortoise::Run<T>(objective, nullptr, options, std::span<T>(result.w),
                       {.observer = &collector, .stop = std::move(stop)});
  result.contributions = std::move(collector.contributions);
  result.updates = std::move(collector.updates);
  result.events = std::move(collector.events);
  return result;
}

/// What a worker contributes, a function of its snapshot and its first draw.
template <typename T>
using Contribute = std::function<std::vector<T>(
    const std::vector<T>& snapshot, int worker, std::int64_t gradient)>;

/// The mini-batch gradient, or the change after tau steps, written out.
template <typename T>
Contribute<T> SlowContribution(AnyObjective<T>& objective,
                               const RunOptions& options) {
  return [&objective, options](const std::vector<T>& snapshot, int worker,
                               std::int64_t gradient) {
    internal::Sampler sampler(options, objective.num_samples());
    AlignedVector<T> g(snapshot.size());
    AlignedVector<T> w(snapshot.begin(), snapshot.end());
    if (options.method.local_steps == 1) {
      objective.Gradient(w, sampler.Draw(worker, gradient), g);
      return std::vector<T>(g.begin(), g.end());
    }
    for (int step = 0; step < options.method.local_steps; ++step) {
      objective.Gradient(w, sampler.Draw(worker, gradient + step), g);
      for (std::size_t k = 0; k < w.size(); ++k) {
        w[k] -= static_cast<T>(options.step_size) * g[k];
      }
    }
    std::vector<T> change(w.size());
    for (std::size_t k = 0; k < w.size(); ++k) change[k] = w[k] - snapshot[k];
    return change;
  };
}

/// `steps` gradient steps of worker 0 alone, one after the other, from 0.
inline std::vector<double> PlainSgd(AnyObjective<double>& objective,
                                    const RunOptions& options, int steps) {
  internal::Sampler sampler(options, objective.num_samples());
  AlignedVector<double> w(objective.num_parameters());
  AlignedVector<double> g(w.size());
  for (int i = 0; i < steps; ++i) {
    objective.Gradient(w, sampler.Draw(0, i), g);
    for (std::size_t k = 0; k < w.size(); ++k) w[k] -= options.step_size * g[k];
  }
  return {w.begin(), w.end()};
}

/// Makes all updates again from the rows of the applied contributions alone:
/// element v of the result is the model of version v.
template <typename T>
std::vector<std::vector<T>> Replay(const std::vector<T>& initial,
                                   const RunOptions& options,
                                   const std::vector<ContributionRecord>& rows,
                                   const Contribute<T>& contribute) {
  const int quorum = options.method.synchrony.quorum;
  const double step =
      options.method.local_steps == 1 ? -options.step_size : 1.0;
  std::vector<std::vector<T>> models = {initial};
  std::vector<T> sum;
  int num_summed = 0;
  for (const ContributionRecord& row : rows) {
    if (row.fate != Fate::kApplied) continue;
    const std::vector<T> x =
        contribute(models[static_cast<std::size_t>(row.version_read)],
                   row.worker, row.gradient);
    if (num_summed == 0) sum.assign(x.size(), T{0});
    for (std::size_t k = 0; k < x.size(); ++k) sum[k] += x[k];
    if (++num_summed < quorum) continue;
    num_summed = 0;
    std::vector<T> next = models.back();
    for (std::size_t k = 0; k < next.size(); ++k) {
      next[k] += static_cast<T>(step / quorum) * sum[k];
    }
    models.push_back(next);
  }
  return models;
}

}  // namespace tortoise::testing
