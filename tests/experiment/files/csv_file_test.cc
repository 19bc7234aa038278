// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Tables and files as they are written and read back.

#include "experiment/files/csv_file.h"

#include <cmath>
#include <filesystem>
#include <limits>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "experiment/files/atomic_file.h"
#include "experiment/files/csv_reader.h"
#include "experiment/files/folder_lock.h"
#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

using testing::HasSubstr;

constexpr const char* kHeader = "name,x,n";

class Csv : public testing::Test {
 protected:
  [[nodiscard]] std::string Read() const { return ReadText(path_); }

  // What is wrong with a table of these lines, read as it should be.
  std::string ErrorOf(const std::string& lines) {
    WriteText(path_, "name,x,n\n" + lines);
    try {
      CsvReader reader(path_, kHeader);
      while (auto row = reader.Next("")) {
        row->Text("name");
        row->Number("x");
        row->Int("n", 1);
        row->End();
      }
      return "fine";
    } catch (const InputError& error) {
      return error.what();
    }
  }

  TemporaryFolder folder_;
  std::string path_ = folder_.path() + "/t.csv";
};

// --- CsvFile -----------------------------------------------------------------

TEST_F(Csv, WritesNumbersThatReadBackAndNothingForWhatIsNot) {
  {
    CsvFile file(path_, kHeader);
    file.Row("a", 0.1, 3);
    file.Row("b", std::nan(""), std::optional<int>());
    file.Row("c", 5e-324, std::int64_t{1} << 62);
  }
  EXPECT_EQ(Read(), "name,x,n\na,0.1,3\nb,,\nc,5e-324,4611686018427387904\n");
}

TEST_F(Csv, QuotesWhatWouldBreakTheTable) {
  { CsvFile(path_, "name").Row("a,\"b\"\n"); }
  EXPECT_EQ(Read(), "name\n\"a,\"\"b\"\"\n\"\n");
}

TEST_F(Csv, KeepsTheFirstBytesOnly) {
  std::uint64_t kept = 0;
  {
    CsvFile file(path_, kHeader);
    file.Row("a", 1.0, 1);
    kept = file.size();
    file.Row("b", 2.0, 2);
  }
  { CsvFile(path_, kHeader, kept).Row("c", 3.0, 3); }
  EXPECT_EQ(Read(), "name,x,n\na,1,1\nc,3,3\n");
  { CsvFile begun_anew(path_, kHeader, 0); }
  EXPECT_EQ(Read(), "name,x,n\n");
}

TEST_F(Csv, ReplacesRowsBehindAByte) {
  CsvFile file(path_, kHeader);
  file.Row("a", 1.0, 1);
  const std::uint64_t kept = file.size();
  for (int k = 0; k < 10'000; ++k) file.Row("b", 2.0, k);
  file.Replace(kept, [&] { file.Row("c", 3.0, 3); });
  file.Row("d", 4.0, 4);
  file.Flush();
  EXPECT_EQ(Read(), "name,x,n\na,1,1\nc,3,3\nd,4,4\n");
  EXPECT_EQ(file.size(), Read().size());
}

TEST_F(Csv, KeepsItsRowsIfTheirReplacementFails) {
  CsvFile file(path_, kHeader);
  file.Row("a", 1.0, 1);
  EXPECT_THROW(file.Replace(0, [] { throw OutputError("full"); }), OutputError);
  file.Flush();
  EXPECT_EQ(Read(), "name,x,n\na,1,1\n");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(Csv, DoesNotOverwriteAFile) {
  WriteText(path_, "mine");
  EXPECT_THROW(CsvFile(path_, kHeader), OutputError);
  EXPECT_EQ(Read(), "mine");
}

// --- CsvReader ---------------------------------------------------------------

// Rows beyond one block of the reader, in runs of chance lengths.
TEST_F(Csv, ReadsWhatWasWrittenRunByRun) {
  std::mt19937_64 draw(1);
  std::vector<std::vector<double>> runs(40);
  {
    CsvFile file(path_, kHeader);
    for (std::size_t r = 0; r < runs.size(); ++r) {
      runs[r].resize(draw() % 2000);
      for (double& x : runs[r]) {
        x = std::ldexp(static_cast<double>(draw()),
                       static_cast<int>(draw() % 200) - 100);
        file.Row(std::to_string(r), x, 7);
      }
    }
  }
  CsvReader reader(path_, kHeader);
  for (std::size_t r = 0; r < runs.size(); ++r) {
    std::vector<double> read;
    while (auto row = reader.Next(std::to_string(r) + ',')) {
      read.push_back(row->Number("x"));
      EXPECT_EQ(row->Int("n", 0), 7);
      row->End();
    }
    EXPECT_EQ(read, runs[r]) << r;
  }
  EXPECT_FALSE(reader.HasNext());
  EXPECT_EQ(reader.offset(), std::filesystem::file_size(path_));
}

TEST_F(Csv, ALastLineWithoutItsEndIsNoRow) {
  WriteText(path_, "name,x,n\na,1,1\nb,2");
  CsvReader reader(path_, kHeader);
  EXPECT_TRUE(reader.Next("a,").has_value());
  EXPECT_FALSE(reader.HasNext());
  EXPECT_EQ(reader.offset(), std::string("name,x,n\na,1,1\n").size());
}

TEST_F(Csv, NamesTheLineAndTheColumn) {
  EXPECT_EQ(ErrorOf("a,1,1\n"), "fine");
  EXPECT_THAT(ErrorOf("a,1,1\na,one,1\n"),
              HasSubstr("t.csv:3: x = \"one\" must be a number"));
  EXPECT_THAT(ErrorOf("a,1,0\n"),
              HasSubstr("n = \"0\" must be an integer >= 1"));
  EXPECT_THAT(ErrorOf("a,1,1.5\n"), HasSubstr("n = \"1.5\""));
  EXPECT_THAT(ErrorOf("a,1,3000000000\n"), HasSubstr("a smaller integer"));
  EXPECT_THAT(ErrorOf("a,1\n"), HasSubstr("t.csv:2: n is missing"));
  EXPECT_THAT(ErrorOf("a,1,1,1\n"), HasSubstr("too many fields"));
  EXPECT_THAT(ErrorOf(std::string(100'000, 'a')), HasSubstr("is too long"));
}

TEST_F(Csv, RefusesAnotherHeader) {
  for (const char* text : {"", "name,x", "name,x,n", "name,x,n,m\n", "x\n"}) {
    WriteText(path_, text);
    EXPECT_THROW(CsvReader(path_, kHeader), InputError) << text;
  }
  EXPECT_THROW(CsvReader(folder_.path(), kHeader), InputError);
}

// --- AtomicFile --------------------------------------------------------------

TEST_F(Csv, AnAtomicFileAppearsWholeOrNotAtAll) {
  WriteFile(path_, "old");
  {
    AtomicFile file(path_);
    file.Append(std::string(1 << 20, 'x'));
    EXPECT_EQ(Read(), "old");
  }
  EXPECT_EQ(Read(), "old");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
  AtomicFile file(path_);
  file.Append("new");
  file.Append(" text");
  file.Commit();
  EXPECT_EQ(Read(), "new text");
  EXPECT_FALSE(std::filesystem::exists(path_ + ".tmp"));
}

TEST_F(Csv, AFileThatCannotBeWrittenIsNamed) {
  try {
    WriteFile(folder_.path() + "/no/such/file", "text");
    FAIL();
  } catch (const OutputError& error) {
    EXPECT_THAT(error.what(), HasSubstr("/no/such/file"));
    EXPECT_THAT(error.what(), HasSubstr("cannot be written: No such file"));
  }
}

// --- FolderLock --------------------------------------------------------------

TEST_F(Csv, AFolderIsLockedOnceAtATime) {
  {
    const FolderLock lock(folder_.path());
    EXPECT_THROW(FolderLock(folder_.path()), InputError);
  }
  const FolderLock again(folder_.path());
}

}  // namespace
}  // namespace tortoise::internal
