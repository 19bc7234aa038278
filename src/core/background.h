// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>

#include "core/tbb_blocks.h"

namespace tortoise::internal {

/// Calls of one function on other processors, while its owner works on. Each
/// sees what was written before its `Begin`, and what it wrote is visible once
/// all have been waited for, also to ThreadSanitizer.
class Background {
 public:
  /// `body` must not throw. Its calls overlap each other and the owner.
  explicit Background(std::function<void()> body);
  /// Waits for all calls. Those that have not begun may be made here.
  ~Background();
  Background(const Background&) = delete;
  Background& operator=(const Background&) = delete;

  /// One more call of body(), as soon as a processor is idle. That may be as
  /// late as in the destructor: never wait for a call to begin.
  void Begin();

 private:
  static void Call(void* background);

  const std::function<void()> body_;
  std::atomic<std::size_t> handoff_{0};  // see parallel.cc
  TbbGroup* const group_;
};

}  // namespace tortoise::internal
