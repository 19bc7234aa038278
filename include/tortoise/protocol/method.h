// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "tortoise/protocol/coordinator.h"

namespace tortoise {

/// A point in the product of choices, with the name it is known by. No engine
/// looks at the name.
struct Method {
  std::string protocol;  // of the preset: "k-async"
  Synchrony synchrony;
  bool in_place = false;  // hogwild: workers write shared memory themselves
  int local_steps = 1;    // tau >= 1, gradients per contribution
};

/// The settings that a preset may take beside the number of workers.
struct MethodSettings {
  std::optional<std::int64_t> quorum = std::nullopt;           // K
  std::optional<std::int64_t> local_steps = std::nullopt;      // tau
  std::optional<std::int64_t> staleness_bound = std::nullopt;  // s
};

enum class Takes { kNo, kOptional, kRequired };

/// One row of the table of presets.
struct Preset {
  std::string name;
  std::string summary;  // one line, for --help and docs
  Takes quorum = Takes::kNo;
  Takes local_steps = Takes::kNo;
  Takes staleness_bound = Takes::kNo;
  Takes memory = Takes::kNo;
};

/// sync, k-sync, k-batch-sync, async, k-async, k-batch-async, ssp, local-sgd,
/// hogwild.
[[nodiscard]] std::span<const Preset> Presets();

/// Nullptr if there is no such preset.
[[nodiscard]] const Preset* FindPreset(const std::string& name);

/// The method of a preset for P = `num_workers`. Throws std::invalid_argument
/// that names the setting: unknown preset (with "did you mean"), a setting
/// that is missing, not taken or out of range, K > P where workers wait.
[[nodiscard]] Method MakeMethod(const std::string& protocol, int num_workers,
                                const MethodSettings& settings = {});

}  // namespace tortoise
