// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <string>

#include "experiment/temporary_folder.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

TEST(DescribeKeys, IsWhatTheManualSays) {
  EXPECT_EQ(ReadText(TORTOISE_SOURCE_DIR "/docs/experiment-file.md"),
            DescribeKeys())
      << "write it again: tortoise check --keys > docs/experiment-file.md";
}

TEST(DescribeKeys, NamesKeysWithTypeDefaultAndRange) {
  const std::string text = DescribeKeys();
  EXPECT_THAT(text,
              HasSubstr("| `workers.batch_size` | an integer from 1 to "));
  EXPECT_THAT(text, HasSubstr(" | `32` | Samples per gradient. |"));
  EXPECT_THAT(text, HasSubstr("| `step.size` | a number above 0 | required |"));
  for (const Preset& preset : Presets()) {
    EXPECT_THAT(text, HasSubstr("| `" + preset.name + "` |"));
  }
  for (const DelayLawInfo& law : DelayLaws()) {
    EXPECT_THAT(text, HasSubstr("| `" + law.name + "` |"));
  }
}

}  // namespace
}  // namespace tortoise
