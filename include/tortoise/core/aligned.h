// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace tortoise {

/// Buffers that an objective sees start here, so that vectorised sums split
/// them alike in every run and give the same bits.
inline constexpr std::size_t kAlignment = 64;

/// Two cache lines: adjacent lines are prefetched in pairs on x86-64.
inline constexpr std::size_t kFalseSharingRange = 128;

/// Allocates on `kAlignment`. Stateless; safe from any thread.
template <typename T>
struct AlignedAllocator {
  using value_type = T;

  AlignedAllocator() = default;
  template <typename U>
  AlignedAllocator(const AlignedAllocator<U>&) noexcept {}

  T* allocate(std::size_t n) {
    return static_cast<T*>(
        ::operator new(n * sizeof(T), std::align_val_t(kAlignment)));
  }
  void deallocate(T* p, std::size_t) noexcept {
    ::operator delete(p, std::align_val_t(kAlignment));
  }
  template <typename U>
  bool operator==(const AlignedAllocator<U>&) const noexcept {
    return true;
  }
};

template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

namespace internal {

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

}  // namespace internal

}  // namespace tortoise
