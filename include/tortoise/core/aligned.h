// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <new>
#include <vector>

namespace tortoise {

/// Parameters, gradients and rows of data start on a multiple of so many bytes:
/// a cache line, and the widest vector register of x86-64. So a vectorised sum
/// splits a buffer alike in every run and gives the same bits, and no vector
/// lies across two lines.
inline constexpr std::size_t kAlignment = 64;

/// What one thread writes often lies so many bytes from what others touch. Two
/// cache lines, since x86-64 prefetches adjacent lines in pairs: with one,
/// counters of two threads still slow each other down.
inline constexpr std::size_t kFalseSharingRange = 128;

/// An allocator of the standard library that starts on `kAlignment`, and
/// rounds nothing up. Stateless, so all are equal; safe from any thread. Throws
/// std::bad_alloc.
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

/// What an objective is given. Elements are initialised as in std::vector.
template <typename T>
using AlignedVector = std::vector<T, AlignedAllocator<T>>;

}  // namespace tortoise
