// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/protocol/presets.h"

#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kHuge = std::numeric_limits<std::int64_t>::max();

// The message of MakeMethod, or "accepted".
std::string Complaint(const std::string& protocol, int workers,
                      const MethodSettings& settings) {
  try {
    (void)MakeMethod(protocol, workers, settings);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

// --- The table ---------------------------------------------------------------

struct Expected {
  std::string protocol;
  MethodSettings settings;
  int quorum;
  bool waits;
  bool cancels;
};

TEST(MakeMethod, PlacesEveryPresetInTheTable) {
  const std::vector<Expected> rows = {
      {"sync", {}, 8, true, false},
      {"k-sync", {.quorum = 3}, 3, true, true},
      {"k-batch-sync", {.quorum = 3}, 3, false, true},
      {"async", {}, 1, false, false},
      {"k-async", {.quorum = 3}, 3, true, false},
      {"k-batch-async", {.quorum = 3}, 3, false, false},
      {"ssp", {.staleness_bound = 2}, 1, false, false},
      {"local-sgd", {.local_steps = 5}, 8, true, false},
      {"hogwild", {}, 1, false, false},
  };
  ASSERT_EQ(rows.size(), Presets().size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    const Expected& row = rows[i];
    SCOPED_TRACE(row.protocol);
    EXPECT_EQ(Presets()[i].name, row.protocol);
    EXPECT_FALSE(Presets()[i].summary.empty());
    const Method method = MakeMethod(row.protocol, 8, row.settings);
    EXPECT_EQ(method.protocol, row.protocol);
    EXPECT_EQ(method.num_workers, 8);
    EXPECT_EQ(method.synchrony.quorum, row.quorum);
    EXPECT_EQ(method.synchrony.waits_after_push, row.waits);
    EXPECT_EQ(method.synchrony.cancels_stragglers, row.cancels);
    EXPECT_EQ(method.synchrony.staleness_bound, row.settings.staleness_bound);
    EXPECT_EQ(method.local_steps, row.settings.local_steps.value_or(1));
    EXPECT_EQ(method.writes_in_place(), row.protocol == "hogwild");
  }
}

TEST(MakeMethod, HogwildTakesLocalSteps) {
  EXPECT_EQ(MakeMethod("hogwild", 2, {.local_steps = 4}).local_steps, 4);
}

TEST(MakeMethod, HogwildTakesAMemoryPolicy) {
  EXPECT_EQ(MakeMethod("hogwild", 2).aggregation, Aggregation(InPlace{}));
  EXPECT_EQ(
      MakeMethod("hogwild", 2, {.memory = MemoryPolicy::kSharded}).aggregation,
      Aggregation(InPlace{MemoryPolicy::kSharded}));
}

TEST(FindPreset, FindsByNameOnly) {
  ASSERT_NE(FindPreset("hogwild"), nullptr);
  EXPECT_EQ(FindPreset("hogwild")->Takes("memory"), Taken::kOptional);
  EXPECT_EQ(FindPreset("ssp")->Takes("staleness_bound"), Taken::kRequired);
  EXPECT_EQ(FindPreset("ssp")->Takes("memory"), Taken::kNo);
  EXPECT_EQ(FindPreset("SSP"), nullptr);
  EXPECT_EQ(FindPreset(""), nullptr);
}

// --- What is refused ---------------------------------------------------------

TEST(MakeMethod, SuggestsAPresetForATypo) {
  EXPECT_EQ(Complaint("k-asinc", 8, {.quorum = 2}),
            "unknown protocol \"k-asinc\"; did you mean \"k-async\"?");
  EXPECT_EQ(Complaint("zzzzzzzz", 8, {}),
            "unknown protocol \"zzzzzzzz\"; there are sync, k-sync, "
            "k-batch-sync, async, k-async, k-batch-async, ssp, local-sgd, "
            "hogwild");
}

TEST(MakeMethod, NamesAMissingSetting) {
  for (const std::string protocol :
       {"k-sync", "k-batch-sync", "k-async", "k-batch-async"}) {
    EXPECT_EQ(Complaint(protocol, 8, {}), protocol + " needs quorum");
  }
  EXPECT_EQ(Complaint("ssp", 8, {}), "ssp needs staleness_bound");
  EXPECT_EQ(Complaint("local-sgd", 8, {}), "local-sgd needs local_steps");
}

TEST(MakeMethod, NamesASettingThatIsNotTaken) {
  EXPECT_EQ(Complaint("async", 8, {.quorum = 2}), "async takes no quorum");
  EXPECT_EQ(Complaint("sync", 8, {.quorum = 8}), "sync takes no quorum");
  EXPECT_EQ(Complaint("k-sync", 8, {.quorum = 2, .local_steps = 1}),
            "k-sync takes no local_steps");
  EXPECT_EQ(Complaint("k-async", 8, {.quorum = 2, .staleness_bound = 1}),
            "k-async takes no staleness_bound");
  EXPECT_EQ(Complaint("async", 8, {.memory = MemoryPolicy::kAtomic}),
            "async takes no memory");
}

TEST(MakeMethod, RefusesValuesOutOfRange) {
  EXPECT_EQ(Complaint("sync", 0, {}), "num_workers = 0 must be >= 1");
  EXPECT_EQ(Complaint("k-sync", 8, {.quorum = 0}), "quorum = 0 must be >= 1");
  EXPECT_EQ(Complaint("local-sgd", 8, {.local_steps = 0}),
            "local_steps = 0 must be >= 1");
  EXPECT_EQ(Complaint("ssp", 8, {.staleness_bound = -1}),
            "staleness_bound = -1 must be >= 0");
  EXPECT_EQ(Complaint("ssp", 8, {.staleness_bound = kHuge}), "accepted");
}

TEST(MakeMethod, RefusesWhatWouldNotFitIntoAnInt) {
  EXPECT_EQ(Complaint("k-batch-async", 8, {.quorum = std::int64_t{1} << 32}),
            "quorum = 4294967296 must be <= 2147483647");
  EXPECT_EQ(Complaint("local-sgd", 8, {.local_steps = kHuge}),
            "local_steps = 9223372036854775807 must be <= 2147483647");
}

TEST(MakeMethod, AllowsAQuorumAboveTheWorkersOnlyInBatchPresets) {
  for (const std::string protocol : {"k-sync", "k-async"}) {
    EXPECT_EQ(Complaint(protocol, 8, {.quorum = 8}), "accepted");
    EXPECT_THAT(Complaint(protocol, 8, {.quorum = 9}),
                HasSubstr("quorum = 9 must be <= 8, the number of workers"));
  }
  for (const std::string protocol : {"k-batch-sync", "k-batch-async"}) {
    EXPECT_EQ(Complaint(protocol, 8, {.quorum = 20}), "accepted");
  }
}

}  // namespace
}  // namespace tortoise
