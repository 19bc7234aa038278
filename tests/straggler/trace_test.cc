// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <cstddef>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/core/error.h"
#include "tortoise/straggler/delay_tape.h"

namespace tortoise {
namespace {

const std::string kHeader = "worker,gradient,seconds\n";

using Rows = std::vector<std::vector<double>>;

Rows Parse(const std::string& text) {
  return ParseTrace(text, "t.csv").seconds;
}

// The message of ParseTrace, or "accepted".
std::string Complaint(const std::string& text) {
  try {
    (void)ParseTrace(text, "t.csv");
  } catch (const InputError& error) {
    return error.what();
  }
  return "accepted";
}

// --- What is read ------------------------------------------------------------

TEST(ParseTrace, TakesRowsInAnyOrder) {
  EXPECT_EQ(Parse(kHeader + "1,0,0.5\n0,1,2e-3\n0,0,1\n1,1,0\n1,2,7\n"),
            (Rows{{1, .002}, {.5, 0, 7}}));
}

TEST(ParseTrace, TakesBothLineEndsAndAMissingLastOne) {
  EXPECT_EQ(Parse("worker,gradient,seconds\r\n0,0,1\r\n0,1,2"), (Rows{{1, 2}}));
}

TEST(ParseTrace, KeepsEveryBitOfANumber) {
  EXPECT_EQ(Parse(kHeader + "0,0,0.1\n0,1,0.30000000000000004\n"),
            (Rows{{.1, .1 + .2}}));
}

TEST(Trace, MeanIsOverAllEntries) {
  EXPECT_EQ((Trace{{{1, 2}, {6}}}.Mean()), 3);
  EXPECT_EQ(Trace{}.Mean(), 0);
}

// --- What is refused ---------------------------------------------------------

TEST(ParseTrace, NamesTheLineAndColumnOfABadField) {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"0,0,1\nx,1,1\n", "3: worker = \"x\" must be an integer >= 0"},
      {"-1,0,1\n", "2: worker = \"-1\" must be an integer >= 0"},
      {"0,1.5,1\n", "2: gradient = \"1.5\" must be an integer >= 0"},
      {"0, 0,1\n", "2: gradient = \" 0\" must be an integer >= 0"},
      {"0,,1\n", "2: gradient = \"\" must be an integer >= 0"},
      {"18446744073709551616,0,1\n",
       "2: worker = \"18446744073709551616\" must be an integer >= 0"},
      {"0,0,-1\n", "2: seconds = \"-1\" must be a finite number >= 0"},
      {"0,0,nan\n", "2: seconds = \"nan\" must be a finite number >= 0"},
      {"0,0,1e999\n", "2: seconds = \"1e999\" must be a finite number >= 0"},
      {"0,0,5ms\n", "2: seconds = \"5ms\" must be a finite number >= 0"},
      {"0,0\n",
       "2: row has 2 columns and must have 3 "
       "(worker,gradient,seconds)"},
      {"0,0,1,1\n",
       "2: row has 4 columns and must have 3 "
       "(worker,gradient,seconds)"},
      {"0,0,1\n\n0,1,1\n", "3: line is empty"}};
  for (const auto& [rows, message] : refused) {
    EXPECT_EQ(Complaint(kHeader + rows), "t.csv:" + message);
  }
}

TEST(ParseTrace, NamesWhatIsMissingOrDouble) {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"0,0,1\n0,2,1\n", "3: worker 0 has gradient 2, but not gradient 1"},
      {"0,1,1\n", "2: worker 0 has gradient 1, but not gradient 0"},
      {"2,0,1\n0,0,1\n", "2: worker 2 has rows, but worker 1 has none"},
      {"1,0,1\n", "2: worker 1 has rows, but worker 0 has none"},
      {"0,0,1\n0,1,1\n0,0,1\n",
       "4: worker 0, gradient 0 is given twice; the first time on line 2"}};
  for (const auto& [rows, message] : refused) {
    EXPECT_EQ(Complaint(kHeader + rows), "t.csv:" + message);
  }
}

// An index is compared, never used as a size.
TEST(ParseTrace, RefusesAbsurdIndicesWithoutMakingRoomForThem) {
  EXPECT_EQ(Complaint(kHeader + "0,18446744073709551615,1\n"),
            "t.csv:2: worker 0 has gradient 18446744073709551615, but not "
            "gradient 0");
  EXPECT_EQ(Complaint(kHeader + "0,0,1\n18446744073709551615,0,1\n"),
            "t.csv:3: worker 18446744073709551615 has rows, but worker 1 has "
            "none");
}

TEST(ParseTrace, WantsItsHeaderAndARow) {
  EXPECT_EQ(Complaint(""),
            "t.csv:1: header \"\" must be \"worker,gradient,seconds\"");
  EXPECT_EQ(Complaint("0,0,1\n"),
            "t.csv:1: header \"0,0,1\" must be \"worker,gradient,seconds\"");
  EXPECT_EQ(Complaint(kHeader), "t.csv: has no rows");
  EXPECT_EQ(Complaint("\x1f\x8b\b"), "t.csv: is compressed; unpack it first");
}

TEST(ParseTrace, ShowsStrangeTextShortAndPrintable) {
  EXPECT_EQ(Complaint(kHeader + "0,\x01\xff,1\n"),
            "t.csv:2: gradient = \"\\x01\\xff\" must be an integer >= 0");
  EXPECT_EQ(Complaint(kHeader + std::string(1000, '1') + ",0,1\n"),
            "t.csv:2: worker = \"" + std::string(40, '1') +
                "...\" must be an integer >= 0");
}

// --- Files -------------------------------------------------------------------

TEST(ReadTrace, ReadsAFile) {
  const std::string path = ::testing::TempDir() + "tortoise_trace_test.csv";
  std::ofstream(path) << kHeader << "0,0,1\n";
  EXPECT_EQ(ReadTrace(path).seconds, (Rows{{1}}));

  std::ofstream(path) << "";
  EXPECT_THROW((void)ReadTrace(path), InputError);
  std::filesystem::remove(path);
}

TEST(ReadTrace, NamesAFileThatCannotBeRead) {
  const auto complaint = [](const std::string& path) -> std::string {
    try {
      (void)ReadTrace(path);
    } catch (const InputError& error) {
      return error.what();
    }
    return "accepted";
  };
  EXPECT_EQ(complaint("/nonexistent/t.csv"),
            "/nonexistent/t.csv: cannot be opened");
  EXPECT_EQ(complaint("/"), "/: is a folder, not a trace");
}

}  // namespace
}  // namespace tortoise
