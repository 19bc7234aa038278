// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string_view>

namespace tortoise::internal {

/// The header lines of the tables of a run directory (docs/run-directory.md).
struct TableHeaders {
  std::string_view curves;
  std::string_view staleness;
  std::string_view updates;
  std::string_view contributions;
  std::string_view events;
};

/// As they are written.
inline constexpr TableHeaders kHeaders = {
    .curves =
        "racer,repeat,seconds,updates,gradients,loss,test_loss,"
        "test_accuracy,quorum,local_steps,step",
    .staleness = "racer,repeat,staleness,count",
    .updates = "racer,repeat,update,seconds,contributions,mean_staleness",
    .contributions =
        "racer,repeat,worker,gradient,version_read,version_counted,"
        "seconds_released,seconds_started,seconds_computed,seconds_arrived,"
        "fate,local_steps,step,weight,bytes",
    .events =
        "racer,repeat,event,worker,gradient,version,seconds,quorum,"
        "local_steps,step"};

/// Those of format version 2: tau and the step were the same for a whole run,
/// and all weights 1.
inline constexpr TableHeaders kHeaders2 = {
    .curves =
        "racer,repeat,seconds,updates,gradients,loss,test_loss,"
        "test_accuracy,quorum,local_steps",
    .staleness = kHeaders.staleness,
    .updates = kHeaders.updates,
    .contributions =
        "racer,repeat,worker,gradient,version_read,version_counted,"
        "seconds_released,seconds_started,seconds_computed,seconds_arrived,"
        "fate",
    .events =
        "repeat,racer,event,worker,gradient,version,seconds,quorum,"
        "local_steps,step"};

/// -1 stands for what there is none of.
template <typename Integer>
[[nodiscard]] std::optional<Integer> NothingIfNegative(Integer value) {
  return value < 0 ? std::nullopt : std::optional(value);
}

}  // namespace tortoise::internal
