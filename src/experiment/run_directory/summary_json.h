// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <vector>

#include "experiment/run_directory/environment.h"
#include "experiment/run_directory/run_directory.h"
#include "tortoise/theory/expected_runtime.h"

namespace tortoise::internal {

/// The text of summary.json. What was not measured is null. `expected` are the
/// seconds per update of the racers in theory, in their order. Of `result`,
/// target and entries are written.
[[nodiscard]] std::string SummaryJson(const RaceDescription& race,
                                      const std::vector<Expectation>& expected,
                                      const RaceResult& result,
                                      const RaceVerdict& verdict);

/// What the race changes in environment.json.
struct Load {
  std::string date;  // of the beginning
  std::vector<double> before;
  std::optional<std::vector<double>> after = std::nullopt;
  std::optional<double> foreign_share = std::nullopt;
};

/// The text of environment.json.
[[nodiscard]] std::string EnvironmentJson(const Machine& machine,
                                          const Load& load);

}  // namespace tortoise::internal
