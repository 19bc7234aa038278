// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>
#include <variant>

#include "tortoise/memory/memory_policy.h"
#include "tortoise/protocol/synchrony.h"

namespace tortoise {

/// How contributions become the next model: a server adds their mean to the
/// one model that there is, under a lock.
struct ServerMean {
  bool operator==(const ServerMean&) const = default;
};

/// Or workers write shared memory themselves, without any server: hogwild. No
/// worker ever waits; nobody replays it, because the order of the writes inside
/// its updates is not recorded. Synchrony does not apply.
struct InPlace {
  MemoryPolicy memory = MemoryPolicy::kLossy;
  bool operator==(const InPlace&) const = default;
};

using Aggregation = std::variant<ServerMean, InPlace>;

/// A point in the product of choices, with the name it is known by. No engine
/// looks at the name.
struct Method {
  std::string protocol = {};  // of the preset: "k-async"
  int num_workers = 1;        // P >= 1
  Synchrony synchrony = {};
  Aggregation aggregation = ServerMean{};
  // tau >= 1, gradients per contribution. More save communication and waiting;
  // local models drift apart meanwhile.
  int local_steps = 1;

  [[nodiscard]] bool writes_in_place() const {
    return std::holds_alternative<InPlace>(aggregation);
  }

  /// The first broken rule, worded for a user, or nothing.
  [[nodiscard]] std::optional<tortoise::Violation> Violation() const;
};

}  // namespace tortoise
