// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tortoise/core/random.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise {

/// Recorded delays: seconds[worker][gradient].
struct Trace {
  std::vector<std::vector<double>> seconds;

  /// Over all entries; 0 if there is none.
  [[nodiscard]] double Mean() const;
};

/// Reads a trace: CSV with header `worker,gradient,seconds`, both counted from
/// 0, rows in any order, plain decimal numbers. Throws InputError (file, line)
/// for a gap, a duplicate, a missing worker below the largest, a negative or
/// non-finite time, or a file without rows. gzip is not accepted.
[[nodiscard]] Trace ReadTrace(const std::string& path);
[[nodiscard]] Trace ParseTrace(std::string_view text, const std::string& name);

/// Where delays come from: a law, or a trace.
using DelaySource = std::variant<DelayLaw, std::shared_ptr<const Trace>>;

/// Mean of the source in seconds.
[[nodiscard]] double MeanDelay(const DelaySource& source);

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
