// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include "engine/pool.h"
#include "tortoise/core/aligned.h"

namespace tortoise::internal {

/// What a worker carries from one contribution to the next. A contribution is a
/// pure function
///
///     (snapshot, draws, state) -> (vector, state')
///
/// and state' becomes the worker's when the contribution arrives; if it is
/// cancelled or dropped, it is forgotten with it. So computing ahead, replay
/// and starting over need no code of their own, whoever computes and whenever.
///
/// A worker without any has an empty reference.
template <typename T>
struct WorkerState {
  AlignedVector<T> rule;      // the buffers of its rule
  AlignedVector<T> residual;  // what its messages still owe
};

template <typename T>
using StateRef = Ref<WorkerState<T>>;

}  // namespace tortoise::internal
