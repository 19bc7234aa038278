// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "tortoise/core/random.h"
#include "tortoise/straggler/delay_law.h"
#include "tortoise/straggler/delay_source.h"

namespace tortoise {

/// X(w, i): the work, in seconds at speed 1, of gradient i of worker w.
///
///     X(w, i) = quantile(U(w, i)),  U(w, i) the number i % 4 of the block at
///                                   (w, i / 4) of RandomStream(kDelay)
///
/// or the entry of a trace. Of a law with one value alone no number is drawn.
/// A pure function of (source, seed, repeat, w, i), so
/// every racer of a repeat meets the same tape. Const and safe to share.
class DelayTape {
 public:
  DelayTape(DelaySource source, std::uint64_t seed, std::uint64_t repeat);

  /// Seconds >= 0; nothing when a trace has no such entry.
  [[nodiscard]] std::optional<double> Work(std::uint64_t worker,
                                           std::uint64_t gradient) const;

  /// X_i + ... + X_{i + count - 1}, summed in that order.
  [[nodiscard]] std::optional<double> Work(std::uint64_t worker,
                                           std::uint64_t gradient,
                                           std::uint64_t count) const;

  static constexpr std::size_t kPerBlock = 4;
  /// seconds[k] = Work(worker, kPerBlock block + k), to the same bits; NaN when
  /// a trace has no such entry. Hardly slower than a single draw.
  void DrawBlock(std::uint64_t worker, std::uint64_t block,
                 std::span<double, kPerBlock> seconds) const;

 private:
  [[nodiscard]] double Uniform(std::uint64_t worker,
                               std::uint64_t gradient) const;

  DelaySource source_;
  std::optional<double> always_;  // every entry, if all are the same
  RandomStream stream_;
};

/// D(j): the communication time of update j (counted from 1), from a stream of
/// its own, the same for every racer. Const and safe to share.
class RoundDelays {
 public:
  RoundDelays(DelayLaw law, std::uint64_t seed, std::uint64_t repeat);
  [[nodiscard]] double Seconds(std::uint64_t update) const {
    return is_zero_ ? 0.0 : law_.Quantile(stream_.Uniform(update));
  }

 private:
  DelayLaw law_;
  bool is_zero_;  // then no number is drawn
  RandomStream stream_;
};

}  // namespace tortoise
