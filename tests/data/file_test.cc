// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <thread>

#include "data/data_testing.h"
#include "tortoise/core/random.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

std::string RandomBytes(std::size_t size, std::uint64_t seed) {
  RandomSequence random(RandomStream(seed, 0, Purpose::kData));
  std::string bytes(size, '\0');
  for (char& byte : bytes) byte = static_cast<char>(random.Index(256));
  return bytes;
}

// --- Gunzip ------------------------------------------------------------------

RC_GTEST_PROP(Gunzip, GivesBackWhatWasCompressed, (const std::string& text)) {
  RC_ASSERT(Gunzip(Gzip(text), "x") == text);
}

TEST(Gunzip, GivesBackMoreThanOneBuffer) {
  for (const std::size_t size : {(1u << 20) - 1, 1u << 20, 5'000'000u}) {
    const std::string noise = RandomBytes(size, size);
    EXPECT_EQ(Gunzip(Gzip(noise), "x"), noise);
    const std::string zeros(size, '0');
    EXPECT_EQ(Gunzip(Gzip(zeros), "x"), zeros);
  }
}

TEST(Gunzip, JoinsMembers) {
  EXPECT_EQ(Gunzip(Gzip("one") + Gzip("") + Gzip("two"), "x"), "onetwo");
}

TEST(Gunzip, IgnoresZerosBehindTheData) {
  EXPECT_EQ(Gunzip(Gzip("one") + std::string(512, '\0'), "x"), "one");
}

TEST(Gunzip, RefusesOtherBytesBehindTheData) {
  ExpectInputError([] { (void)Gunzip(Gzip("one") + "more", "x.gz"); }, 0,
                   "x.gz: has bytes after the end of its gzip data");
}

TEST(Gunzip, RefusesEveryTruncation) {
  const std::string whole = Gzip("the first") + Gzip("the second");
  const std::size_t first = Gzip("the first").size();
  for (std::size_t size = 0; size < whole.size(); ++size) {
    if (size == first) continue;  // a whole member
    SCOPED_TRACE(size);
    ExpectInputError([&] { (void)Gunzip(whole.substr(0, size), "x.gz"); }, 0,
                     "x.gz: truncated gzip data");
  }
}

TEST(Gunzip, RefusesDamage) {
  const std::string whole = Gzip("some text that is long enough, enough");
  const std::size_t checksum = whole.size() - 8;
  for (const std::size_t at :
       {std::size_t{0}, std::size_t{2}, checksum, whole.size() - 4}) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    SCOPED_TRACE(at);
    ExpectInputError([&] { (void)Gunzip(damaged, "x.gz"); }, 0,
                     "x.gz: damaged gzip data");
  }
}

// --- ReadFileBytes -----------------------------------------------------------

TEST(ReadFileBytes, ReadsPlainAndGzipFiles) {
  const TestFolder folder;
  for (const std::size_t size : {0u, 1u, 3'000'000u}) {
    const std::string bytes = RandomBytes(size, 1);
    EXPECT_EQ(ReadFileBytes(folder.Write("plain", bytes)), bytes);
    EXPECT_EQ(ReadFileBytes(folder.Write("packed", Gzip(bytes))), bytes);
  }
}

TEST(ReadFileBytes, ReadsAPipe) {
  const TestFolder folder;
  const std::string path = folder.Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const std::string bytes = RandomBytes(2'000'000, 2);
  std::jthread writer([&] { folder.Write("pipe", bytes); });
  EXPECT_EQ(ReadFileBytes(path), bytes);
}

TEST(ReadFileBytes, NamesWhatCannotBeRead) {
  const TestFolder folder;
  const std::string missing = folder.Path("missing");
  ExpectInputError([&] { (void)ReadFileBytes(missing); }, 0,
                   missing + ": cannot be read: No such file or directory");
  const std::string path = folder.Path("");
  ExpectInputError([&] { (void)ReadFileBytes(path); }, 0,
                   path + ": cannot be read: Is a directory");
  const std::string cut = folder.Write("cut.gz", Gzip("text").substr(0, 15));
  ExpectInputError([&] { (void)ReadFileBytes(cut); }, 0,
                   cut + ": truncated gzip data");
}

}  // namespace
}  // namespace tortoise
