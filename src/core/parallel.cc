// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/parallel.h"

#include <atomic>
#include <exception>

#include "core/tbb_blocks.h"
#include "tortoise/core/mutex.h"

namespace tortoise {
namespace {

// TBB's scheduler lives in a library that ThreadSanitizer does not see into,
// so its hand-overs look like races although they are none. Therefore the one
// file that includes TBB is compiled without ThreadSanitizer, and `handoff`
// repeats the hand-overs where they are seen: every block acquires what the
// caller wrote and releases what it wrote itself. Two accesses per block cost
// nothing beside the block.
struct Blocks {
  const std::function<void(std::size_t)>* body;
  std::atomic<std::size_t> handoff{0};
  std::atomic<bool> failed{false};
  Mutex mutex{};
  std::size_t lowest_failed TORTOISE_GUARDED_BY(mutex) = 0;
  std::exception_ptr error TORTOISE_GUARDED_BY(mutex) = nullptr;
};

void RunBlock(void* context, std::size_t i) {
  Blocks& blocks = *static_cast<Blocks*>(context);
  (void)blocks.handoff.load(std::memory_order_acquire);
  try {
    if (!blocks.failed.load(std::memory_order_relaxed)) (*blocks.body)(i);
  } catch (...) {
    const MutexLock lock(blocks.mutex);
    if (!blocks.error || i < blocks.lowest_failed) {
      blocks.error = std::current_exception();
      blocks.lowest_failed = i;
    }
    blocks.failed.store(true, std::memory_order_relaxed);
  }
  blocks.handoff.fetch_add(1, std::memory_order_release);
}

}  // namespace

void ForEachBlock(std::size_t count,
                  const std::function<void(std::size_t)>& body) {
  if (count <= 1) {
    if (count == 1) body(0);
    return;
  }
  Blocks blocks{.body = &body};
  blocks.handoff.fetch_add(1, std::memory_order_release);
  internal::RunOnTbb(count, RunBlock, &blocks);
  (void)blocks.handoff.load(std::memory_order_acquire);
  const MutexLock lock(blocks.mutex);
  if (blocks.error) std::rethrow_exception(blocks.error);
}

}  // namespace tortoise
