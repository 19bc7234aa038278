// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tortoise/protocol/method.h"

namespace tortoise {

/// The settings that a preset may take beside the number of workers.
struct MethodSettings {
  std::optional<std::int64_t> quorum = std::nullopt;           // K
  std::optional<std::int64_t> local_steps = std::nullopt;      // tau
  std::optional<std::int64_t> staleness_bound = std::nullopt;  // s
  std::optional<MemoryPolicy> memory = std::nullopt;
};

/// Whether a preset takes a setting.
enum class Taken { kNo, kOptional, kRequired };

/// One row of the table of presets: a method that has a name.
struct Preset {
  std::string name;
  std::string summary;  // one line, for --help and docs

  // The prototype, for one worker. A quorum of kAllWorkers becomes P.
  Method method;
  // The settings that may replace a part of it, by key: "quorum",
  // "local_steps", "staleness_bound", "memory".
  std::vector<std::pair<std::string_view, Taken>> takes = {};

  static constexpr int kAllWorkers = 0;

  [[nodiscard]] Taken Takes(std::string_view key) const;
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
