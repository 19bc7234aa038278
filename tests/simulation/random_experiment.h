// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include "tortoise/engine/options.h"

namespace tortoise::testing {

/// An experiment in virtual time, drawn at random: one racer, and what goes
/// wrong. A function of the seed alone.
struct RandomExperiment {
  std::uint64_t seed = 1;
  RunOptions options = {};
  MethodSettings settings = {};  // that the protocol was made with

  bool is_float = false;
  std::size_t num_parameters = 0;  // 0: nothing to minimise
  std::size_t num_samples = 0;     // 0: unlimited

  // User code fails at the gradients whose first sample is this one: it throws,
  // or returns NaN.
  std::optional<std::uint64_t> fault = std::nullopt;
  bool fault_throws = false;

  // No file of the run directory may grow beyond this: the disk is full.
  std::optional<std::uint64_t> most_bytes = std::nullopt;
};

[[nodiscard]] RandomExperiment DrawExperiment(std::uint64_t seed);

/// As an experiment file. Its delays are read from `trace`, if it has a trace;
/// what a file cannot say stands in comments.
[[nodiscard]] std::string ExperimentText(const RandomExperiment& experiment,
                                         const std::string& trace);

/// The trace as a file; empty if there is none.
[[nodiscard]] std::string TraceText(const RandomExperiment& experiment);

}  // namespace tortoise::testing
