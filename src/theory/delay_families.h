// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <span>
#include <string>

#include "theory/delay_sample.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise::internal {

/// How one law is fitted.
struct DelayFamily {
  std::string name;
  int num_parameters;
  int num_ends;  // of which are ends of the support
  // The law of largest likelihood; nothing if the law cannot be. Requires: at
  // least two different exact values.
  std::optional<DelayLaw> (*fit)(const DelaySample&);
};

/// The laws that have a density.
[[nodiscard]] std::span<const DelayFamily> DelayFamilies();

}  // namespace tortoise::internal
