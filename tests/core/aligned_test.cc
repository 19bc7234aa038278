// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/core/aligned.h"

#include <cstdint>
#include <vector>

#include "gtest/gtest.h"

namespace tortoise {
namespace {

bool IsAligned(const void* p) {
  return reinterpret_cast<std::uintptr_t>(p) % kAlignment == 0;
}

TEST(AlignedVector, StartsOn64BytesWhateverItsSize) {
  // Many at once, so that an ordinary allocator could not pass by luck.
  std::vector<AlignedVector<float>> floats;
  std::vector<AlignedVector<double>> doubles;
  for (std::size_t size = 1; size < 200; ++size) {
    floats.emplace_back(size);
    doubles.emplace_back(size);
    EXPECT_TRUE(IsAligned(floats.back().data())) << size;
    EXPECT_TRUE(IsAligned(doubles.back().data())) << size;
  }
}

TEST(AlignedVector, StaysAlignedWhileGrowing) {
  AlignedVector<char> bytes;
  for (int i = 0; i < 1'000; ++i) {
    bytes.push_back('x');
    ASSERT_TRUE(IsAligned(bytes.data())) << i;
  }
}

TEST(AlignedAllocator, IsEqualToEveryOther) {
  EXPECT_TRUE(AlignedAllocator<float>() == AlignedAllocator<double>());
}

}  // namespace
}  // namespace tortoise
