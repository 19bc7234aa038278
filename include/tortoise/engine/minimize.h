// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <stop_token>
#include <string>

#include "tortoise/engine/run.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise {

/// What `Minimize` should do. Every field has a usable default; set by name:
///
///     Minimize(objective, w, {.protocol = "k-async", .quorum = 2});
struct MinimizeOptions {
  // --- Synchronisation -----------------------------------------------------

  // A preset: sync, k-sync, k-batch-sync, async, k-async, k-batch-async, ssp,
  // local-sgd, hogwild.
  std::string protocol = "async";
  // P: workers, each a thread. 0 means one per available processor. More share
  // the processors and only make contributions staler, unless delays are
  // injected.
  int num_workers = 0;
  std::optional<std::int64_t> quorum = std::nullopt;           // K, for k-*
  std::optional<std::int64_t> local_steps = std::nullopt;      // tau
  std::optional<std::int64_t> staleness_bound = std::nullopt;  // s, for ssp
  MemoryPolicy memory = MemoryPolicy::kLossy;                  // hogwild only

  // --- Termination: the first that holds -----------------------------------

  // Applied gradients x batch_size / num_samples. Objectives without a number
  // of samples must set `updates` or `seconds` instead, and this to infinity.
  double num_epochs = 10.0;
  std::int64_t updates = StopRule::kNever;
  double seconds = std::numeric_limits<double>::infinity();
  std::optional<double> target_loss = std::nullopt;

  // --- Steps ---------------------------------------------------------------

  double step_size = 0.1;  // eta: w <- w - eta * (mean gradient of an update)
  int batch_size = 32;     // samples per gradient
  Sampling sampling = Sampling::kShuffled;

  // --- Stragglers, injected on purpose -------------------------------------

  DelaySource delay = DelayLaw::Constant(0.0);     // seconds per gradient
  DelayLaw round_delay = DelayLaw::Constant(0.0);  // seconds per update
  SpeedOptions speed = {};

  // --- The rest ------------------------------------------------------------

  std::uint64_t seed = 1;  // of samples and delays
  int snapshots = 10;      // points of the loss curve
  std::stop_token stop = {};
};

/// The run that these options describe.
/// Throws std::invalid_argument as `MakeMethod` does.
[[nodiscard]] RunOptions ToRunOptions(const MinimizeOptions& options);

/// Minimises `objective` with parallel workers, starting from `w`, which holds
/// the final parameters when it returns. The whole API for embedding.
///
/// Throws std::invalid_argument for bad options before any thread starts, and
/// rethrows what an objective threw in a worker. NaN and no progress are no
/// errors but terminations: look at Summary::termination.
template <typename T>
Summary Minimize(const AnyObjective<T>& objective, std::span<T> w,
                 const MinimizeOptions& options = {});

/// The same for any type that models a concept of objective.h. `w` is a
/// contiguous range of float or double, such as std::vector<double>.
template <typename F, typename Parameters>
requires requires(Parameters& w) { std::span(w); }
Summary Minimize(const F& objective, Parameters& w,
                 const MinimizeOptions& options = {}) {
  using T = typename decltype(std::span(w))::element_type;
  return Minimize<T>(*Erase<T>(objective), std::span<T>(w), options);
}

}  // namespace tortoise
