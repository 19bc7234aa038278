// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/check_racers.h"

#include <fmt/format.h>

#include "tortoise/core/error.h"

namespace tortoise {

void internal::CheckRacers(const Experiment& experiment,
                           std::size_t num_samples) {
  for (const Racer& racer : experiment.racers) {
    if (const auto violation = racer.options.Violation(num_samples)) {
      throw InputError(
          experiment.file, 0,
          fmt::format("racer {}: {}", racer.name, violation->text));
    }
  }
}

}  // namespace tortoise
