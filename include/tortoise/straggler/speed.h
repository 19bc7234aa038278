// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tortoise/core/random.h"

namespace tortoise {

/// A worker is slow for a while, now and then: normal and slow spells take
/// turns, both exponential; time 0 is the beginning of a normal spell.
struct Bursts {
  double speed = 0.1;                // during a slow spell, >= 0
  double mean_normal_seconds = 1.0;  // > 0
  double mean_slow_seconds = 0.1;    // > 0
};

/// Speeds of all workers. Empty vectors mean the default for every worker.
struct SpeedOptions {
  std::vector<double> speed = {};     // [P], > 0; default 1
  std::vector<double> stops_at = {};  // [P], seconds; infinity = never
  std::optional<Bursts> bursts = std::nullopt;

  /// The first broken rule, worded for a user, or nothing.
  [[nodiscard]] std::optional<std::string> Violation(int num_workers) const;
};

/// The speed of one worker: a piecewise constant function of time,
///
///     v(t) = speed * (burst speed during a slow spell) * (0 from stops_at on)
///
/// One mechanism for slow, bursty and stopped workers. Spells are drawn as they
/// are needed and kept, so an object belongs to one thread at a time. After a
/// million spells a worker goes on at its mean speed, so that one enormous
/// delay costs neither hours nor gigabytes.
class WorkerSpeed {
 public:
  WorkerSpeed(const SpeedOptions& options, int worker, std::uint64_t seed,
              std::uint64_t repeat);

  /// The time t >= start at which the integral of v from `start` has reached
  /// `work` seconds; infinity if it never does. `work` = 0 ends at once,
  /// unless the worker has stopped. With speed 1 throughout it is exactly
  /// start + work. `start` may go back.
  [[nodiscard]] double FinishTime(double start, double work);

 private:
  static constexpr std::size_t kMaxSpells = std::size_t{1} << 20;

  std::size_t SpellAt(double start);
  // End of spell k (even: normal, odd: slow); drawn on demand.
  double SpellEnd(std::size_t k);
  [[nodiscard]] double SpellSpeed(std::size_t k) const;

  double speed_;
  double stops_at_;
  std::optional<Bursts> bursts_;
  RandomStream stream_;
  std::uint64_t worker_;
  std::vector<double> spell_ends_;
};

}  // namespace tortoise
