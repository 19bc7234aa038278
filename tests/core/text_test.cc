// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace tortoise {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- Numbers -----------------------------------------------------------------

TEST(ShortestDecimal, IsShort) {
  EXPECT_EQ(ShortestDecimal(0.1), "0.1");
  EXPECT_EQ(ShortestDecimal(1e-5), "1e-05");
  EXPECT_EQ(ShortestDecimal(3.0), "3");
  EXPECT_EQ(ShortestDecimal(-2.5), "-2.5");
  EXPECT_EQ(ShortestDecimal(kInfinity), "inf");
  EXPECT_EQ(ShortestDecimal(std::nan("")), "nan");
}

TEST(ShortestDecimal, HasRoomForTheLongest) {
  EXPECT_EQ(ShortestDecimal(-std::numeric_limits<double>::max()),
            "-1.7976931348623157e+308");
}

RC_GTEST_PROP(ShortestDecimal, ReadsBackAsTheSameDouble, (std::uint64_t bits)) {
  const double value = std::bit_cast<double>(bits);
  RC_PRE(std::isfinite(value));
  const std::string text = ShortestDecimal(value);
  RC_ASSERT(ParseNumber(text) == value);
  RC_ASSERT(std::strtod(text.c_str(), nullptr) == value);
}

TEST(ParseNumber, AcceptsDecimals) {
  EXPECT_EQ(ParseNumber("1e-4"), 1e-4);
  EXPECT_EQ(ParseNumber("-3"), -3.0);
  EXPECT_EQ(ParseNumber("+1"), 1.0);
  EXPECT_EQ(ParseNumber(".5"), 0.5);
  EXPECT_EQ(ParseNumber("2."), 2.0);
  EXPECT_EQ(ParseNumber("1E+2"), 100.0);
}

TEST(ParseNumber, RefusesEverythingElse) {
  for (const char* text :
       {"",     "+",    "-",   "+-1", "++1",      " 1",    "1 ",
        "1x",   "0x10", "1e",  "1,5", ".",        "e5",    "inf",
        "-inf", "+inf", "nan", "NaN", "infinity", "nan(1)"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << '"' << text << '"';
  }
}

TEST(ParseNumber, RefusesWhatIsTooLarge) {
  for (const char* text : {"1e309", "-1e309", "1e99999999999999999999",
                           "12e2147483647", "0.001e312"}) {
    EXPECT_EQ(ParseNumber(text), std::nullopt) << text;
  }
  EXPECT_EQ(ParseNumber("1" + std::string(400, '0')), std::nullopt);
}

TEST(ParseNumber, TakesWhatIsTooSmallAsZero) {
  for (const char* text :
       {"1e-400", "-1e-400", "+1e-400", "1e-99999999999999999999",
        "1234.5e-2147483648", "1000e-350"}) {
    EXPECT_EQ(ParseNumber(text), 0.0) << text;
  }
  EXPECT_EQ(ParseNumber("0." + std::string(400, '0') + "1"), 0.0);
  EXPECT_EQ(ParseNumber("4.9406564584124654e-324"), 0x1p-1074);
}

TEST(ParseNumber, LargeAndSmallCanCancel) {
  EXPECT_EQ(ParseNumber("1" + std::string(400, '0') + "e-400"), 1.0);
  EXPECT_EQ(ParseNumber("0." + std::string(399, '0') + "1e400"), 1.0);
}

// --- Durations ---------------------------------------------------------------

TEST(ParseDuration, ReadsEveryUnit) {
  EXPECT_EQ(ParseDuration("250us"), 250e-6);
  EXPECT_EQ(ParseDuration("5ms"), 0.005);
  EXPECT_EQ(ParseDuration("2s"), 2.0);
  EXPECT_EQ(ParseDuration("1.5min"), 90.0);
  EXPECT_EQ(ParseDuration("3ns"), 3e-9);
  EXPECT_EQ(ParseDuration("5 ms"), 0.005);
  EXPECT_EQ(ParseDuration("-1s"), -1.0);
}

TEST(ParseDuration, RefusesEverythingElse) {
  for (const char* text : {"", "5", "ms", "5h", "5 m", "s5", "5mss", "1e400s",
                           "infs", "nans", "5MS", " 5s", "5s "}) {
    EXPECT_EQ(ParseDuration(text), std::nullopt) << '"' << text << '"';
  }
}

// The division rounds once, as reading the literal does.
RC_GTEST_PROP(ParseDuration, WholeMillisecondsEqualTheirLiteral, ()) {
  const int n = *rc::gen::inRange(1, 1'000'000);
  const std::string digits = std::to_string(n);
  RC_ASSERT(ParseDuration(digits + "ms") ==
            std::strtod((digits + "e-3").c_str(), nullptr));
  RC_ASSERT(ParseDuration(digits + "us") ==
            std::strtod((digits + "e-6").c_str(), nullptr));
}

// --- Words -------------------------------------------------------------------

TEST(Closest, FindsATypingMistake) {
  const std::vector<std::string> keys = {"quorum", "local_steps", "memory",
                                         "name"};
  EXPECT_EQ(Closest("qourum", keys), "quorum");
  EXPECT_EQ(Closest("quorm", keys), "quorum");
  EXPECT_EQ(Closest("local-steps", keys), "local_steps");
  EXPECT_EQ(Closest("nam", keys), "name");
  EXPECT_EQ(Closest("cuont", std::vector<std::string>{"count"}), "count");
}

TEST(Closest, PrefersTheFewestEdits) {
  const std::vector<std::string> keys = {"steps", "step", "stop"};
  EXPECT_EQ(Closest("step", keys), "step");
  EXPECT_EQ(Closest("stepss", keys), "steps");
}

TEST(Closest, SaysNothingRatherThanNonsense) {
  const std::vector<std::string> keys = {"quorum", "memory"};
  EXPECT_EQ(Closest("bandwidth", keys), std::nullopt);
  EXPECT_EQ(Closest("", keys), std::nullopt);
  EXPECT_EQ(Closest("quorum", {}), std::nullopt);
}

TEST(Closest, AllowsAThirdOfTheLongerWord) {
  const std::vector<std::string> keys = {"abcdef"};
  EXPECT_EQ(Closest("abcdxy", keys), "abcdef");      // 2 of 6
  EXPECT_EQ(Closest("abcxyz", keys), std::nullopt);  // 3 of 6
}

// --- Checksums ---------------------------------------------------------------

std::string Fnv1aOf(const std::string& text) {
  return Fnv1a(std::as_bytes(std::span(text)));
}

// From the test vectors of the authors (Fowler, Noll, Vo).
TEST(Fnv1a, GivesTheKnownAnswers) {
  EXPECT_EQ(Fnv1aOf(""), "cbf29ce484222325");
  EXPECT_EQ(Fnv1aOf("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(Fnv1aOf("foobar"), "85944171f73967e8");
}

TEST(Fnv1a, TakesBytesAboveSevenBits) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  hash = (hash ^ 0xffu) * 0x100000001b3u;
  std::string digits(16, '0');
  for (std::size_t i = 16; i-- > 0; hash >>= 4) {
    digits[i] = "0123456789abcdef"[hash & 15u];
  }
  EXPECT_EQ(Fnv1aOf("\xff"), digits);
}

TEST(DidYouMean, EndsAMessageAboutAnUnknownWord) {
  const std::vector<std::string> known = {"count", "speed"};
  EXPECT_EQ(DidYouMean("cout", known), "; did you mean count?");
  EXPECT_EQ(DidYouMean("sped", known, "\""), "; did you mean \"speed\"?");
  EXPECT_EQ(DidYouMean("quorum", known), "");
}

// --- Printable ---------------------------------------------------------------

TEST(Printable, ShowsTextAsItIs) {
  EXPECT_EQ(Printable("a b~"), "a b~");
  EXPECT_EQ(Printable("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa2"),
            "\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xa2");
  EXPECT_EQ(Printable(""), "");
}

// A terminal would obey them.
TEST(Printable, WritesControlCharactersAndStrayBytesInHexadecimal) {
  EXPECT_EQ(Printable(std::string_view("\0\t\x1b[2J\x7f", 7)),
            "\\x00\\x09\\x1b[2J\\x7f");
  EXPECT_EQ(Printable("\xc2\x9b"), "\\xc2\\x9b");    // U+009B, C1
  EXPECT_EQ(Printable("\xff \xc3"), "\\xff \\xc3");  // no UTF-8
  EXPECT_EQ(Printable("\xc0\xaf"), "\\xc0\\xaf");    // overlong
  EXPECT_EQ(Printable("\xe2\x82x"), "\\xe2\\x82x");  // cut short
}

TEST(Printable, CutsLongTextBetweenCharacters) {
  EXPECT_EQ(Printable("12345", 5), "12345");
  EXPECT_EQ(Printable("123456", 5), "12345...");
  EXPECT_EQ(Printable("1234\xc3\xa9", 5), "1234...");
  EXPECT_EQ(Printable(std::string(1'000, 'x')), std::string(200, 'x') + "...");
}

TEST(Quote, IsShortAndInQuotes) {
  EXPECT_EQ(Quote("x"), "\"x\"");
  EXPECT_EQ(Quote(std::string(41, 'x')), '"' + std::string(40, 'x') + "...\"");
}

}  // namespace
}  // namespace tortoise
