// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <charconv>
#include <cstdint>
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

Dataset Parse(std::string_view text, const std::string& target = {}) {
  return ParseCsv(text, "data.csv", {.target = target});
}

void ExpectError(std::string_view text, std::size_t line,
                 const std::string& message, const std::string& target = {}) {
  SCOPED_TRACE(text);
  ExpectInputError([&] { (void)Parse(text, target); }, line, message);
}

// --- What is read ------------------------------------------------------------

TEST(ParseCsv, TakesTheLastColumnAsTarget) {
  const Dataset data = Parse("1,2,0.5\n-3,4e1,+1.5\n");
  EXPECT_FALSE(data.is_sparse());
  EXPECT_EQ(data.num_columns(), 2u);
  EXPECT_THAT(data.labels(), ElementsAre(0.5, 1.5));
  EXPECT_THAT(data.DenseRow(0), ElementsAre(1.0f, 2.0f));
  EXPECT_THAT(data.DenseRow(1), ElementsAre(-3.0f, 40.0f));
}

TEST(ParseCsv, RecognisesAHeader) {
  EXPECT_THAT(Parse("a,b\n1,2\n").labels(), ElementsAre(2.0));
  EXPECT_THAT(Parse("a,2\n1,2\n").labels(), ElementsAre(2.0));
  EXPECT_THAT(Parse("# a,b\n1,2\n").labels(), ElementsAre(2.0));
  EXPECT_THAT(Parse(",b\n1,2\n").labels(), ElementsAre(2.0));
  EXPECT_THAT(Parse("3,4\n1,2\n").labels(), ElementsAre(4.0, 2.0));
}

TEST(ParseCsv, FindsTheTargetByNameOrNumber) {
  const std::string text = "x,y,z\n1,2,3\n";
  EXPECT_THAT(Parse(text, "x").labels(), ElementsAre(1.0));
  EXPECT_THAT(Parse(text, "x").DenseRow(0), ElementsAre(2.0f, 3.0f));
  EXPECT_THAT(Parse(text, "y").DenseRow(0), ElementsAre(1.0f, 3.0f));
  EXPECT_THAT(Parse(text, "1").labels(), ElementsAre(2.0));
  EXPECT_THAT(Parse("5,6,7\n", "0").labels(), ElementsAre(5.0));
}

TEST(ParseCsv, PrefersANameToANumber) {
  EXPECT_THAT(Parse("1,0,a\n10,20,30\n", "0").labels(), ElementsAre(20.0));
}

TEST(ParseCsv, ReadsQuotedNames) {
  const std::string text = "\"a,b\", \"say \"\"hi\"\"\" ,c\r\n1,2,3\r\n";
  EXPECT_THAT(Parse(text, "a,b").labels(), ElementsAre(1.0));
  EXPECT_THAT(Parse(text, "say \"hi\"").labels(), ElementsAre(2.0));
}

TEST(ParseCsv, AcceptsCrLfBlanksAndAMissingLastLineEnd) {
  const auto expected = ContentsOf(Parse("1,2\n3,4\n"));
  EXPECT_EQ(ContentsOf(Parse("1,2\r\n3,4\r\n")), expected);
  EXPECT_EQ(ContentsOf(Parse(" 1 ,\t2\n3, 4")), expected);
  EXPECT_EQ(ContentsOf(Parse("\n \n1,2\n\r\n\t\n3,4\n\n")), expected);
  EXPECT_EQ(ContentsOf(Parse("\n\na,b\n\n1,2\n3,4\n")), expected);
}

TEST(ParseCsv, TakesTinyValuesAsZero) {
  EXPECT_THAT(Parse("1e-60,1e-400\n").DenseRow(0), ElementsAre(0.0f));
}

// --- What is not -------------------------------------------------------------

TEST(ParseCsv, RefusesRaggedRows) {
  ExpectError("1,2,3\n1,2\n", 2, "has 2 fields, the first line has 3");
  ExpectError("a,b\n1,2\n\n1,2,3\n", 4, "has 3 fields, the first line has 2");
  ExpectError("1,2\n1\n", 2, "has 1 fields, the first line has 2");
}

TEST(ParseCsv, RefusesBadNumbersAndNamesTheirColumn) {
  ExpectError("a,b\n1,2\n1,x\n", 3, "column 1 \"b\": field \"x\" is not a");
  ExpectError("1,2\nx,2\n", 2, "column 0: field \"x\" is not a number");
  ExpectError("1,2\n,2\n", 2, "column 0: field is empty");
  ExpectError("1,2\n1,\n", 2, "column 1: field is empty");
  ExpectError("1,2\n1 1,2\n", 2, "field \"1 1\" is not a number");
  ExpectError("1,2\n1,inf\n", 2, "field \"inf\" is not a finite number");
  ExpectError("1,2\n1e39,1\n", 2, "field \"1e39\" is too large for a float");
  ExpectError("1,2\n\"1\",1\n", 2, "is not a number");
}

TEST(ParseCsv, DoesNotTakeAFaultyFirstRowForAHeader) {
  ExpectError("1,nan\n1,2\n", 1, "field \"nan\" is not a finite number");
  ExpectError("1,1e999\n1,2\n", 1, "not a finite number");
  ExpectError("\n1,,3\n1,2,3\n", 2, "column 1: field is empty");
}

TEST(ParseCsv, RefusesEmptyData) {
  ExpectError("", 0, "data.csv: holds no rows");
  ExpectError("\n \r\n", 0, "data.csv: holds no rows");
  ExpectError("a,b\n", 0, "data.csv: holds a header, but no rows");
  ExpectError("a,b\n\n\n", 0, "data.csv: holds a header, but no rows");
  ExpectError("1\n2\n", 1, "has one column only");
  ExpectError("\ny\n1\n", 2, "has one column only");
}

TEST(ParseCsv, RefusesAnUnknownTarget) {
  ExpectError("price,size\n1,2\n", 1, "did you mean \"price\"?", "prise");
  ExpectError("a,b\n1,2\n", 1, "columns are numbered 0 to 1", "2");
  ExpectError("1,2\n", 1, "no column \"-1\" for the target", "-1");
  ExpectError("a,a,b\n1,2,3\n", 1, "more than one column is named \"a\"", "a");
}

TEST(ParseCsv, RefusesAnOpenQuoteInTheHeader) {
  ExpectError("\"a,b\n1,2\n", 1, "a quote in the header is not closed");
}

TEST(ParseCsv, RefusesAnotherWidthThanGiven) {
  EXPECT_EQ(ParseCsv("1,2,3\n", "x", {.num_columns = 2}).num_columns(), 2u);
  for (const std::size_t width : {1u, 3u}) {
    ExpectInputError(
        [&] { (void)ParseCsv("1,2,3\n", "x", {.num_columns = width}); }, 1,
        "has 2 columns beside the target, must be " + std::to_string(width));
  }
}

// --- Many lines: any number of threads ---------------------------------------

std::string FloatText(float value) {
  char buffer[32];
  const auto result = std::to_chars(buffer, buffer + sizeof(buffer), value);
  return {buffer, result.ptr};
}

struct Written {
  std::string text;
  Contents contents;
  std::vector<std::size_t> line_ends;  // in `text`
};

Written RandomRows(std::uint64_t seed, std::size_t lines, bool has_header) {
  RandomSequence random(RandomStream(seed, 0, Purpose::kData));
  Written written;
  const std::size_t columns = 1 + random.Index(12);
  written.contents.num_columns = columns;
  for (std::size_t i = 0; i < lines; ++i) {
    if (i == 0 && has_header) {
      written.text += "target" + std::string(columns, ',');
    } else if (random.Index(10) > 0) {
      const double label = random.Normal();
      written.text += ShortestDecimal(label);
      auto& row = written.contents.rows.emplace_back();
      for (std::size_t j = 0; j < columns; ++j) {
        const auto value = static_cast<float>(random.Normal());
        written.text += ',' + FloatText(value);
        row.emplace_back(j, value);
      }
      written.contents.labels.push_back(label);
    }
    written.text += random.Index(2) == 0 ? "\n" : "\r\n";
    written.line_ends.push_back(written.text.size());
  }
  return written;
}

RC_GTEST_PROP(ParseCsv, ReadsBackWhatWasWritten,
              (std::uint64_t seed, bool has_header)) {
  const auto lines = *rc::gen::inRange<std::size_t>(20, 2'500);
  const Written written = RandomRows(seed, lines, has_header);
  const auto parallel = ContentsOf(Parse(written.text, "0"));
  RC_ASSERT((parallel == written.contents));
  const ThreadLimit serial(1);
  RC_ASSERT((ContentsOf(Parse(written.text, "0")) == parallel));
}

RC_GTEST_PROP(ParseCsv, ReportsTheFirstOfSeveralErrors,
              (std::uint64_t seed, bool has_header)) {
  Written written = RandomRows(seed, 2'500, has_header);
  const auto first = *rc::gen::inRange<std::size_t>(50, 2'500);
  const auto second = *rc::gen::inRange<std::size_t>(first, 2'500);
  // The later one first, so that the place of the other stays right.
  const std::string fields(written.contents.num_columns, ',');
  written.text.insert(written.line_ends[second - 1], "second" + fields + "\n");
  written.text.insert(written.line_ends[first - 1], "first" + fields + "\n");
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
