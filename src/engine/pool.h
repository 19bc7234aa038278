// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "tortoise/core/mutex.h"

namespace tortoise::internal {

template <typename Buffer>
class Pool;

/// A counted reference to a buffer of a pool; one that nobody refers to any
/// more goes back. A buffer is written once, by whoever acquired it, and then
/// shared and never changed: so a snapshot is a reference, not a copy. As
/// thread-safe as std::shared_ptr, but it never allocates.
template <typename Buffer>
class Ref {
 public:
  Ref() = default;
  Ref(const Ref& other) : lent_(other.lent_) { Acquire(); }
  Ref(Ref&& other) noexcept : lent_(std::exchange(other.lent_, nullptr)) {}
  Ref& operator=(Ref other) noexcept {
    std::swap(lent_, other.lent_);
    return *this;
  }
  ~Ref() { Release(); }

  const Buffer& operator*() const { return lent_->buffer; }
  const Buffer* operator->() const { return &lent_->buffer; }
  /// Requires that nobody else refers to the buffer yet.
  Buffer& Mutable() { return lent_->buffer; }

  explicit operator bool() const { return lent_ != nullptr; }
  bool operator==(const Ref& other) const = default;

 private:
  friend class Pool<Buffer>;
  using Lent = typename Pool<Buffer>::Lent;

  explicit Ref(Lent* lent) : lent_(lent) { Acquire(); }
  void Acquire() {
    if (lent_) lent_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void Release() {
    if (!lent_) return;
    // Everybody's reads happen before the buffer is written again.
    if (lent_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      lent_->pool->Recycle(lent_);
    }
  }
  Lent* lent_ = nullptr;
};

/// Buffers of one kind. Grows when none is free, which ends once everybody
/// holds what they need. Thread-safe; outlives its references.
template <typename Buffer>
class Pool {
 public:
  /// `prepare` makes a new buffer ready for use. `reserved` are made at once.
  explicit Pool(std::function<void(Buffer&)> prepare, std::size_t reserved = 0)
      : prepare_(std::move(prepare)) {
    const MutexLock lock(mutex_);
    for (std::size_t i = 0; i < reserved; ++i) free_.push_back(Make());
  }

  /// A buffer of unspecified content.
  Ref<Buffer> Acquire() TORTOISE_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    if (free_.empty()) return Ref<Buffer>(Make());
    Lent* lent = free_.back();
    free_.pop_back();
    return Ref<Buffer>(lent);
  }

 private:
  friend class Ref<Buffer>;
  struct Lent {
    Buffer buffer{};
    Pool* pool = nullptr;
    std::atomic<int> references{0};
  };

  Lent* Make() TORTOISE_REQUIRES(mutex_) {
    lent_.push_back(std::make_unique<Lent>());
    prepare_(lent_.back()->buffer);
    lent_.back()->pool = this;
    // A free list as long as all buffers makes Recycle free of allocation.
    if (free_.capacity() < lent_.size()) free_.reserve(2 * lent_.size());
    return lent_.back().get();
  }
  void Recycle(Lent* lent) TORTOISE_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    free_.push_back(lent);
  }

  const std::function<void(Buffer&)> prepare_;
  Mutex mutex_;
  std::vector<std::unique_ptr<Lent>> lent_ TORTOISE_GUARDED_BY(mutex_);
  std::vector<Lent*> free_ TORTOISE_GUARDED_BY(mutex_);
};

}  // namespace tortoise::internal
