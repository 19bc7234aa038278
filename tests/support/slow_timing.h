// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "support/event_loop.h"
#include "tortoise/core/random.h"
#include "tortoise/engine/options.h"
#include "tortoise/engine/summary.h"

namespace tortoise::testing {

/// The quantile function of a law, written down again from its definition.
/// Laws without a closed form (and those of a user's own) use the library's.
inline std::function<double(double)> SlowQuantile(const DelayLaw& law) {
  const auto key = [&law](const char* name) { return law.keys().at(name)[0]; };
  const auto exponential = [](double u) { return -std::log1p(-u); };
  if (law.name() == "constant") {
    return [value = key("value")](double) { return value; };
  }
  if (law.name() == "uniform") {
    return [low = key("low"), high = key("high")](double u) {
      return low + (high - low) * u;
    };
  }
  if (law.name() == "exponential") {
    return [=, mean = key("mean")](double u) { return mean * exponential(u); };
  }
  if (law.name() == "shifted-exponential") {
    return [=, shift = key("shift"), mean = key("mean")](double u) {
      return shift + mean * exponential(u);
    };
  }
  if (law.name() == "weibull") {
    return [=, shape = key("shape"), scale = key("scale")](double u) {
      return scale * std::pow(exponential(u), 1.0 / shape);
    };
  }
  if (law.name() == "pareto") {
    return [=, shape = key("shape"), scale = key("scale")](double u) {
      return scale * std::exp(exponential(u) / shape);
    };
  }
  if (law.name() == "two-speed") {
    return [fast = key("fast"), slow = key("slow"),
            probability = key("probability")](double u) {
      return u <= 1.0 - probability ? fast : slow;
    };
  }
  return [law](double u) { return law.Quantile(u); };
}

/// When contributions of a run in virtual time arrive, computed anew from the
/// definitions in RunOptions: the tape, tau, speeds, bursts, stops, computing
/// and round delays. Shares the random numbers with the library, no more.
class SlowTiming {
 public:
  explicit SlowTiming(const RunOptions& options)
      : options_(options),
        round_delay_(SlowQuantile(options.round_delay)),
        delay_stream_(options.seed, options.repeat, Purpose::kDelay),
        round_stream_(options.seed, options.repeat, Purpose::kRoundDelay),
        burst_stream_(options.seed, options.repeat, Purpose::kBurst) {
    if (const DelayLaw* law = options.delay.law()) {
      delay_ = SlowQuantile(*law);
    }
  }

  /// Of contribution `index` of worker `w`, which begins at `start`; see
  /// EventLoop::Finish.
  [[nodiscard]] double Finish(int w, std::int64_t index, double start) const {
    const int tau = options_.method.local_steps;
    double work = 0.0;
    for (std::int64_t i = index * tau; i < (index + 1) * tau; ++i) {
      const double seconds = Delay(w, i);
      if (seconds < 0.0) return EventLoop::kTapeEnds;
      work += seconds;
    }
    const double computing = options_.compute_seconds * tau;
    if (options_.delay_mode == DelayMode::kExtra) {
      return Integrate(w, start + computing, work);
    }
    return std::max(start + computing, Integrate(w, start, work));
  }

  /// D of update `update`, counted from 1.
  [[nodiscard]] double RoundDelay(std::int64_t update) const {
    return round_delay_(
        round_stream_.Uniform(static_cast<std::uint64_t>(update)));
  }

 private:
  // X(w, i), or -1.
  [[nodiscard]] double Delay(int w, std::int64_t i) const {
    const auto worker = static_cast<std::uint64_t>(w);
    const auto gradient = static_cast<std::uint64_t>(i);
    if (delay_) {
      return delay_(RandomStream::ToUnit(
          delay_stream_.Bits(worker, gradient / 4)[gradient % 4]));
    }
    const std::vector<double>& row = options_.delay.trace()->seconds[worker];
    return gradient < row.size() ? row[gradient] : -1.0;
  }

  // When the speed of worker w has done `work` from `start` on: spell by spell
  // from time 0, and the part before `start` does not count.
  [[nodiscard]] double Integrate(int w, double start, double work) const {
    const auto worker = static_cast<std::size_t>(w);
    const SpeedOptions& s = options_.speed;
    const double normal = s.speed.empty() ? 1.0 : s.speed[worker];
    const double stops = s.stops_at.empty() ? kInfinity : s.stops_at[worker];
    if (start >= stops) return kInfinity;
    if (work == 0.0) return start;
    double begin = 0.0;
    for (std::uint64_t k = 0;; ++k) {
      const double end = s.bursts ? begin + SpellLength(w, k) : kInfinity;
      const double speed = k % 2 == 0 ? normal : normal * s.bursts->speed;
      const double from = std::max(begin, start);
      const double until = std::min(end, stops);
      if (from < until && speed > 0.0) {
        const double finish = from + work / speed;
        if (finish <= until) return finish;
        work = std::max(0.0, work - (until - from) * speed);
      }
      if (end >= stops) return kInfinity;
      begin = end;
    }
  }

  [[nodiscard]] double SpellLength(int w, std::uint64_t k) const {
    const Bursts& bursts = *options_.speed.bursts;
    const double mean =
        k % 2 == 0 ? bursts.mean_normal_seconds : bursts.mean_slow_seconds;
    return -mean *
           std::log1p(-burst_stream_.Uniform(static_cast<std::uint64_t>(w), k));
  }

  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  RunOptions options_;
  std::function<double(double)> delay_;  // empty: a trace
  std::function<double(double)> round_delay_;
  RandomStream delay_stream_;
  RandomStream round_stream_;
  RandomStream burst_stream_;
};

/// The race of `options` in the slow loop: all its times, by the definitions.
/// The objective never ends it.
inline LoopResult SlowRace(const RunOptions& options,
                           std::size_t num_samples = 0) {
  const SlowTiming timing(options);
  LoopStop stop{.seconds = options.stop.seconds};
  if (options.stop.updates != StopRule::kNever) {
    stop.updates = static_cast<std::size_t>(options.stop.updates);
  }
  const double gradients_per_update =
      static_cast<double>(options.method.synchrony.quorum) *
      options.method.local_steps;
  if (std::isfinite(options.stop.epochs)) {
    double samples = 0.0;
    std::size_t updates = 0;
    while (samples < options.stop.epochs * static_cast<double>(num_samples)) {
      samples += gradients_per_update * options.batch_size;
      ++updates;
    }
    stop.updates = std::min(stop.updates, updates);
  }
  return EventLoop(
             options.method,
             EventLoop::Finish([&timing](int w, std::int64_t i, double start) {
               return timing.Finish(w, i, start);
             }),
             [&timing](std::int64_t j) { return timing.RoundDelay(j); })
      .Run(stop);
}

/// What `Summary::termination` should be after a race in the slow loop.
inline Termination SlowTermination(const RunOptions& options,
                                   const LoopResult& loop) {
  switch (loop.end) {
    case LoopEnd::kSeconds:
      return Termination::kSeconds;
    case LoopEnd::kNobodyArrives:
      return Termination::kWorkerStopped;
    case LoopEnd::kTapeEnded:
      return Termination::kTraceEnded;
    case LoopEnd::kUpdates:
      break;
  }
  return static_cast<std::int64_t>(loop.updates.size()) == options.stop.updates
             ? Termination::kUpdates
             : Termination::kEpochs;
}

}  // namespace tortoise::testing
