// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "tortoise/experiment/experiment.h"

namespace tortoise {

/// Gradients that the busiest worker starts, over all racers: how long a tape
/// has to be for this repeat. Every racer is run in virtual time without its
/// model, so that a target loss does not end it. On real threads events come in
/// another order each time, and a race may need a few more.
///
/// Loads the problem where the number of samples (`stop.epochs`) or the time of
/// computing is needed for it. Throws InputError, also where only a model's
/// computing keeps virtual time from standing still.
[[nodiscard]] std::int64_t GradientsNeeded(const Experiment& experiment,
                                           std::uint64_t repeat);

/// Hands `write` the pieces of a trace file (`ReadTrace`) with the delays
/// X(w, i) that the racers of an experiment meet in one repeat: `gradients` for
/// each of their workers, or `GradientsNeeded`. Racing { trace = } that file
/// gives the same race. A tape that is a trace itself is written as far as it
/// goes.
///
/// Throws InputError if the racers have different delays, for a repeat that the
/// experiment does not have, and where a trace has fewer than `gradients`.
void WriteTape(const Experiment& experiment, std::uint64_t repeat,
               std::optional<std::int64_t> gradients,
               const std::function<void(std::string_view)>& write);

}  // namespace tortoise
