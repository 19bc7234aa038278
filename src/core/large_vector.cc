// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/core/large_vector.h"

#include <sys/mman.h>

#include <new>

#include "tortoise/core/aligned.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kHugePage = std::size_t{2} << 20;

std::align_val_t AlignmentOf(std::size_t bytes) {
  return std::align_val_t(bytes < kHugePage ? kAlignment : kHugePage);
}

}  // namespace

void* AllocateLarge(std::size_t bytes) {
  void* const memory = ::operator new(bytes, AlignmentOf(bytes));
  // Only advice: what does not fill a huge page, or finds none, has small ones.
  if (bytes >= kHugePage) ::madvise(memory, bytes, MADV_HUGEPAGE);
  return memory;
}

void FreeLarge(void* memory, std::size_t bytes) noexcept {
  ::operator delete(memory, AlignmentOf(bytes));
}

}  // namespace tortoise::internal
