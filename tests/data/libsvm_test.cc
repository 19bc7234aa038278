// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <charconv>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "core/text.h"
#include "data/data_testing.h"
#include "tortoise/core/random.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

Dataset Parse(std::string_view text, std::size_t num_columns = 0) {
  return ParseLibsvm(text, "data.svm", {.num_columns = num_columns});
}

void ExpectError(std::string_view text, std::size_t line,
                 const std::string& message) {
  SCOPED_TRACE(text);
  ExpectInputError([&] { (void)Parse(text); }, line, message);
}

// --- What is read ------------------------------------------------------------

TEST(ParseLibsvm, ReadsRows) {
  const Dataset data = Parse("+1 1:0.5 3:-2e1\n-1 2:1\n");
  EXPECT_TRUE(data.is_sparse());
  EXPECT_EQ(data.num_columns(), 3u);
  EXPECT_EQ(data.label_kind(), LabelKind::kMinusOnePlusOne);
  EXPECT_THAT(data.labels(), ElementsAre(1.0, -1.0));
  EXPECT_THAT(data.Row(0).index, ElementsAre(0u, 2u));
  EXPECT_THAT(data.Row(0).value, ElementsAre(0.5f, -20.0f));
  EXPECT_THAT(data.Row(1).index, ElementsAre(1u));
}

TEST(ParseLibsvm, KeepsRowsWithoutFeatures) {
  const Dataset data = Parse("-1\n1 1:1\n-1 \n1\t\n");
  EXPECT_THAT(data.labels(), ElementsAre(-1.0, 1.0, -1.0, 1.0));
  EXPECT_THAT(data.Row(0).index, IsEmpty());
  EXPECT_THAT(data.Row(3).index, IsEmpty());
}

TEST(ParseLibsvm, KeepsZerosThatAreWritten) {
  EXPECT_EQ(Parse("1 1:0 2:-0.0\n").num_nonzeros(), 2u);
}

TEST(ParseLibsvm, AcceptsCrLfTabsBlanksAndAMissingLastLineEnd) {
  const auto expected = ContentsOf(Parse("1 1:2 3:4\n-1 2:1\n"));
  EXPECT_EQ(ContentsOf(Parse("1 1:2 3:4\r\n-1 2:1\r\n")), expected);
  EXPECT_EQ(ContentsOf(Parse(" 1\t1:2  3:4 \n\t-1 2:1")), expected);
  EXPECT_EQ(ContentsOf(Parse("+1 1:+2 3:4.\n-1.0 2:1e0\n")), expected);
}

TEST(ParseLibsvm, SkipsBlankLinesAndComments) {
  const Dataset data =
      Parse("# a comment\n\n1 1:2 # 7:9\n   \n#\n-1#\n \t# more\n\r\n");
  EXPECT_THAT(data.labels(), ElementsAre(1.0, -1.0));
  EXPECT_EQ(data.num_nonzeros(), 1u);
}

TEST(ParseLibsvm, TakesIdsUpTo32Bits) {
  const Dataset data = Parse("1 4294967295:1 4294967296:2\n");
  EXPECT_EQ(data.num_columns(), std::size_t{1} << 32);
  EXPECT_THAT(data.Row(0).index, ElementsAre(4294967294u, 4294967295u));
}

TEST(ParseLibsvm, RoundsValuesOnceAndTinyOnesToZero) {
  // Just above the middle of two floats, but nearer to it than a double can
  // tell: by way of double it would round down to 1.
  const Dataset data = Parse(
      "1 1:1.00000005960464477539062500000000000001 2:1e-60 3:-1e-400 "
      "4:3.4028234e38\n");
  EXPECT_THAT(data.Row(0).value,
              ElementsAre(1.0f + 0x1p-23f, 0.0f, 0.0f,
                          std::numeric_limits<float>::max()));
}

TEST(ParseLibsvm, TakesTheWidthItIsGiven) {
  EXPECT_EQ(Parse("1 2:1\n", 5).num_columns(), 5u);
  EXPECT_EQ(Parse("1\n", 5).num_columns(), 5u);
  EXPECT_EQ(Parse("1 5:1\n", 5).num_columns(), 5u);
  ExpectInputError([] { (void)Parse("1 5:1\n1 6:1\n", 5); }, 2,
                   "id 6 is above 5, the number of columns");
}

// --- What is not -------------------------------------------------------------

TEST(ParseLibsvm, RefusesBadIds) {
  ExpectError("1 1:1\n1 0:1\n", 2, "id in \"0:1\" is 0; ids count from 1");
  ExpectError("1 3:1 2:1\n", 1, "id 2 follows id 3; ids must increase");
  ExpectError("1 1:1\n\n# x\n1 3:1 3:2\n", 4, "id 3 appears twice");
  ExpectError("1 4294967297:1\n", 1, "\"4294967297:1\" is above 2^32");
  ExpectError("1 99999999999999999999:1\n", 1, "is above 2^32");
  ExpectError("1 -1:1\n", 1, "\"-1:1\" is not a whole number from 1");
  ExpectError("1 qid:3\n", 1, "\"qid:3\" is not a whole number from 1");
  ExpectError("1 :3\n", 1, "\":3\" is not a whole number from 1");
  ExpectError("1 1.5:3\n", 1, "\"1.5:3\" is not a whole number from 1");
}

TEST(ParseLibsvm, RefusesWhatIsNoFeature) {
  ExpectError("1 1:1 2\n", 1, "\"2\" is not id:value");
  ExpectError("1 1:1\n1 2 :3\n", 2, "\"2\" is not id:value");
}

TEST(ParseLibsvm, RefusesBadValues) {
  ExpectError("1 1:x\n", 1, "value \"x\" is not a number");
  ExpectError("1 1:1\n1 1:\n", 2, "value is empty");
  ExpectError("1 1:1:1\n", 1, "value \"1:1\" is not a number");
  ExpectError("1 1:0x1p3\n", 1, "value \"0x1p3\" is not a number");
  ExpectError("1 1:nan\n", 1, "value \"nan\" is not a finite number");
  ExpectError("1 1:-inf\n", 1, "value \"-inf\" is not a finite number");
  ExpectError("1 1:1e39\n", 1, "value \"1e39\" is too large for a float");
  ExpectError("1 1:-1e400\n", 1, "value \"-1e400\" is not a finite number");
}

TEST(ParseLibsvm, RefusesBadLabels) {
  ExpectError("1 1:1\nyes 1:1\n", 2, "label \"yes\" is not a number");
  ExpectError("1 1:1\n1:1\n", 2, "label \"1:1\" is not a number");
  ExpectError("1,2 1:1\n", 1, "label \"1,2\" is not a number");
  ExpectError("nan 1:1\n", 1, "label \"nan\" is not a finite number");
  ExpectError("1e999 1:1\n", 1, "label \"1e999\" is not a finite number");
}

TEST(ParseLibsvm, RefusesEmptyData) {
  ExpectError("", 0, "data.svm: holds no rows");
  ExpectError("\n \n# nothing\n", 0, "data.svm: holds no rows");
  ExpectError("1\n-1\n", 0, "data.svm: no row has a feature");
}

TEST(ParseLibsvm, NamesFileAndLineAndCutsTheToken) {
  ExpectError("\r\n1 1:" + std::string(1'000, 'x'), 2, "data.svm:2: value \"x");
  ExpectError(std::string("1 1:\x01\0\xff\n", 8), 1, R"("\x01\x00\xff")");
}

// --- Many lines: any number of threads ---------------------------------------

std::string FloatText(float value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, result.ptr};
}

struct Written {
  std::string text;
  Contents contents{.is_sparse = true};
  std::vector<std::size_t> line_ends;  // in `text`
};

// Random rows among comments and blank lines; written, and what they mean.
Written RandomRows(std::uint64_t seed, std::size_t lines) {
  RandomSequence random(RandomStream(seed, 0, Purpose::kData));
  Written written;
  for (std::size_t i = 0; i < lines; ++i) {
    const std::uint64_t kind = random.Index(10);
    if (kind < 8) {
      const double label = random.Normal();
      written.text += ShortestDecimal(label);
      auto& row = written.contents.rows.emplace_back();
      std::size_t id = 0;
      for (std::uint64_t k = random.Index(20); k > 0; --k) {
        id += 1 + random.Index(50);
        const auto value = static_cast<float>(random.Normal());
        written.text += ' ' + std::to_string(id) + ':' + FloatText(value);
        row.emplace_back(id - 1, value);
      }
      written.contents.labels.push_back(label);
      written.contents.num_columns = std::max(written.contents.num_columns, id);
    }
    if (kind == 8) written.text += "# a comment";
    written.text += random.Index(2) == 0 ? "\n" : "\r\n";
    written.line_ends.push_back(written.text.size());
  }
  return written;
}

RC_GTEST_PROP(ParseLibsvm, ReadsBackWhatWasWritten, (std::uint64_t seed)) {
  // From less than one piece of the parser to several.
  const auto lines = *rc::gen::inRange<std::size_t>(20, 1'500);
  const Written written = RandomRows(seed, lines);
  RC_PRE(written.contents.num_columns > 0);
  const auto parallel = ContentsOf(Parse(written.text));
  RC_ASSERT((parallel == written.contents));
  const ThreadLimit serial(1);
  RC_ASSERT((ContentsOf(Parse(written.text)) == parallel));
}

RC_GTEST_PROP(ParseLibsvm, ReportsTheFirstOfSeveralErrors,
              (std::uint64_t seed)) {
  Written written = RandomRows(seed, 1'500);
  auto first = *rc::gen::inRange<std::size_t>(1, 1'500);
  const auto second = *rc::gen::inRange<std::size_t>(first, 1'500);
  // The later one first, so that the place of the other stays right.
  written.text.insert(written.line_ends[second - 1], "1 2:second\n");
  written.text.insert(written.line_ends[first - 1], "1 2:first\n");
  for (const std::size_t threads : {1u, 4u}) {
    const ThreadLimit limit(threads);
    try {
      (void)Parse(written.text);
      RC_FAIL("no error");
    } catch (const InputError& error) {
      RC_ASSERT(error.line() == first + 1);
      RC_ASSERT(std::string(error.what()).find("\"first\"") !=
                std::string::npos);
    }
  }
}

}  // namespace
}  // namespace tortoise
