// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tortoise/core/error.h"
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

/// Where the delays of gradients come from: a law, which has one for every
/// gradient of every worker, or a trace, which ends.
///
/// A value: copies share what is behind them, which never changes, and any
/// thread may read it.
class DelaySource {
 public:
  // Both are conversions, so that a law is written where a source is wanted.
  DelaySource(DelayLaw law);
  /// Throws std::invalid_argument if `trace` is null.
  DelaySource(std::shared_ptr<const Trace> trace);

  /// One of the two is null.
  [[nodiscard]] const DelayLaw* law() const {
    return std::get_if<DelayLaw>(&source_);
  }
  [[nodiscard]] const Trace* trace() const;

  /// Seconds; infinity if it diverges.
  [[nodiscard]] double Mean() const;
  /// The least that can be drawn, in seconds: 0 if a gradient can take no time.
  /// Reads all of a trace.
  [[nodiscard]] double Lowest() const;
  /// Workers that have delays; nothing: as many as there are.
  [[nodiscard]] std::optional<int> num_workers() const;

  /// What is wrong with it for so many workers, worded for a user, or nothing.
  /// Reads all of a trace.
  [[nodiscard]] std::optional<tortoise::Violation> Violation(
      int num_workers) const;

  /// Equal laws, or traces with the same entries.
  [[nodiscard]] bool operator==(const DelaySource& other) const;

 private:
  std::variant<DelayLaw, std::shared_ptr<const Trace>> source_;
};

}  // namespace tortoise
