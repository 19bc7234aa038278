// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/background.h"

#include <utility>

namespace tortoise::internal {

Background::Background(std::function<void()> body)
    : body_(std::move(body)), group_(MakeTbbGroup()) {}

Background::~Background() {
  WaitForAndDelete(group_);
  (void)handoff_.load(std::memory_order_acquire);
}

void Background::Begin() {
  handoff_.fetch_add(1, std::memory_order_release);
  RunOnTbb(group_, Call, this);
}

void Background::Call(void* background) {
  Background& self = *static_cast<Background*>(background);
  (void)self.handoff_.load(std::memory_order_acquire);
  self.body_();
  self.handoff_.fetch_add(1, std::memory_order_release);
}

}  // namespace tortoise::internal
