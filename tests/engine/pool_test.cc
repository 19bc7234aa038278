// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/pool.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <thread>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/core/mutex.h"

namespace tortoise::internal {
namespace {

using Buffer = std::array<std::uint64_t, 64>;

// --- One thread --------------------------------------------------------------

// Counts the buffers that were made.
class Counting {
 public:
  explicit Counting(std::size_t reserved = 0)
      : pool([this](Buffer&) { ++made; }, reserved) {}
  int made = 0;
  Pool<Buffer> pool;
};

TEST(Pool, MakesWhatIsReservedAndThenWhatIsLacking) {
  Counting counting(2);
  EXPECT_EQ(counting.made, 2);
  const auto first = counting.pool.Acquire();
  const auto second = counting.pool.Acquire();
  EXPECT_EQ(counting.made, 2);
  const auto third = counting.pool.Acquire();
  EXPECT_EQ(counting.made, 3);
  EXPECT_NE(&*first, &*second);
  EXPECT_NE(&*second, &*third);
  EXPECT_FALSE(first == second);
}

TEST(Pool, TakesABufferBackWithItsLastReference) {
  Counting counting;
  Ref<Buffer> first = counting.pool.Acquire();
  Ref<Buffer> copy = first;
  Ref<Buffer> moved = std::move(first);
  EXPECT_FALSE(first);
  EXPECT_EQ(copy, moved);
  const Buffer* buffer = &*copy;
  moved = {};
  const auto other = counting.pool.Acquire();  // `copy` has the first one
  EXPECT_NE(&*other, buffer);
  copy = {};
  EXPECT_EQ(&*counting.pool.Acquire(), buffer);
  EXPECT_EQ(counting.made, 2);
}

TEST(Pool, LetsAReferenceBeAssignedToItself) {
  Counting counting;
  Ref<Buffer> ref = counting.pool.Acquire();
  ref.Mutable()[0] = 7;
  const Ref<Buffer>& same = ref;
  ref = same;
  EXPECT_TRUE(ref);
  EXPECT_EQ((*ref)[0], 7u);
}

// --- Many threads ------------------------------------------------------------

// The newest version, as a server has it: readers copy the reference under a
// lock and read the buffer without.
class Newest {
 public:
  Ref<Buffer> Get() {
    const MutexLock lock(mutex_);
    return newest_;
  }
  void Set(Ref<Buffer> next) {
    const MutexLock lock(mutex_);
    std::swap(newest_, next);
  }  // the old one is dropped after the lock

 private:
  Mutex mutex_;
  Ref<Buffer> newest_ TORTOISE_GUARDED_BY(mutex_);
};

bool IsOneVersion(const Buffer& buffer) {
  for (const std::uint64_t value : buffer) {
    if (value != buffer[0]) return false;
  }
  return true;
}

// Everybody writes versions and reads those of the others, and whoever happens
// to be last gives a buffer back. A buffer that was given back while somebody
// read it would be written under his eyes, which ThreadSanitizer says too.
TEST(PoolContended, NobodyWritesWhatSomebodyReads) {
  constexpr int kThreads = 4;
  constexpr int kVersions = 3000;
  int made = 0;  // under the pool's lock
  Pool<Buffer> pool([&](Buffer&) { ++made; });
  Newest newest;
  newest.Set(pool.Acquire());
  newest.Get().Mutable().fill(0);
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t) {
      threads.emplace_back([&, t] {
        Ref<Buffer> held;
        for (int v = 0; v < kVersions; ++v) {
          Ref<Buffer> next = pool.Acquire();
          next.Mutable().fill(static_cast<std::uint64_t>(kThreads * v + t));
          newest.Set(std::move(next));
          const Ref<Buffer> seen = newest.Get();
          EXPECT_TRUE(IsOneVersion(*seen));
          if (v % 7 == 0) held = seen;
          EXPECT_TRUE(IsOneVersion(*held));
        }
      });
    }
  }
  // Each thread refers to three at most, beside the newest.
  EXPECT_LE(made, 3 * kThreads + 1);
}

}  // namespace
}  // namespace tortoise::internal
