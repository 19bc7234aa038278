// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/read.h"

#include <string>
#include <string_view>

#include "data/data_testing.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

const std::string kImages("\0\0\x08\x03\0\0\0\x01\0\0\0\x01\0\0\0\x02\x33\x66",
                          18);
const std::string kLabels("\0\0\x08\x01\0\0\0\x01\x05", 9);

Dataset Read(std::string_view bytes, const ReadOptions& options = {}) {
  const TestFolder folder;
  return ReadDataset(folder.Write("file", bytes), options);
}

// --- Recognising the format --------------------------------------------------

TEST(ReadDataset, RecognisesLibsvm) {
  for (const char* text :
       {"1 1:2\n", "+1 3:4 5:6\n", "\n# comment\n1 1:2\n", "-1\n1 1:2\n",
        "-1 # nothing\n1 1:2\n", "0.5\t1:2\n", "\xef\xbb\xbf-1 1:2\n"}) {
    EXPECT_TRUE(Read(text).is_sparse()) << text;
  }
}

TEST(ReadDataset, RecognisesCsv) {
  for (const char* text : {"1,2\n", "a,b\n1,2\n", "time hh:mm,price\n1,2\n",
                           "a b,c\n1,2\n", "\r\n1,2\r\n", "# x,y\n1,2\n",
                           "\xef\xbb\xbf"
                           "1,2\n"}) {
    const Dataset data = Read(text);
    EXPECT_FALSE(data.is_sparse()) << text;
    EXPECT_EQ(data.num_rows(), 1u) << text;
  }
}

TEST(ReadDataset, SaysWhatIsWrongInTheFormatThatWasMeant) {
  ExpectInputError([] { (void)Read("1 0:5\n"); }, 1, "ids count from 1");
  ExpectInputError([] { (void)Read("a 1:5\n"); }, 1, "label \"a\" is not");
  ExpectInputError([] { (void)Read("1,2 1:5\n"); }, 1, "label \"1,2\" is not");
  ExpectInputError([] { (void)Read("nan\n"); }, 1, "label \"nan\" is not");
  ExpectInputError([] { (void)Read("1,2\n1 1:5\n"); }, 2, "has 1 fields");
}

TEST(ReadDataset, TakesTheFormatItIsTold) {
  ExpectInputError([] { (void)Read("1,2\n", {.format = DataFormat::kLibsvm}); },
                   1, "label \"1,2\" is not a number");
  ExpectInputError([] { (void)Read("1 1:2\n", {.format = DataFormat::kCsv}); },
                   1, "has one column only");
  const TestFolder folder;
  const std::string path = folder.Write("images-idx3", "1,2\n");
  folder.Write("labels-idx1", kLabels);
  ExpectInputError(
      [&] { (void)ReadDataset(path, {.format = DataFormat::kIdx}); }, 0,
      path + ": is not IDX");
}

TEST(ReadDataset, RefusesEmptyFiles) {
  ExpectInputError([] { (void)Read(""); }, 0, "file: is empty");
  ExpectInputError([] { (void)Read(Gzip("")); }, 0, "file: is empty");
  ExpectInputError([] { (void)Read("\n\n"); }, 0, "holds no rows");
  ExpectInputError([] { (void)Read("# only\n"); }, 0, "holds no rows");
}

TEST(ReadDataset, RefusesATargetOutsideCsv) {
  ExpectInputError([] { (void)Read("1 1:2\n", {.target = "a"}); }, 0,
                   "is not CSV");
}

// --- gzip --------------------------------------------------------------------

TEST(ReadDataset, ReadsGzipLikePlainText) {
  for (const char* text : {"1 1:2\n-1 3:4\n", "a,b\n1,2\n3,4\n"}) {
    EXPECT_EQ(ContentsOf(Read(Gzip(text))), ContentsOf(Read(text)));
  }
}

TEST(ReadDataset, RefusesTruncatedGzip) {
  ExpectInputError([] { (void)Read(Gzip("1 1:2\n").substr(0, 20)); }, 0,
                   "file: truncated gzip data");
}

TEST(ReadDataset, CountsLinesOfTheTextInside) {
  ExpectInputError([] { (void)Read(Gzip("1 1:2\n1 1:x\n")); }, 2,
                   "file:2: value \"x\" is not a number");
}

// --- IDX ---------------------------------------------------------------------

TEST(ReadDataset, FindsTheLabelsBesideTheImages) {
  const TestFolder folder;
  const std::string path = folder.Write("t10k-images-idx3-ubyte", kImages);
  folder.Write("t10k-labels-idx1-ubyte", kLabels);
  const Dataset data = ReadDataset(path);
  EXPECT_THAT(data.labels(), testing::ElementsAre(5.0));
  EXPECT_THAT(data.DenseRow(0), testing::ElementsAre(0.2f, 0.4f));
}

TEST(ReadDataset, FindsCompressedLabelsBesideCompressedImages) {
  const TestFolder folder;
  const std::string path =
      folder.Write("train-images-idx3-ubyte.gz", Gzip(kImages));
  folder.Write("train-labels-idx1-ubyte.gz", Gzip(kLabels));
  EXPECT_EQ(ReadDataset(path).num_rows(), 1u);
}

TEST(ReadDataset, NamesTheMissingLabels) {
  const TestFolder folder;
  const std::string path = folder.Write("a-images-idx3-ubyte", kImages);
  const std::string labels = folder.Path("a-labels-idx1-ubyte");
  ExpectInputError([&] { (void)ReadDataset(path); }, 0,
                   path + ": its labels: " + labels + ": cannot be read: No");
}

TEST(ReadDataset, NamesTheRuleForLabelsItCannotFind) {
  ExpectInputError([] { (void)Read(kImages); }, 0,
                   "\"images-idx3\" replaced by \"labels-idx1\"");
}

}  // namespace
}  // namespace tortoise
