// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <functional>

namespace tortoise {

/// Calls body(0), ..., body(count - 1), each once, in any order and on all
/// processors, and returns when all are done. Split work into blocks whose
/// size does not depend on the number of processors, and combine their results
/// in order of the blocks: then the result does not depend on it either.
///
/// If calls throw, the exception of the lowest block that threw is rethrown;
/// blocks that have not begun by then may be left out. `body` is called
/// concurrently. Everything it wrote is visible to the caller afterwards, also
/// to ThreadSanitizer. Calls may be nested.
void ForEachBlock(std::size_t count,
                  const std::function<void(std::size_t)>& body);

}  // namespace tortoise
