// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>

namespace tortoise::internal {

// What is used of TBB. Plain pointers, because what tbb_blocks.cc touches is
// invisible to ThreadSanitizer (see parallel.cc). Nothing called may throw.

/// Calls call(context, i) for i = 0, ..., count - 1 on TBB's threads.
void RunOnTbb(std::size_t count, void (*call)(void*, std::size_t),
              void* context);

/// A tbb::task_group.
struct TbbGroup;

TbbGroup* MakeTbbGroup();

/// Has call(context) called on one of TBB's threads and does not wait for it.
void RunOnTbb(TbbGroup* group, void (*call)(void*), void* context);

/// Waits for all calls of the group, and makes some of them meanwhile.
void WaitForAndDelete(TbbGroup* group);

}  // namespace tortoise::internal
