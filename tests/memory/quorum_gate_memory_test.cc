// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How much memory a gate takes, and when: in a program of its own, which counts
// everything that is allocated on a cache line.

#include <atomic>
#include <cstddef>
#include <cstdlib>
#include <new>

#include "gtest/gtest.h"
#include "tortoise/memory/quorum_gate.h"

namespace {

std::atomic<std::size_t> allocated_bytes{0};

}  // namespace

void* operator new(std::size_t bytes, std::align_val_t alignment) {
  allocated_bytes += bytes;
  const auto align = static_cast<std::size_t>(alignment);
  void* const memory =
      std::aligned_alloc(align, (bytes + align - 1) / align * align);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

namespace tortoise {
namespace {

constexpr int kWorkers = 512;
using Gate = QuorumGate<int>;

// A list of those to wake for each worker and one under the lock, and two
// cache lines of its own for every worker.
TEST(QuorumGateMemory, TakesOneEntryPerPairOfWorkers) {
  const std::size_t before = allocated_bytes;
  const Gate gate(kWorkers, /*cancels=*/true);
  const std::size_t entries = kWorkers * (kWorkers + 1);
  EXPECT_LE(allocated_bytes - before,
            entries * sizeof(int) + kWorkers * kFalseSharingRange);
}

TEST(QuorumGateMemory, TakesNothingLaterHoweverMuchAPushHandsOut) {
  Gate gate(kWorkers, /*cancels=*/true);
  const auto hand_everybody = [&] {
    for (int w = 0; w < kWorkers; ++w) gate.Hand(w, w);
  };
  const std::size_t before = allocated_bytes;
  gate.Locked(hand_everybody);
  for (int w = 0; w < kWorkers; ++w) {
    gate.Take(w);
    gate.Push(w, [&] {
      hand_everybody();
      hand_everybody();
      if (w == kWorkers - 1) gate.Stop();
    });
  }
  EXPECT_EQ(allocated_bytes, before);
}

}  // namespace
}  // namespace tortoise
