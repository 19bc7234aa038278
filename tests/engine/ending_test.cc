// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/ending.h"

#include <limits>
#include <optional>

#include "gtest/gtest.h"

namespace tortoise::internal {
namespace {

RunOptions Options() {
  RunOptions options;
  options.batch_size = 10;
  options.stop.seconds = 5.0;
  options.stop.updates = 100;
  return options;
}

TEST(Ending, IsReachedByUpdatesFirst) {
  RunOptions options = Options();
  options.stop.epochs = 2.0;
  const Ending ending(options, /*num_samples=*/500);
  // Two epochs are 100 gradients of 10 samples.
  EXPECT_EQ(ending.Reached(99, 99), std::nullopt);
  EXPECT_EQ(ending.Reached(99, 100), Termination::kEpochs);
  EXPECT_EQ(ending.Reached(100, 99), Termination::kUpdates);
  EXPECT_EQ(ending.Reached(100, 100), Termination::kUpdates);
}

TEST(Ending, CountsNoEpochsWithoutANumberOfSamplesOrOfEpochs) {
  RunOptions options = Options();
  constexpr std::int64_t kMany = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(Ending(options, 500).Reached(0, kMany), std::nullopt);
  options.stop.epochs = 2.0;
  EXPECT_EQ(Ending(options, 0).Reached(0, kMany), std::nullopt);
}

TEST(Ending, KeepsTheFirstEnd) {
  Ending ending(Options(), 0);
  EXPECT_FALSE(ending.ended());
  ending.End(Termination::kDiverged, 3.0, "first");
  ending.End(Termination::kUpdates, 4.0, "second");
  EXPECT_TRUE(ending.ended());
  Summary summary;
  ending.Report(summary);
  EXPECT_EQ(summary.termination, Termination::kDiverged);
  EXPECT_EQ(summary.message, "first");
  EXPECT_EQ(summary.seconds, 3.0);
}

TEST(Ending, IsNotLaterThanTheLastSecondUnlessSomebodyWasStillWriting) {
  Ending ending(Options(), 0);
  EXPECT_EQ(ending.Clamp(4.5), 4.5);
  EXPECT_EQ(ending.Clamp(7.0), 5.0);
  ending.End(Termination::kInterrupted, 3.0);
  ending.Prolong(2.0);
  EXPECT_EQ(ending.seconds(), 3.0);
  ending.Prolong(3.5);
  EXPECT_EQ(ending.seconds(), 3.5);
}

TEST(Ending, OfARunThatNobodyEndedIsAnInterruption) {
  Summary summary;
  Ending(Options(), 0).Report(summary);
  EXPECT_EQ(summary.termination, Termination::kInterrupted);
}

}  // namespace
}  // namespace tortoise::internal
