// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>

namespace tortoise::internal {

/// Calls call(context, i) for i = 0, ..., count - 1 on TBB's threads. `call`
/// must not throw. Plain pointers, because what this file touches is invisible
/// to ThreadSanitizer (see parallel.cc).
void RunOnTbb(std::size_t count, void (*call)(void*, std::size_t),
              void* context);

}  // namespace tortoise::internal
