// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/tbb_blocks.h"

#include <tbb/parallel_for.h>
#include <tbb/partitioner.h>
#include <tbb/task_group.h>

namespace tortoise::internal {

void RunOnTbb(std::size_t count, void (*call)(void*, std::size_t),
              void* context) {
  tbb::parallel_for(
      std::size_t{0}, count, [=](std::size_t i) { call(context, i); },
      tbb::simple_partitioner());
}

struct TbbGroup {
  tbb::task_group tasks;
};

TbbGroup* MakeTbbGroup() { return new TbbGroup; }

void RunOnTbb(TbbGroup* group, void (*call)(void*), void* context) {
  group->tasks.run([=] { call(context); });
}

void WaitForAndDelete(TbbGroup* group) {
  group->tasks.wait();
  delete group;
}

}  // namespace tortoise::internal
