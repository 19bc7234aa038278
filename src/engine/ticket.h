// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "engine/model.h"
#include "engine/worker_state.h"
#include "tortoise/protocol/pace.h"

namespace tortoise::internal {

/// A worker is told to start a new contribution.
struct Release {
  int worker = 0;
  std::int64_t gradient = 0;  // index of its first draw
  std::int64_t version = 0;   // of the model that it reads
  Pace pace = {};             // tau and eta are the contribution's
  double released = 0.0;      // seconds on the run's clock
  double start = 0.0;         // nominal: when its work begins, after D
};

/// What it is given for that: all that its contribution is a function of.
template <typename T>
struct Ticket {
  Release release = {};
  ModelRef<T> snapshot = {};
  StateRef<T> state = {};
};

/// What a worker has computed.
template <typename T>
struct Contribution {
  std::span<const T> vector = {};  // [num_parameters]: a gradient, or a change
  double loss = 0.0;               // mean mini-batch loss
  std::size_t bytes = 0;           // that a message of it has
  StateRef<T> state = {};          // the worker's, if this arrives
};

/// A contribution that is pushed.
template <typename T>
struct Arrival {
  Release release = {};
  Contribution<T> contribution = {};  // the vector is not kept
  ModelRef<T> snapshot = {};          // that it was computed from
  double computed = 0.0;              // end of its computation, seconds
  double nominal = 0.0;               // when it should have arrived
  double seconds = 0.0;               // when it did
};

}  // namespace tortoise::internal
