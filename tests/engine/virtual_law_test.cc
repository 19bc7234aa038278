// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Long runs in virtual time show the times and the staleness of the literature.
// bench/engine/runtime_table.cc does the same at ten times the length.

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "gtest/gtest.h"
#include "support/long_run.h"

namespace tortoise::testing {
namespace {

constexpr std::int64_t kUpdates = 100'000;

LongRun Measure(const char* protocol, int num_workers,
                const MethodSettings& settings, const DelayLaw& law,
                std::int64_t updates = kUpdates) {
  const std::int64_t skip = 20 * num_workers;
  return MeasureLongRun(
      LongRunOptions(protocol, num_workers, settings, law, updates + skip),
      skip);
}

// The mean over n updates strays by c / sqrt(n), with c the coefficient of
// variation of a time: 1 for exponential times and less for their order
// statistics, 1.9 for the mixture. A quorum of 4 or 12 averages over as many
// gradients, so 4 c / sqrt(n K) < 1.3 % where K = 1, and < 1.2 % for the
// mixture. The table itself is good to 0.3 %.
TEST(VirtualLaw, OfSecondsPerUpdateIsThatOfTheTable) {
  for (const CheckRow& row : CheckTable()) {
    for (const CheckedVariant& variant : kCheckedVariants) {
      SCOPED_TRACE(row.name + " " + variant.protocol);
      const LongRun run = Measure(variant.protocol, row.num_workers,
                                  {.quorum = row.quorum}, row.law);
      EXPECT_NEAR(run.seconds_per_update / (row.*variant.value), 1.0, 0.013);
    }
  }
}

// By order statistics and renewals, and exact. The maximum of 64 has c = 0.27:
// four deviations over 20,000 updates are 0.8 %.
TEST(VirtualLaw, OfSecondsPerUpdateIsThatOfClosedForms) {
  const DelayLaw law = DelayLaw::Exponential(1.0);
  double harmonic = 0.0;
  for (int i = 1; i <= 64; ++i) harmonic += 1.0 / i;
  const double sync = Measure("sync", 64, {}, law, 20'000).seconds_per_update;
  EXPECT_NEAR(sync / harmonic, 1.0, 0.008);
  const double async = Measure("async", 64, {}, law).seconds_per_update;
  EXPECT_NEAR(async * 64, 1.0, 0.013);
}

// Distribution-free: P - 1, P / K - 1 and (P - 1) / K. An update adds one to
// the staleness of all that it leaves in flight, whose number is exact, so a
// mean is off only by what is in flight at the ends of the run: 8 workers, each
// up to some 50 versions stale, in 20,000 updates.
TEST(VirtualLaw, OfMeanStalenessIsExact) {
  constexpr int kWorkers = 8;
  for (const DelayLaw& law :
       {DelayLaw::Exponential(1.0), DelayLaw::ShiftedExponential(1.0, 1.0),
        DelayLaw::HyperExponential({0.5, 5.5}, {0.9, 0.1})}) {
    SCOPED_TRACE(law.name());
    for (const int quorum : {1, 2, 4}) {
      const MethodSettings settings{.quorum = quorum};
      const double k = quorum;
      EXPECT_NEAR(Measure("k-async", kWorkers, settings, law, 20'000).staleness,
                  kWorkers / k - 1.0, 0.02);
      EXPECT_NEAR(
          Measure("k-batch-async", kWorkers, settings, law, 20'000).staleness,
          (kWorkers - 1.0) / k, 0.02);
      EXPECT_EQ(Measure("k-sync", kWorkers, settings, law, 1'000).staleness,
                0.0);
    }
  }
}

// 1 / P for async, K / P for k-async; in k-batch-async the l-th contribution of
// an update is fresh with 1 - (1 - 1 / P)^l. Five deviations of 100,000 draws
// of probability 1/2, were there one per update: 0.8 %.
TEST(VirtualLaw, OfFreshContributionsIsThatOfExponentialTimes) {
  const DelayLaw law = DelayLaw::Exponential(1.0);
  EXPECT_NEAR(Measure("async", 8, {}, law).fresh_fraction, 1.0 / 8, 0.008);
  EXPECT_NEAR(Measure("k-async", 8, {.quorum = 4}, law).fresh_fraction, 0.5,
              0.008);
  double expected = 0.0;
  for (int l = 1; l <= 4; ++l) expected += (1 - std::pow(7.0 / 8, l)) / 4;
  EXPECT_NEAR(Measure("k-batch-async", 8, {.quorum = 4}, law).fresh_fraction,
              expected, 0.008);
}

// Round-robin: of equal times nothing but the first round is fresh.
TEST(VirtualLaw, OfConstantTimesIsRoundRobin) {
  const LongRun run = Measure("async", 8, {}, DelayLaw::Constant(1.0));
  EXPECT_EQ(run.fresh_fraction, 0.0);
  EXPECT_EQ(run.staleness, 7.0);
}

// --- The geometric law of async ----------------------------------------------

class StalenessOfOne : public RunObserver {
 public:
  void OnRecords(const RecordBatch& batch) override {
    for (const ContributionRecord& row : batch.contributions) {
      if (row.worker != 0 || row.fate != Fate::kApplied) continue;
      values.push_back(row.version_counted - row.version_read);
    }
  }
  std::vector<std::int64_t> values;
};

// Of one worker with exponential times: others push by a Poisson process while
// it computes, anew each time, so its staleness values are independent and
// geometric, Pr(s) = (1/P) (1 - 1/P)^s. (Those of different workers depend on
// each other.) The tail is one bin that expects 20 or more.
TEST(VirtualLaw, OfOneWorkersStalenessUnderAsyncIsGeometric) {
  constexpr double kP = 8.0;
  StalenessOfOne observer;
  RunOptions options =
      LongRunOptions("async", 8, {}, DelayLaw::Exponential(1.0), 8 * 40'000);
  (void)RunWithoutModel(options, &observer);
  const auto n = static_cast<double>(observer.values.size());
  ASSERT_GT(n, 39'000);

  std::vector<double> counts;
  std::vector<double> expected;
  double tail = n;
  for (int s = 0; tail * (1 - 1 / kP) >= 20.0; ++s) {
    expected.push_back(tail / kP);
    tail -= tail / kP;
    counts.push_back(static_cast<double>(
        std::count(observer.values.begin(), observer.values.end(), s)));
  }
  expected.push_back(tail);
  counts.push_back(static_cast<double>(std::count_if(
      observer.values.begin(), observer.values.end(), [&](std::int64_t s) {
        return s + 1 >= static_cast<std::int64_t>(expected.size());
      })));

  double chi_squared = 0.0;
  for (std::size_t s = 0; s < counts.size(); ++s) {
    const double difference = counts[s] - expected[s];
    chi_squared += difference * difference / expected[s];
  }
  const boost::math::chi_squared law(static_cast<double>(counts.size() - 1));
  const double p_value = cdf(complement(law, chi_squared));
  EXPECT_GT(p_value, 1e-3);  // the seed is fixed
  EXPECT_LT(p_value, 1 - 1e-3);
}

}  // namespace
}  // namespace tortoise::testing
