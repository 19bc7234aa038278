// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <span>
#include <stop_token>
#include <string>

#include "tortoise/engine/run.h"

namespace tortoise {

/// What a replay ended with.
struct ReplayResult {
  std::int64_t updates = 0;
  std::int64_t gradients = 0;       // applied
  std::string parameters_checksum;  // as Summary::parameters_checksum
  double loss = 0.0;         // of them, over all data; NaN if interrupted
  bool interrupted = false;  // the parameters are those until then
};

/// Makes the updates of a run again, from the events that it recorded: no
/// clock, no coordinator, no chance. With the same objective, options and
/// initial parameters, and in the same build, `w` ends with the bits that the
/// run ended with. A release fixes the snapshot, an arrival computes the
/// contribution and adds it, an update makes the next version with the quorum,
/// local steps and step that its row names; what was cancelled, or counted by
/// no update, is not computed. Contributions are computed ahead on all
/// processors.
///
/// `options` are those of the run (its batches, samples, seed, repeat and P);
/// `w`, [num_parameters], holds the initial parameters and then the final ones.
/// Memory: the snapshots in flight. T is float or double.
///
/// Throws std::invalid_argument for options or a `w` that do not fit the
/// objective, for a method in place (the order of writes inside its updates is
/// not recorded), and, before anything is computed, for a sequence that no run
/// records: its message begins with "event N", from 1. Also for an update that
/// ends in NaN or infinity, since a run records no such update. Rethrows what
/// the objective throws.
template <typename T>
[[nodiscard]] ReplayResult Replay(const AnyObjective<T>& train,
                                  const RunOptions& options,
                                  std::span<const EventRecord> events,
                                  std::span<T> w, std::stop_token stop = {},
                                  UpdateProbe<T>* probe = nullptr);

}  // namespace tortoise
