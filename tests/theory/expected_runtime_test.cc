// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/expected_runtime.h"

#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "theory/runtime_testing.h"

namespace tortoise {
namespace {

using testing::LoopResult;
using testing::Model;
using testing::SecondsOf;
using testing::Simulate;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- Anchors -----------------------------------------------------------------

struct Anchor {
  DelayLaw law;
  int workers, quorum;
  double k_sync, k_batch_sync, k_async, k_batch_async;
};

// Simulated elsewhere, 400,000 updates each; Dutta et al. 2018 give the laws.
TEST(ExpectedSeconds, ReproduceOrBracketTheTableOfTheLiterature) {
  const DelayLaw exponential = DelayLaw::Exponential(1);
  const DelayLaw shifted = DelayLaw::ShiftedExponential(1, 1);
  const DelayLaw pareto = DelayLaw::Pareto(1, 2);
  const DelayLaw hyper = DelayLaw::HyperExponential({.5, 5.5}, {.9, .1});
  const Anchor anchors[] = {{exponential, 8, 1, .125, .125, .125, .125},
                            {exponential, 8, 4, .6345, .5, .6345, .5},
                            {exponential, 16, 4, .2775, .25, .2775, .25},
                            {exponential, 16, 12, 1.2974, .75, 1.2974, .75},
                            {shifted, 8, 1, 1.125, 1.125, .25, .25},
                            {shifted, 8, 4, 1.634, 1.631, 1.24, 1.0},
                            {shifted, 16, 12, 2.297, 2.196, 2.129, 1.5},
                            {pareto, 8, 4, 1.393, 1.391, 1.234, 1.0},
                            {pareto, 16, 12, 1.954, 1.882, 2.143, 1.5},
                            {hyper, 8, 4, .369, .284, .658, .5}};
  for (const Anchor& anchor : anchors) {
    const auto expect = [&](const char* protocol, double seconds) {
      const Expectation e = ExpectedSecondsPerUpdate(Model(
          protocol, anchor.workers, anchor.law, {.quorum = anchor.quorum}));
      SCOPED_TRACE(anchor.law.name() + " " + protocol + ": " + e.reason);
      if (e.value) {
        EXPECT_NEAR(*e.value / seconds, 1.0, 4e-3);
      }
      EXPECT_TRUE(e.value || e.lower || e.upper);
      if (e.lower) {
        EXPECT_LE(*e.lower, seconds * 1.003);
      }
      if (e.upper) {
        EXPECT_GE(*e.upper, seconds / 1.003);
      }
    };
    expect("k-sync", anchor.k_sync);
    expect("k-batch-sync", anchor.k_batch_sync);
    expect("k-async", anchor.k_async);
    expect("k-batch-async", anchor.k_batch_async);
  }
}

TEST(ExpectedSeconds, OfPeriodicAveragingGiveTheSpeedUpOfItsExample) {
  RuntimeModel sync = Model("sync", 16, DelayLaw::Exponential(1));
  RuntimeModel local =
      Model("local-sgd", 16, DelayLaw::Exponential(1), {.local_steps = 10});
  sync.round_delay = local.round_delay = DelayLaw::Constant(1);
  EXPECT_NEAR(SecondsOf(sync) / (SecondsOf(local) / 10), 2.527, 1e-3);
}

TEST(ExpectedSeconds, OfExponentialRacesAreInClosedForm) {
  for (const int workers : {8, 16, 100, 1000}) {
    double harmonic = 0.0;
    for (int i = 1; i <= workers; ++i) harmonic += 1.0 / i;
    const DelayLaw law = DelayLaw::Exponential(2);
    EXPECT_NEAR(SecondsOf(Model("sync", workers, law)), 2 * harmonic, 1e-11);
    EXPECT_NEAR(SecondsOf(Model("async", workers, law)), 2.0 / workers, 1e-15);
    EXPECT_NEAR(SecondsOf(Model("k-batch-sync", workers, law, {.quorum = 5})),
                10.0 / workers, 1e-14);
  }
}

// --- Against simulation ------------------------------------------------------

// Some laws, of which two have no closed form.
std::vector<DelayLaw> Laws() {
  return {DelayLaw::Exponential(1), DelayLaw::Gamma(3, 1),
          DelayLaw::Uniform(0.2, 1.8), DelayLaw::TwoSpeed(0.5, 3, 0.2),
          DelayLaw::HyperExponential({.5, 3}, {.8, .2})};
}

std::vector<DelayLaw> FewLaws() {
  return {DelayLaw::Gamma(3, 1), DelayLaw::HyperExponential({.5, 3}, {.8, .2})};
}

struct Setting {
  std::string protocol;
  MethodSettings settings;
};

std::vector<Setting> Settings() {
  return {{"sync", {}},
          {"k-sync", {.quorum = 3}},
          {"k-batch-sync", {.quorum = 4}},
          {"async", {}},
          {"k-async", {.quorum = 3}},
          {"k-batch-async", {.quorum = 3}},
          {"ssp", {.staleness_bound = 2}},
          {"local-sgd", {.local_steps = 4}}};
}

// 20,000 contributions of a law whose standard deviation is at most 1.7 means:
// 4 % is more than three standard deviations of the mean.
void ExpectAgreement(const RuntimeModel& model) {
  const Expectation e = ExpectedSecondsPerUpdate(model);
  const auto& law = *model.delay.law();
  SCOPED_TRACE(law.name() + " " + model.method.protocol + ": " + e.reason);
  const auto updates =
      static_cast<std::size_t>(20'000 / model.method.synchrony.quorum);
  const double seconds = Simulate(model, updates).SecondsPerUpdate();
  constexpr double kSlack = 0.04;
  ASSERT_TRUE(e.value || e.lower || e.upper);
  if (e.value) {
    EXPECT_NEAR(*e.value / seconds, 1.0, kSlack);
  }
  if (e.lower) {
    EXPECT_LE(*e.lower, seconds * (1 + kSlack));
  }
  if (e.upper) {
    EXPECT_GE(*e.upper, seconds * (1 - kSlack));
  }
}

TEST(ExpectedSeconds, AgreeWithSimulation) {
  for (const DelayLaw& law : Laws()) {
    for (const Setting& s : Settings()) {
      ExpectAgreement(Model(s.protocol, 6, law, s.settings));
    }
  }
}

TEST(ExpectedSeconds, AgreeWithSimulationUnderRoundDelays) {
  for (const DelayLaw& law : FewLaws()) {
    for (const Setting& s : Settings()) {
      RuntimeModel model = Model(s.protocol, 6, law, s.settings);
      model.round_delay = DelayLaw::Exponential(0.7);
      ExpectAgreement(model);
    }
  }
  RuntimeModel model =
      Model("k-async", 6, DelayLaw::Gamma(3, 1), {.quorum = 3});
  model.round_delay = DelayLaw::Constant(0.3);
  EXPECT_TRUE(ExpectedSecondsPerUpdate(model).upper);
  ExpectAgreement(model);
}

TEST(ExpectedSeconds, AgreeWithSimulationAtUnequalSpeeds) {
  for (const DelayLaw& law : FewLaws()) {
    for (const Setting& s : Settings()) {
      RuntimeModel model = Model(s.protocol, 5, law, s.settings);
      model.speed.speed = {1, 2, 0.25, 1, 0.7};
      ExpectAgreement(model);
      model.round_delay = DelayLaw::Exponential(0.5);
      ExpectAgreement(model);
    }
  }
}

TEST(ExpectedSeconds, AgreeWithSimulationUnderComputing) {
  for (const DelayLaw& law : FewLaws()) {
    for (const Setting& s : Settings()) {
      RuntimeModel model = Model(s.protocol, 6, law, s.settings);
      model.compute_seconds = 0.6;
      ExpectAgreement(model);
      model.adds_compute = true;
      ExpectAgreement(model);
    }
  }
}

// Where each update delays only the worker that fires it, to 1 %: 200,000
// contributions of standard deviation 0.6 means.
TEST(ExpectedSeconds, OfAsynchronousRacesHoldTheRoundDelayOnce) {
  RuntimeModel batch =
      Model("k-batch-async", 6, DelayLaw::Gamma(3, 1), {.quorum = 2});
  batch.round_delay = DelayLaw::Exponential(1);
  EXPECT_DOUBLE_EQ(SecondsOf(batch), (2.0 * 1 + 1) / 6);
  EXPECT_NEAR(Simulate(batch, 100'000).SecondsPerUpdate(), 0.5, 0.005);

  RuntimeModel async = Model("async", 3, DelayLaw::Gamma(3, 1));
  async.round_delay = DelayLaw::Exponential(1);
  async.speed.speed = {1, 2, 0.25};
  const double rate = 1 / 2. + 1 / 1.5 + 1 / 5.;
  EXPECT_DOUBLE_EQ(SecondsOf(async), 1 / rate);
  EXPECT_NEAR(Simulate(async, 100'000).SecondsPerUpdate() * rate, 1.0, 0.01);
}

TEST(ExpectedSeconds, OfLargeQuorumsAgreeWithSimulation) {
  for (const DelayLaw& law : Laws()) {
    for (const char* protocol : {"k-batch-sync", "k-batch-async"}) {
      ExpectAgreement(Model(protocol, 4, law, {.quorum = 10}));
    }
  }
}

TEST(ExpectedSeconds, OfConstantBatchRoundsMergeTheArrivals) {
  RuntimeModel model =
      Model("k-batch-sync", 3, DelayLaw::Constant(6), {.quorum = 4});
  EXPECT_DOUBLE_EQ(SecondsOf(model), 12.0);
  model.speed.speed = {1, 2, 3};  // 2, 3, 4, then 6 three times
  EXPECT_DOUBLE_EQ(SecondsOf(model), 6.0);
}

// --- Staleness ---------------------------------------------------------------

TEST(ExpectedStaleness, AgreesWithSimulationForAllDelays) {
  for (const DelayLaw& law : FewLaws()) {
    for (const Setting& s : Settings()) {
      RuntimeModel model = Model(s.protocol, 6, law, s.settings);
      model.speed.speed = {1, 2, 0.5, 1, 0.7, 3};
      model.round_delay = DelayLaw::Exponential(0.5);
      const Expectation e = ExpectedStaleness(model);
      SCOPED_TRACE(law.name() + " " + s.protocol + ": " + e.reason);
      const double mean = Simulate(model, 6'000).MeanStaleness(100);
      if (e.value) {
        EXPECT_NEAR(mean, *e.value, 0.01 + 0.01 * *e.value);
      }
      if (e.lower) {
        EXPECT_GE(mean, *e.lower);
      }
      if (e.upper) {
        EXPECT_LE(mean, *e.upper);
      }
      EXPECT_TRUE(e.value || e.upper);
    }
  }
}

TEST(ExpectedStaleness, UnderTheTightestBoundIsHalfOfTheOthers) {
  RuntimeModel model =
      Model("ssp", 6, DelayLaw::Gamma(2, 1), {.staleness_bound = 0});
  model.round_delay = DelayLaw::Exponential(0.5);
  EXPECT_DOUBLE_EQ(*ExpectedStaleness(model).value, 2.5);
  EXPECT_NEAR(Simulate(model, 6'000).MeanStaleness(), 2.5, 1e-9);
}

TEST(ExpectedFreshFraction, AgreesWithSimulation) {
  const Setting settings[] = {{"async", {}},
                              {"k-async", {.quorum = 3}},
                              {"k-batch-async", {.quorum = 3}},
                              {"k-batch-async", {.quorum = 9}},
                              {"k-sync", {.quorum = 3}}};
  for (const Setting& s : settings) {
    const RuntimeModel model =
        Model(s.protocol, 6, DelayLaw::Exponential(2), s.settings);
    const LoopResult result = Simulate(model, 20'000);
    double fresh = 0.0;
    double all = 0.0;
    for (const testing::LoopUpdate& update : result.updates) {
      for (const std::int64_t staleness : update.staleness) {
        fresh += staleness == 0;
        all += 1.0;
      }
    }
    // A fraction of 20,000 or more has a standard deviation below 0.4 %.
    EXPECT_NEAR(*ExpectedFreshFraction(model).value, fresh / all, 0.015)
        << s.protocol;
  }
}

TEST(ExpectedFreshFraction, IsUnknownForOtherLaws) {
  const Expectation e =
      ExpectedFreshFraction(Model("async", 4, DelayLaw::Gamma(2, 1)));
  EXPECT_FALSE(e.value);
  EXPECT_FALSE(e.reason.empty());
}

// --- Nothing to say, or infinity ---------------------------------------------

TEST(ExpectedSeconds, AreUnknownWithAReason) {
  const RuntimeModel plain = Model("async", 2, DelayLaw::Exponential(1));
  RuntimeModel bursts = plain;
  bursts.speed.bursts = Bursts{};
  RuntimeModel stops = plain;
  stops.speed.stops_at = {kInfinity, 5};
  RuntimeModel trace = plain;
  trace.delay = std::make_shared<const Trace>(Trace{{{1, 2}, {3, 4}}});
  const RuntimeModel idle = Model("async", 2, DelayLaw::Constant(0));
  for (const RuntimeModel& model : {bursts, stops, trace, idle}) {
    const Expectation e = ExpectedSecondsPerUpdate(model);
    EXPECT_FALSE(e.value || e.lower || e.upper);
    EXPECT_FALSE(e.reason.empty());
  }
  // Staleness asks less of the delays.
  EXPECT_DOUBLE_EQ(*ExpectedStaleness(bursts).value, 1.0);
  EXPECT_DOUBLE_EQ(*ExpectedStaleness(trace).value, 1.0);
  EXPECT_FALSE(ExpectedStaleness(stops).value);
}

TEST(ExpectedSeconds, OfEndlessMeansAreInfiniteWhereNobodyIsCancelled) {
  const DelayLaw law = DelayLaw::Pareto(1, 0.8);
  EXPECT_EQ(SecondsOf(Model("sync", 8, law)), kInfinity);
  EXPECT_EQ(SecondsOf(Model("async", 8, law)), kInfinity);
  EXPECT_EQ(SecondsOf(Model("k-batch-async", 8, law, {.quorum = 2})),
            kInfinity);
  EXPECT_EQ(SecondsOf(Model("k-async", 8, law, {.quorum = 2})), kInfinity);
  EXPECT_LT(SecondsOf(Model("k-sync", 8, law, {.quorum = 4})), kInfinity);
  RuntimeModel model = Model("sync", 8, DelayLaw::Exponential(1));
  model.round_delay = law;
  EXPECT_EQ(SecondsOf(model), kInfinity);
}

TEST(ExpectedSeconds, UnderAStalenessBoundAreThoseOfASlowWorker) {
  RuntimeModel model =
      Model("ssp", 4, DelayLaw::Constant(2), {.staleness_bound = 2});
  model.speed.speed = {1, 1, 0.25, 1};
  EXPECT_DOUBLE_EQ(SecondsOf(model), 2.0);
  EXPECT_NEAR(Simulate(model, 10'000).SecondsPerUpdate(), 2.0, 0.01);
}

// --- Identities and properties -----------------------------------------------

RC_GTEST_PROP(ExpectedSeconds, KnowWhichProtocolsAreTheSame, ()) {
  const std::vector<DelayLaw> laws = Laws();
  const DelayLaw& law = laws[*rc::gen::inRange<std::size_t>(0, laws.size())];
  const int workers = *rc::gen::inRange(1, 20);
  const double sync = SecondsOf(Model("sync", workers, law));
  const double async = SecondsOf(Model("async", workers, law));
  const MethodSettings one{.quorum = 1};
  const MethodSettings all{.quorum = workers};
  RC_ASSERT(SecondsOf(Model("k-sync", workers, law, all)) == sync);
  RC_ASSERT(SecondsOf(Model("k-async", workers, law, all)) == sync);
  RC_ASSERT(SecondsOf(Model("local-sgd", workers, law, {.local_steps = 1})) ==
            sync);
  RC_ASSERT(SecondsOf(Model("k-async", workers, law, one)) == async ||
            workers == 1);
  RC_ASSERT(SecondsOf(Model("k-batch-async", workers, law, one)) == async);
  RC_ASSERT(SecondsOf(Model("hogwild", workers, law)) == async);
  RC_ASSERT(SecondsOf(Model("k-sync", workers, law, one)) ==
            SecondsOf(Model("k-batch-sync", workers, law, one)));
}

RC_GTEST_PROP(ExpectedSeconds, BoundsAreInOrder, ()) {
  const std::vector<DelayLaw> laws = Laws();
  const auto settings = Settings();
  const auto& s = settings[*rc::gen::inRange<std::size_t>(0, settings.size())];
  RuntimeModel model =
      Model(s.protocol, *rc::gen::inRange(4, 9),
            laws[*rc::gen::inRange<std::size_t>(0, laws.size())], s.settings);
  model.round_delay = DelayLaw::Exponential(*rc::gen::inRange(1, 5) / 4.0);
  model.compute_seconds = *rc::gen::inRange(0, 5) / 4.0;
  model.adds_compute = *rc::gen::arbitrary<bool>();
  const Expectation e = ExpectedSecondsPerUpdate(model);
  RC_ASSERT(!e.value || (!e.lower && !e.upper));
  RC_ASSERT(e.value || e.lower);
  if (e.lower && e.upper) RC_ASSERT(*e.lower <= *e.upper);
  RC_ASSERT(!e.reason.empty());
}

}  // namespace
}  // namespace tortoise
