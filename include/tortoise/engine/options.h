// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>

#include "tortoise/core/error.h"
#include "tortoise/core/words.h"
#include "tortoise/protocol/pace.h"
#include "tortoise/protocol/presets.h"
#include "tortoise/straggler/delay_law.h"
#include "tortoise/straggler/delay_tape.h"
#include "tortoise/straggler/speed.h"

namespace tortoise {

/// Which time a run lasts in.
enum class Clock {
  // Real threads, seconds of the machine. Takes as long as its delays, and what
  // else runs on the machine is part of the result.
  kWall,
  // Events on a clock of their own. Takes as long as computing does, and is a
  // function of the options alone; knows neither caches nor locks nor lateness.
  kVirtual,
};

inline constexpr Word<Clock> kClockWords[] = {{Clock::kWall, "wall"},
                                              {Clock::kVirtual, "virtual"}};
constexpr std::span<const Word<Clock>> WordsOf(Clock) { return kClockWords; }

/// How an injected delay X and the real computation of a gradient combine.
enum class DelayMode {
  // A gradient lasts max(computation, X). Delays hide how fast this machine
  // computes, as long as they are longer: races on two machines agree.
  kTotal,
  // A gradient lasts computation + X. Its time is this machine's, too.
  kExtra,
};

inline constexpr Word<DelayMode> kDelayModeWords[] = {
    {DelayMode::kTotal, "total"}, {DelayMode::kExtra, "extra"}};
constexpr std::span<const Word<DelayMode>> WordsOf(DelayMode) {
  return kDelayModeWords;
}

/// How a worker draws the samples of its mini-batches.
enum class Sampling {
  // With replacement: the assumption of the theory. As many draws as there are
  // samples leave out 37 % of them. One random number per sample.
  kUniform,
  // Batches of an endless sequence of permutations, dealt in turn: every sample
  // once per pass, and usually a lower loss for the same work. A walk through a
  // Feistel network per sample.
  kShuffled,
};

inline constexpr Word<Sampling> kSamplingWords[] = {
    {Sampling::kUniform, "uniform"}, {Sampling::kShuffled, "shuffled"}};
constexpr std::span<const Word<Sampling>> WordsOf(Sampling) {
  return kSamplingWords;
}

/// When a run ends: the first of these that holds. Infinity or the largest
/// integer means never; at least one of the first three must be set.
struct StopRule {
  static constexpr std::int64_t kNever =
      std::numeric_limits<std::int64_t>::max();

  double seconds = std::numeric_limits<double>::infinity();  // > 0
  std::int64_t updates = kNever;                             // >= 1
  // Applied gradients x batch size / number of samples. > 0.
  double epochs = std::numeric_limits<double>::infinity();
  // Full training loss at or below this, confirmed with the clock stopped.
  // Costs an evaluation over all data, off the clock, for every snapshot that
  // is due while the running mini-batch loss is that low.
  std::optional<double> target_loss = std::nullopt;
};

/// What a run keeps to report.
struct ReportOptions {
  // Points of the loss curve, >= 1. Each takes a model of memory, up to a
  // gigabyte together, and an evaluation over all data when the run is over.
  int snapshots = 60;
  // Rows of contributions kept at most, and as many of updates; beyond it they
  // are thinned evenly. >= 0. Each takes some 90 bytes of memory.
  std::int64_t contributions = 1'000'000;
  // The loss that `Race` measures seconds to. Default: the worst of the best
  // losses of all racers that did not diverge.
  std::optional<double> target_loss = std::nullopt;
  // Record the sequence of events, from which a run can be replayed: three of
  // 64 bytes for every contribution, until they are read.
  bool events = false;
};

/// Everything that one run of one racer is a function of, beside the objective,
/// the initial parameters and, on real threads, chance.
struct RunOptions {
  // Who takes part, when updates fire, who waits; local steps. MakeMethod().
  Method method;
  Clock clock = Clock::kWall;

  // Samples per gradient, >= 1. A larger one has less noise and takes longer.
  int batch_size = 32;
  Sampling sampling = Sampling::kUniform;
  // eta: w <- w - eta * (mean of the gradients of an update). > 0. A larger one
  // learns sooner and ends noisier; how large it may be falls with staleness.
  double step_size = 0.1;

  DelaySource delay = DelayLaw::Constant(0.0);  // X, per gradient
  DelayMode delay_mode = DelayMode::kTotal;
  DelayLaw round_delay = DelayLaw::Constant(0.0);  // D, per update
  SpeedOptions speed = {};
  // Virtual time only: what computing one gradient takes, >= 0. A worker's
  // speed slows the injected work, not this.
  double compute_seconds = 0.0;

  std::uint64_t seed = 1;
  std::uint64_t repeat = 0;  // < 2^32

  StopRule stop = {};
  ReportOptions report = {};

  /// K, tau and eta at the start.
  [[nodiscard]] Pace initial_pace() const {
    return {method.synchrony.quorum, method.local_steps, step_size};
  }

  /// The first broken rule, worded for a user ("step_size = -1 must be > 0"),
  /// or nothing. `num_samples` is that of the objective.
  [[nodiscard]] std::optional<tortoise::Violation> Violation(
      std::size_t num_samples) const;
};

}  // namespace tortoise
