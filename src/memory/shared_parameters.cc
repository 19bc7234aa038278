// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/memory/shared_parameters.h"

#include <algorithm>
#include <atomic>
#include <cassert>

namespace tortoise {
namespace {

template <typename T>
std::size_t NumLocks(std::size_t size, MemoryPolicy policy) {
  constexpr std::size_t kShardSize = SharedParameters<T>::kShardSize;
  switch (policy) {
    case MemoryPolicy::kLossy:
    case MemoryPolicy::kAtomic:
      return 0;
    case MemoryPolicy::kSharded:
      return (size + kShardSize - 1) / kShardSize;
    case MemoryPolicy::kLocked:
      return 1;
  }
  return 0;
}

}  // namespace

template <typename T>
SharedParameters<T>::SharedParameters(std::span<const T> initial,
                                      MemoryPolicy policy)
    : policy_(policy),
      values_(initial.begin(), initial.end()),
      shards_(NumLocks<T>(initial.size(), policy)) {}

template <typename T>
typename SharedParameters<T>::ShardLock SharedParameters<T>::LockToRead(
    std::size_t shard) {
  return ShardLock(shards_.empty() ? nullptr : &shards_[shard],
                   /*counts=*/false);
}

template <typename T>
typename SharedParameters<T>::ShardLock SharedParameters<T>::LockToWrite(
    std::size_t shard) {
  return ShardLock(shards_.empty() ? nullptr : &shards_[shard],
                   /*counts=*/true);
}

template <typename T>
template <typename Body>
void SharedParameters<T>::ForEachRun(Body body) const {
  const std::size_t run =
      policy_ == MemoryPolicy::kSharded ? kShardSize : size();
  for (std::size_t begin = 0; begin < size(); begin += run) {
    body(begin, std::min(begin + run, size()));
  }
}

template <typename T>
void SharedParameters<T>::Read(std::span<T> out) {
  assert(out.size() == size());
  ForEachRun([&](std::size_t begin, std::size_t end) {
    const ShardLock lock = LockToRead(ShardOf(begin));
    for (std::size_t j = begin; j < end; ++j) {
      out[j] = std::atomic_ref(values_[j]).load(std::memory_order_relaxed);
    }
  });
}

template <typename T>
void SharedParameters<T>::Add(std::span<const T> delta, T scale) {
  assert(delta.size() == size());
  ForEachRun([&](std::size_t begin, std::size_t end) {
    const ShardLock lock = LockToWrite(ShardOf(begin));
    for (std::size_t j = begin; j < end; ++j) AddOne(j, scale * delta[j]);
  });
}

template <typename T>
std::uint64_t SharedParameters<T>::shard_version(std::size_t shard) {
  assert(policy_ == MemoryPolicy::kSharded);
  Shard& asked = shards_[shard];
  const MutexLock lock(asked.mutex);
  return asked.version;
}

template <typename T>
void SharedParameters<T>::AddOne(std::size_t j, T delta) {
  assert(j < size());
  const std::atomic_ref<T> w_j(values_[j]);
  if (policy_ == MemoryPolicy::kAtomic) {
    w_j.fetch_add(delta, std::memory_order_relaxed);
    return;
  }
  const T before = w_j.load(std::memory_order_relaxed);
  w_j.store(before + delta, std::memory_order_relaxed);
}

template class SharedParameters<float>;
template class SharedParameters<double>;

}  // namespace tortoise
