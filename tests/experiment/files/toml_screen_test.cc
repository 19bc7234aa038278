// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/toml_screen.h"

#include <string>

#include "experiment/files/toml_tree.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

using testing::HasSubstr;

std::string ErrorOf(const std::string& text) {
  try {
    CheckTomlText(text, "f.toml");
    return "passes";
  } catch (const InputError& error) {
    return error.what();
  }
}

// Each of these makes toml++ 3.3.0 abort, recurse without end or worse.
TEST(TomlScreen, RefusesWhatTheParserDoesNotSurvive) {
  EXPECT_THAT(ErrorOf("a = 1\n[[[racer]]]\n"),
              HasSubstr("f.toml:2: a table header must look like"));
  EXPECT_THAT(ErrorOf("[!problem]\n"), HasSubstr("a table header"));
  EXPECT_THAT(ErrorOf("[\n"), HasSubstr("a table header"));
  EXPECT_THAT(ErrorOf("\xc3\xa4 = 1\n"), HasSubstr("outside ASCII"));
  EXPECT_THAT(ErrorOf("a = 1\nb = \"\x01\"\n"),
              HasSubstr("f.toml:2: control character 0x01"));
  EXPECT_THAT(ErrorOf("a = \"\\\xc3\xa4\"\n"), HasSubstr("a backslash"));
  EXPECT_THAT(ErrorOf("a = " + std::string(40, '[')),
              HasSubstr("nested too deeply"));
  std::string dots = "a";
  for (int k = 0; k < 40; ++k) dots += ".a";
  EXPECT_THAT(ErrorOf(dots + " = 1\n"), HasSubstr("too many parts"));
  EXPECT_THAT(ErrorOf("a = 0\"b\n"), HasSubstr("strings need quotes"));
  EXPECT_THAT(ErrorOf("a = \"b\"\"c\"\n"), HasSubstr("may open"));
  EXPECT_THAT(ErrorOf(std::string(kMaxTomlBytes + 1, ' ')),
              HasSubstr("is larger than 4 MiB"));
}

TEST(TomlScreen, LetsTomlThrough) {
  const std::string text =
      "\xef\xbb\xbf# \xc3\xa4 comment with \"quotes\" and [brackets]\r\n"
      "a = \"[[[\"  # not a header\n"
      "'b.c'.\"d\" = [1, [2, 3], { e = 'f' }]\n"
      "long = \"\"\"two\n\"lines\"\"\"\"\n"
      "raw = '''\\'''\n"
      "joined = \"\"\"a \\\n   b\"\"\"\n"
      "umlaut = \"\xc3\xa4\"\n"
      "[ table . sub ]\n"
      "date = 1979-05-27T07:32:00Z\n"
      "[[racer]]\n"
      "x = 1e-3\n";
  EXPECT_EQ(ErrorOf(text), "passes");
  EXPECT_EQ(ParseToml(text, "f.toml").Find("umlaut")->text, "\xc3\xa4");
}

// What is wrong, but harmless, is left to the parser, which says it better.
TEST(TomlScreen, LeavesOtherFaultsToTheParser) {
  for (const char* text : {"a = \n", "a = \"open\n", "a\n", "= 1\n", "[a\n",
                           "a = [1, 2\n", "a = 1 2\n", "a = 01\n"}) {
    EXPECT_EQ(ErrorOf(text), "passes") << text;
    EXPECT_THROW((void)ParseToml(text, "f.toml"), InputError) << text;
  }
}

}  // namespace
}  // namespace tortoise::internal
