// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/core/error.h"
#include "tortoise/core/random.h"

namespace tortoise {

/// A worker is slow for a while, now and then: normal and slow spells take
/// turns, both exponential; time 0 is the beginning of a normal spell.
struct Bursts {
  double speed = 0.1;                // during a slow spell, >= 0
  double mean_normal_seconds = 1.0;  // > 0
  double mean_slow_seconds = 0.1;    // > 0

  bool operator==(const Bursts&) const = default;
};

/// Speeds of all workers. Empty vectors mean the default for every worker.
struct SpeedOptions {
  std::vector<double> speed = {};     // [P], > 0; default 1
  std::vector<double> stops_at = {};  // [P], seconds; infinity = never
  std::optional<Bursts> bursts = std::nullopt;

  /// The first broken rule, worded for a user, or nothing.
  [[nodiscard]] std::optional<tortoise::Violation> Violation(
      int num_workers) const;

  bool operator==(const SpeedOptions&) const = default;
};

/// The speed of one worker: a piecewise constant function of time,
///
///     v(t) = speed * (burst speed during a slow spell) * (0 from stops_at on)
///
/// One mechanism for slow, bursty and stopped workers. After a million spells a
/// worker continues at its mean speed, so that one enormous delay does not cost
/// hours. Owns no memory, however long a worker works: spells are drawn as they
/// are needed, and only the latest two places are remembered. So an object
/// belongs to one thread at a time.
class WorkerSpeed {
 public:
  WorkerSpeed(const SpeedOptions& options, int worker, std::uint64_t seed,
              std::uint64_t repeat);

  /// The time t >= start at which the integral of v from `start` has reached
  /// `work` seconds; infinity if it never does. `work` = 0 ends at once,
  /// unless the worker has stopped. With speed 1 throughout it is exactly
  /// start + work.
  ///
  /// Costs a draw per spell since the last `start`, or since the last finish
  /// if that is not after `start`. `start` may go back, at the cost of all
  /// spells from time 0 on.
  [[nodiscard]] double FinishTime(double start, double work);

 private:
  static constexpr std::size_t kMaxSpells = std::size_t{1} << 20;

  struct Spell {
    std::size_t number = 0;  // even: normal, odd: slow
    double begin = 0.0;
    double end = 0.0;
  };

  [[nodiscard]] Spell First() const { return {0, 0.0, End(0, 0.0)}; }
  [[nodiscard]] Spell After(const Spell& spell) const {
    const std::size_t next = spell.number + 1;
    return {next, spell.end, End(next, spell.end)};
  }
  [[nodiscard]] Spell At(double start) const;
  [[nodiscard]] double End(std::size_t number, double begin) const;
  [[nodiscard]] double SpeedIn(const Spell& spell) const;

  double speed_;
  double stops_at_;
  std::optional<Bursts> bursts_;
  RandomStream stream_;
  std::uint64_t worker_;
  Spell started_;   // of the last start
  Spell finished_;  // of the last finish, at or after `started_`
};

}  // namespace tortoise
