// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdint>
#include <string>
#include <vector>

#include "data/data_testing.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

using testing::ElementsAre;

// An IDX file of this shape with these bytes behind its header.
std::string Idx(const std::vector<std::uint32_t>& shape,
                const std::string& bytes, char type = 0x08) {
  std::string idx = {0, 0, type, static_cast<char>(shape.size())};
  for (const std::uint32_t size : shape) {
    for (int shift = 24; shift >= 0; shift -= 8) {
      idx += static_cast<char>(size >> shift & 0xff);
    }
  }
  return idx + bytes;
}

const char kTwoImages[] = "\x00\x33\x66\x99\xcc\xff\x01\x02";

std::string Images() { return Idx({2, 2, 2}, std::string(kTwoImages, 8)); }
std::string Labels() { return Idx({2}, std::string("\x07\x00", 2)); }

void ExpectError(const std::string& images, const std::string& labels,
                 const std::string& message) {
  ExpectInputError([&] { (void)ParseIdx(images, labels, "x"); }, 0, message);
}

TEST(ParseIdx, FlattensAndScalesImages) {
  const Dataset data = ParseIdx(Images(), Labels(), "x");
  EXPECT_FALSE(data.is_sparse());
  EXPECT_EQ(data.num_columns(), 4u);
  EXPECT_THAT(data.labels(), ElementsAre(7.0, 0.0));
  EXPECT_THAT(data.DenseRow(0), ElementsAre(0.0f, 0.2f, 0.4f, 0.6f));
  EXPECT_THAT(data.DenseRow(1),
              ElementsAre(0.8f, 1.0f, 1.0f / 255.0f, 2.0f / 255.0f));
}

RC_GTEST_PROP(ParseIdx, ReadsBackAnyShape, ()) {
  const auto rows = *rc::gen::inRange<std::uint32_t>(1, 20);
  const auto height = *rc::gen::inRange<std::uint32_t>(1, 9);
  const auto width = *rc::gen::inRange<std::uint32_t>(1, 9);
  const auto bytes = *rc::gen::container<std::string>(
      std::size_t{rows} * height * width, rc::gen::arbitrary<char>());
  const auto labels =
      *rc::gen::container<std::string>(rows, rc::gen::arbitrary<char>());
  const Dataset data =
      ParseIdx(Idx({rows, height, width}, bytes), Idx({rows}, labels), "x");
  RC_ASSERT(data.num_rows() == rows);
  RC_ASSERT(data.num_columns() == std::size_t{height} * width);
  for (std::size_t r = 0; r < rows; ++r) {
    RC_ASSERT(data.labels()[r] == static_cast<unsigned char>(labels[r]));
    for (std::size_t j = 0; j < data.num_columns(); ++j) {
      const char byte = bytes[r * data.num_columns() + j];
      RC_ASSERT(data.DenseRow(r)[j] ==
                static_cast<float>(static_cast<unsigned char>(byte)) / 255.0f);
    }
  }
}

TEST(ParseIdx, RefusesWhatIsNotIdx) {
  ExpectError("", Labels(), "x: is empty");
  ExpectError("1 1:2\n", Labels(), "is not IDX");
  ExpectError(std::string("\0\0\x08", 3), Labels(), "is not IDX");
  ExpectError(Idx({2, 2}, "abcd", 0x0d), Labels(), "type 0x0d");
}

TEST(ParseIdx, RefusesAHeaderThatIsCutOff) {
  for (std::size_t size = 4; size < 16; ++size) {
    ExpectError(Images().substr(0, size), Labels(), "is cut off");
  }
  ExpectError(Idx({}, "a"), Labels(), "header of 0 dimensions");
}

TEST(ParseIdx, RefusesASizeThatDisagreesWithItsHeader) {
  ExpectError(Images() + "x", Labels(), "says 2 x 2 x 2 (8 bytes), but 9");
  ExpectError(Images().substr(0, 20), Labels(), "(8 bytes), but 4 bytes");
  ExpectError(Images(), Labels() + "x", "x (its labels): its IDX header");
  // The product wraps around 2^64 to 0.
  const std::uint32_t big = 1u << 31;
  ExpectError(Idx({big, big, 4}, ""), Labels(), "but 0 bytes follow");
}

TEST(ParseIdx, RefusesLabelsThatDoNotFit) {
  ExpectError(Images(), Idx({3}, "abc"), "3 labels for 2 images");
  ExpectError(Images(), Images(), "3 dimensions, labels have one");
  ExpectError(Images(), "", "x (its labels): is empty");
  ExpectError(Labels(), Labels(), "holds one dimension, like labels");
}

TEST(ParseIdx, RefusesEmptyData) {
  ExpectError(Idx({0, 2, 2}, ""), Idx({0}, ""), "holds no images");
  ExpectError(Idx({2, 0, 2}, ""), Labels(), "holds no images");
}

TEST(ParseIdx, RefusesAnotherWidthThanGiven) {
  EXPECT_EQ(ParseIdx(Images(), Labels(), "x", {.num_columns = 4}).num_rows(),
            2u);
  ExpectInputError(
      [] { (void)ParseIdx(Images(), Labels(), "x", {.num_columns = 5}); }, 0,
      "has 4 values per image, must be 5");
}

}  // namespace
}  // namespace tortoise
