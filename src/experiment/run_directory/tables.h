// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string_view>

namespace tortoise::internal {

// The header lines of the tables of a run directory (docs/run-directory.md).
inline constexpr std::string_view kCurvesHeader =
    "racer,repeat,seconds,updates,gradients,loss,test_loss,test_accuracy,"
    "quorum,local_steps";
inline constexpr std::string_view kStalenessHeader =
    "racer,repeat,staleness,count";
inline constexpr std::string_view kUpdatesHeader =
    "racer,repeat,update,seconds,contributions,mean_staleness";
inline constexpr std::string_view kContributionsHeader =
    "racer,repeat,worker,gradient,version_read,version_counted,"
    "seconds_released,seconds_started,seconds_computed,seconds_arrived,fate";
inline constexpr std::string_view kEventsHeader =
    "repeat,racer,event,worker,gradient,version,seconds,quorum,local_steps,"
    "step";

/// -1 stands for what there is none of.
template <typename Integer>
[[nodiscard]] std::optional<Integer> NothingIfNegative(Integer value) {
  return value < 0 ? std::nullopt : std::optional(value);
}

}  // namespace tortoise::internal
