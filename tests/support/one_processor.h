// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <sched.h>

namespace tortoise::testing {

/// Keeps the calling thread, and what it starts, on one processor for a while.
class OnOneProcessor {
 public:
  OnOneProcessor() {
    sched_getaffinity(0, sizeof(before_), &before_);
    const int processor = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(static_cast<unsigned>(processor < 0 ? 0 : processor), &one);
    sched_setaffinity(0, sizeof(one), &one);
  }
  ~OnOneProcessor() { sched_setaffinity(0, sizeof(before_), &before_); }
  OnOneProcessor(const OnOneProcessor&) = delete;
  OnOneProcessor& operator=(const OnOneProcessor&) = delete;

 private:
  cpu_set_t before_;
};

}  // namespace tortoise::testing
