// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <fmt/format.h>

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "support/event_loop.h"
#include "tortoise/engine/summary.h"

namespace tortoise::testing {

/// Compares the rows of a run with those of the slow loop: every contribution
/// from its release to its fate, in the order in which they are reported, and
/// every update. Times agree to 1e-12 of their size, all else exactly.
class RaceDifference {
 public:
  RaceDifference(const LoopResult& loop, int local_steps)
      : loop_(loop), local_steps_(local_steps) {
    Expect();
  }

  /// The first difference, worded for a reader, or nothing.
  std::string Find(std::span<const ContributionRecord> contributions,
                   std::span<const UpdateRecord> updates) {
    CompareUpdates(updates);
    Compare("contributions", -1, expected_.size(), contributions.size());
    for (std::size_t i = 0; i < contributions.size() && found_.empty(); ++i) {
      CompareRow(static_cast<std::int64_t>(i), expected_[i], contributions[i]);
    }
    return found_;
  }

  /// The same for the first `count` contributions only.
  std::string FindInFirst(std::size_t count,
                          std::span<const ContributionRecord> contributions) {
    Compare("at least as many contributions", -1, true,
            count <= expected_.size());
    for (std::size_t i = 0; i < count && found_.empty(); ++i) {
      CompareRow(static_cast<std::int64_t>(i), expected_[i], contributions[i]);
    }
    return found_;
  }

  /// The rows of contributions that a run should have.
  [[nodiscard]] const std::vector<ContributionRecord>& expected() const {
    return expected_;
  }

 private:
  static constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

  void Add(const LoopContribution& c, Fate fate, std::int64_t counted,
           double arrived) {
    expected_.push_back({.worker = c.worker,
                         .gradient = c.index * local_steps_,
                         .version_read = c.version_read,
                         .version_counted = counted,
                         .seconds_released = c.released,
                         .seconds_started = c.started,
                         .seconds_arrived = arrived,
                         .fate = fate});
  }

  // In the order of a run's books: the contributions of an update, then those
  // that it cancelled; at the end what was pushed, then what is in flight.
  void Expect() {
    const auto last = static_cast<std::int64_t>(loop_.updates.size());
    const bool ends_by_update = loop_.end == LoopEnd::kUpdates;
    std::vector<LoopContribution> in_flight;
    std::int64_t version = 0;
    for (const LoopUpdate& update : loop_.updates) {
      for (const LoopContribution& c : update.contributions) {
        Add(c, Fate::kApplied, version, c.arrived);
      }
      ++version;
      // The last update ends the run before it cancels or releases anybody.
      for (const LoopContribution& c : update.cancelled) {
        if (ends_by_update && version == last) {
          in_flight.push_back(c);
        } else {
          Add(c, Fate::kCancelled, -1, c.arrived);
        }
      }
    }
    for (const LoopContribution& c : loop_.unfinished) {
      Add(c, Fate::kUnfinished, -1, c.arrived);
    }
    for (const LoopContribution& c : loop_.in_flight) {
      if (!ends_by_update || c.version_read < last) in_flight.push_back(c);
    }
    for (const LoopContribution& c : in_flight) {
      Add(c, Fate::kUnfinished, -1, kNaN);
    }
  }

  void CompareUpdates(std::span<const UpdateRecord> updates) {
    Compare("updates", -1, loop_.updates.size(), updates.size());
    for (std::size_t j = 0; j < updates.size() && found_.empty(); ++j) {
      const LoopUpdate& expected = loop_.updates[j];
      const auto row = static_cast<std::int64_t>(j);
      double sum = 0.0;
      for (const std::int64_t s : expected.staleness) {
        sum += static_cast<double>(s);
      }
      const auto count = expected.contributions.size();
      Compare("update", row, row + 1, updates[j].update);
      CompareTimes("seconds of update", row, expected.seconds,
                   updates[j].seconds);
      Compare("contributions of update", row, count,
              static_cast<std::size_t>(updates[j].contributions));
      CompareTimes("mean staleness of update", row,
                   sum / static_cast<double>(count), updates[j].mean_staleness);
    }
  }

  void CompareRow(std::int64_t row, const ContributionRecord& expected,
                  const ContributionRecord& got) {
    Compare("worker", row, expected.worker, got.worker);
    Compare("gradient", row, expected.gradient, got.gradient);
    Compare("version_read", row, expected.version_read, got.version_read);
    Compare("version_counted", row, expected.version_counted,
            got.version_counted);
    Compare("fate", row, std::string(ToString(expected.fate)),
            std::string(ToString(got.fate)));
    CompareTimes("seconds_released", row, expected.seconds_released,
                 got.seconds_released);
    CompareTimes("seconds_started", row, expected.seconds_started,
                 got.seconds_started);
    CompareTimes("seconds_arrived", row, expected.seconds_arrived,
                 got.seconds_arrived);
  }

  template <typename U>
  void Compare(const char* what, std::int64_t row, const U& expected,
               const U& got) {
    if (found_.empty() && expected != got) {
      found_ =
          fmt::format("{} [{}]: expected {}, got {}", what, row, expected, got);
    }
  }

  void CompareTimes(const char* what, std::int64_t row, double expected,
                    double got) {
    const bool agree = std::isnan(expected) ? std::isnan(got)
                                            : std::abs(expected - got) <=
                                                  1e-12 * std::abs(expected);
    if (found_.empty() && !agree) {
      found_ = fmt::format("{} [{}]: expected {:.17g}, got {:.17g}", what, row,
                           expected, got);
    }
  }

  const LoopResult& loop_;
  const int local_steps_;
  std::vector<ContributionRecord> expected_;
  std::string found_;
};

}  // namespace tortoise::testing
