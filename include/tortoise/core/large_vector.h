// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <vector>

// No part of the interface: installed only because public classes have members
// of this type.

namespace tortoise::internal {

/// Memory that starts on a cache line and, from some megabytes on, on huge
/// pages if the kernel has any: then the processor can keep track of all of it
/// at once, in whatever order it is read. Throws std::bad_alloc.
[[nodiscard]] void* AllocateLarge(std::size_t bytes);
void FreeLarge(void* memory, std::size_t bytes) noexcept;

/// Allocates with `AllocateLarge`. Stateless; safe from any thread.
template <typename T>
struct LargeAllocator {
  using value_type = T;

  LargeAllocator() = default;
  template <typename U>
  LargeAllocator(const LargeAllocator<U>&) noexcept {}

  T* allocate(std::size_t n) {
    return static_cast<T*>(AllocateLarge(n * sizeof(T)));
  }
  void deallocate(T* p, std::size_t n) noexcept { FreeLarge(p, n * sizeof(T)); }
  template <typename U>
  bool operator==(const LargeAllocator<U>&) const noexcept {
    return true;
  }
};

/// For what is kept per worker, of whom there may be a million.
template <typename T>
using LargeVector = std::vector<T, LargeAllocator<T>>;

}  // namespace tortoise::internal
