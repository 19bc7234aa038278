// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "tortoise/core/aligned.h"
#include "tortoise/core/mutex.h"
#include "tortoise/memory/memory_policy.h"

namespace tortoise {

/// A model in memory that any number of workers read and write at once. All
/// accesses to a coordinate are relaxed std::atomic_ref operations, inside a
/// lock or not, so races are defined behaviour and ThreadSanitizer needs no
/// suppressions. T is float or double.
template <typename T>
class SharedParameters {
 public:
  /// Parameters per shard under kSharded.
  static constexpr std::size_t kShardSize = 1024;

  SharedParameters(std::span<const T> initial, MemoryPolicy policy);

  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] MemoryPolicy policy() const { return policy_; }

  /// The shared coordinates, for std::atomic_ref only.
  [[nodiscard]] std::span<T> coordinates() { return values_; }

  /// Copies the parameters into `out`, [size()]: each coordinate whole; under
  /// kSharded each shard whole; under kLocked all of them.
  void Read(std::span<T> out);

  /// w[j] += scale * delta[j] for all j.
  void Add(std::span<const T> delta, T scale);

  /// w[index] += scale * value for each entry; `Entry` has the members
  /// `index` and `value`. Entries may repeat an index. Under kSharded,
  /// adjacent entries of one shard (all of them, if sorted) are written under
  /// one hold of its lock; no worker holds two locks.
  template <typename Entry>
  void AddSparse(std::span<const Entry> entries, T scale);

  /// Times that a shard was locked to be written. Requires kSharded.
  [[nodiscard]] std::uint64_t shard_version(std::size_t shard);
  [[nodiscard]] std::size_t num_shards() const { return shards_.size(); }

 private:
  struct alignas(kFalseSharingRange) Shard {
    Mutex mutex;
    std::uint64_t version TORTOISE_GUARDED_BY(mutex) = 0;
  };
  // Holds a shard, or nothing where the policy has no locks; which is a choice
  // at run time, so clang is not told.
  class ShardLock {
   public:
    ShardLock(Shard* shard, bool counts) TORTOISE_UNCHECKED_LOCKS
        : shard_(shard) {
      if (shard_ == nullptr) return;
      shard_->mutex.lock();
      if (counts) ++shard_->version;
    }
    ~ShardLock() TORTOISE_UNCHECKED_LOCKS {
      if (shard_ != nullptr) shard_->mutex.unlock();
    }
    ShardLock(const ShardLock&) = delete;
    ShardLock& operator=(const ShardLock&) = delete;

   private:
    Shard* shard_;
  };

  [[nodiscard]] std::size_t ShardOf(std::size_t j) const {
    return policy_ == MemoryPolicy::kSharded ? j / kShardSize : 0;
  }
  // Locks a shard for reading or, counting it, for writing.
  [[nodiscard]] ShardLock LockToRead(std::size_t shard);
  [[nodiscard]] ShardLock LockToWrite(std::size_t shard);

  // Calls body(begin, end) for each run of coordinates under one lock.
  template <typename Body>
  void ForEachRun(Body body) const;

  void AddOne(std::size_t j, T delta);

  MemoryPolicy policy_;
  AlignedVector<T> values_;
  std::vector<Shard> shards_;  // one under kLocked, none if lock-free
};

template <typename T>
template <typename Entry>
void SharedParameters<T>::AddSparse(std::span<const Entry> entries, T scale) {
  std::size_t k = 0;
  while (k < entries.size()) {
    const std::size_t shard = ShardOf(entries[k].index);
    const ShardLock lock = LockToWrite(shard);
    do {
      AddOne(entries[k].index, scale * static_cast<T>(entries[k].value));
      ++k;
    } while (k < entries.size() && ShardOf(entries[k].index) == shard);
  }
}

extern template class SharedParameters<float>;
extern template class SharedParameters<double>;

}  // namespace tortoise
