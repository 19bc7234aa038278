// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/delay_tape.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <memory>
#include <optional>
#include <stdexcept>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise {
namespace {

// --- The generator, said again -----------------------------------------------

using Block = std::array<std::uint64_t, 4>;

// High half of a product by schoolbook multiplication of 32-bit digits.
std::uint64_t MultiplyHigh(std::uint64_t a, std::uint64_t b) {
  constexpr std::uint64_t kDigit = 0xffffffff;
  const std::uint64_t low = (a & kDigit) * (b & kDigit);
  const std::uint64_t middle1 = (a >> 32) * (b & kDigit) + (low >> 32);
  const std::uint64_t middle2 = (a & kDigit) * (b >> 32) + (middle1 & kDigit);
  return (a >> 32) * (b >> 32) + (middle1 >> 32) + (middle2 >> 32);
}

// Philox4x64-10: Salmon et al., SC 2011, section 3.3 and table 2.
Block SlowPhilox(Block counter, std::array<std::uint64_t, 2> key) {
  for (int round = 0; round < 10; ++round) {
    constexpr std::uint64_t kMultiplier0 = 0xd2e7470ee14c6c93;
    constexpr std::uint64_t kMultiplier1 = 0xca5a826395121157;
    counter = {MultiplyHigh(kMultiplier1, counter[2]) ^ counter[1] ^ key[0],
               kMultiplier1 * counter[2],
               MultiplyHigh(kMultiplier0, counter[0]) ^ counter[3] ^ key[1],
               kMultiplier0 * counter[0]};
    key[0] += 0x9e3779b97f4a7c15;  // golden ratio
    key[1] += 0xbb67ae8584caa73b;  // sqrt(3) - 1
  }
  return counter;
}

// U(w, i) of a tape: stream 1 (delays) of (seed, repeat), number i % 4 of the
// block at (w, i / 4, 0).
double SlowUniform(std::uint64_t seed, std::uint64_t repeat, std::uint64_t w,
                   std::uint64_t i) {
  const Block bits = SlowPhilox({w, i / 4, 0, 0}, {seed, repeat << 32 | 1});
  return std::ldexp(static_cast<double>(bits[i % 4] >> 12) + .5, -52);
}

TEST(SlowPhilox, GivesTheKnownAnswersOfItsAuthors) {
  EXPECT_EQ(SlowPhilox({0, 0, 0, 0}, {0, 0}),
            (Block{0x16554d9eca36314c, 0xdb20fe9d672d0fdc, 0xd7e772cee186176b,
                   0x7e68b68aec7ba23b}));
  constexpr std::uint64_t kOnes = ~std::uint64_t{0};
  EXPECT_EQ(SlowPhilox({kOnes, kOnes, kOnes, kOnes}, {kOnes, kOnes}),
            (Block{0x87b092c3013fe90b, 0x438c3c67be8d0224, 0x9cc7d7c69cd777b6,
                   0xa09caebf594f0ba0}));
}

// The identity as a law shows the uniform numbers themselves.
DelayTape Uniforms(std::uint64_t seed, std::uint64_t repeat) {
  return {DelayLaw::FromQuantile("u", .5, [](double u) { return u; }), seed,
          repeat};
}

RC_GTEST_PROP(DelayTape, UniformsAreThoseOfTheSlowGenerator, ()) {
  const auto seed = *rc::gen::arbitrary<std::uint64_t>();
  const auto repeat = *rc::gen::arbitrary<std::uint32_t>();
  const auto worker = *rc::gen::arbitrary<std::uint64_t>();
  const auto gradient = *rc::gen::arbitrary<std::uint64_t>();
  RC_ASSERT(Uniforms(seed, repeat).Work(worker, gradient) ==
            SlowUniform(seed, repeat, worker, gradient));
}

// --- Known answers -----------------------------------------------------------

struct Known {
  std::uint64_t seed, repeat, worker, gradient;
  double uniform;
  double exponential;  // mean 0.005
};

// Pinned: tapes of published races must not change. From 60 decimals.
const std::vector<Known> kKnown = {
    {1, 0, 0, 0, 0x1.98e1c8e765b0ap-2, 0x1.4e025cfa6c928p-9},
    {1, 0, 0, 1, 0x1.b8fbae103799ap-2, 0x1.71229eff104cfp-9},
    {1, 0, 7, 0, 0x1.89a09d2e8746bp-1, 0x1.dfe21a0ab7e2ep-8},
    {1, 0, 7, 100000, 0x1.3910656a1947ap-2, 0x1.de4496013b651p-10},
    {1, 0, 7, 100003, 0x1.4eda28021a2a6p-2, 0x1.038875e2526ffp-9},
    {1, 2, 3, 4, 0x1.1461269fe8f8ep-2, 0x1.9c524ab5495bbp-10},
    {0xffffffffffffffff, 0xffffffff, 0, 0, 0x1.492a0c610d33dp-1,
     0x1.516c8d51a7048p-8},
    {42, 0, 63, 0x10000000000, 0x1.219ef6736fcb3p-1, 0x1.11441025edb68p-8},
};

TEST(DelayTape, KeepsItsKnownAnswers) {
  for (const Known& known : kKnown) {
    const DelayTape tape(DelayLaw::Exponential(.005), known.seed, known.repeat);
    EXPECT_EQ(
        Uniforms(known.seed, known.repeat).Work(known.worker, known.gradient),
        known.uniform);
    EXPECT_EQ(*tape.Work(known.worker, known.gradient), known.exponential);
  }
}

// --- A tape ------------------------------------------------------------------

RC_GTEST_PROP(DelayTape, GivesBlocksAndSumsOfTheSameBits, ()) {
  const bool is_trace = *rc::gen::arbitrary<bool>();
  DelaySource source = DelayLaw::Weibull(0.7, 2.0);
  if (is_trace) {
    source = std::make_shared<const Trace>(
        Trace{{{1.5, 0.1}, {0.3, 0.7, 2.5, 0.2, 0.9}}});
  }
  const DelayTape tape(source, 3, 1);
  const auto worker = *rc::gen::inRange<std::uint64_t>(0, 2);
  const auto block = *rc::gen::inRange<std::uint64_t>(0, is_trace ? 2 : 1000);
  std::array<double, DelayTape::kPerBlock> seconds;
  tape.DrawBlock(worker, block, seconds);
  std::optional<double> sum = 0.0;
  for (std::uint64_t k = 0; k < seconds.size(); ++k) {
    const auto work = tape.Work(worker, DelayTape::kPerBlock * block + k);
    RC_ASSERT(work.has_value() == !std::isnan(seconds[k]));
    RC_ASSERT(!work || *work == seconds[k]);
    sum = work && sum ? std::optional(*sum + *work) : std::nullopt;
    RC_ASSERT(tape.Work(worker, DelayTape::kPerBlock * block, k + 1) == sum);
  }
}

TEST(DelayTape, DoesNotDependOnTheOrderOfReading) {
  const DelayTape tape(DelayLaw::Gamma(2, 1), 5, 1);
  std::vector<double> forward;
  std::vector<double> backward;
  for (std::uint64_t i = 0; i < 50; ++i) forward.push_back(*tape.Work(3, i));
  const DelayTape copy = tape;
  for (std::uint64_t i = 50; i-- > 0;) backward.push_back(*copy.Work(3, i));
  std::reverse(backward.begin(), backward.end());
  EXPECT_EQ(forward, backward);
}

TEST(DelayTape, ChangesWithSeedRepeatWorkerAndGradient) {
  const double first = *Uniforms(1, 0).Work(0, 0);
  EXPECT_NE(first, *Uniforms(2, 0).Work(0, 0));
  EXPECT_NE(first, *Uniforms(1, 1).Work(0, 0));
  EXPECT_NE(first, *Uniforms(1, 0).Work(1, 0));
  EXPECT_NE(first, *Uniforms(1, 0).Work(0, 1));
}

TEST(DelayTape, TwoLawsShareTheirUniforms) {
  const DelayLaw gamma = DelayLaw::Gamma(2, 1);
  const DelayTape tape(gamma, 9, 2);
  for (std::uint64_t i = 0; i < 20; ++i) {
    EXPECT_EQ(*tape.Work(1, i), gamma.Quantile(*Uniforms(9, 2).Work(1, i)));
  }
}

TEST(DelayTape, SumsLocalStepsInOrder) {
  const DelayTape tape(DelayLaw::Exponential(1), 1, 0);
  const double sum =
      (*tape.Work(2, 10) + *tape.Work(2, 11)) + *tape.Work(2, 12);
  EXPECT_EQ(tape.Work(2, 10, 3), sum);
  EXPECT_EQ(tape.Work(2, 10, 1), tape.Work(2, 10));
}

// Kolmogorov and Smirnov: sqrt(n) times the largest distance to u is above
// 1.95 with probability 0.001.
TEST(DelayTape, UniformsAreUniform) {
  constexpr int kDraws = 20'000;
  const DelayTape tape = Uniforms(11, 0);
  std::vector<double> draws;
  for (std::uint64_t i = 0; i < kDraws; ++i) {
    draws.push_back(*tape.Work(i % 8, i / 8));
  }
  std::sort(draws.begin(), draws.end());
  const double n = kDraws;
  double distance = 0.0;
  for (int k = 0; k < kDraws; ++k) {
    const double u = draws[static_cast<std::size_t>(k)];
    distance = std::max({distance, u - k / n, (k + 1) / n - u});
  }
  EXPECT_LT(std::sqrt(kDraws) * distance, 1.95);
}

// Within four standard deviations of the mean of n draws.
TEST(DelayTape, EmpiricalMeansAreThoseOfTheLaws) {
  struct Case {
    DelayLaw law;
    double deviation;  // of one draw
  };
  constexpr int kDraws = 20'000;
  for (const auto& [law, deviation] : std::vector<Case>{
           {DelayLaw::Uniform(0, 1), std::sqrt(1. / 12)},
           {DelayLaw::Exponential(2), 2},
           {DelayLaw::ShiftedExponential(1, 2), 2},
           {DelayLaw::Gamma(4, 1), .5},
           {DelayLaw::Lognormal(1, .5),
            std::sqrt(std::expm1(.25) * std::exp(.25))},
           {DelayLaw::Weibull(2, 1), std::sqrt(1 - std::acos(-1.) / 4)},
           {DelayLaw::Pareto(1, 3), std::sqrt(.75)},
           {DelayLaw::TwoSpeed(1, 10, .25), 9 * std::sqrt(.1875)},
           {DelayLaw::HyperExponential({.5, 5.5}, {.9, .1}),
            std::sqrt(2 * (.9 * .25 + .1 * 30.25) - 1)}}) {
    SCOPED_TRACE(law.name());
    const DelayTape tape(law, 4, 0);
    const double mean = *tape.Work(0, 0, kDraws) / kDraws;
    EXPECT_NEAR(mean, law.mean(), 4 * deviation / std::sqrt(kDraws));
  }
}

// --- From a trace ------------------------------------------------------------

TEST(DelayTape, ReadsATraceAndSaysWhereItEnds) {
  const auto trace = std::make_shared<const Trace>(Trace{{{1, 2, 3}, {.5}}});
  const DelayTape tape(trace, 1, 0);
  EXPECT_EQ(tape.Work(0, 2), 3);
  EXPECT_EQ(tape.Work(1, 0), .5);
  EXPECT_EQ(tape.Work(0, 3), std::nullopt);
  EXPECT_EQ(tape.Work(1, 1), std::nullopt);
  EXPECT_EQ(tape.Work(2, 0), std::nullopt);
  EXPECT_EQ(tape.Work(0, 1, 2), 5);
  EXPECT_EQ(tape.Work(0, 1, 3), std::nullopt);
}

TEST(DelayTape, RefusesATraceThatIsNotThere) {
  EXPECT_THROW(DelayTape(std::shared_ptr<const Trace>(), 1, 0),
               std::invalid_argument);
}

// --- Where delays come from --------------------------------------------------

DelaySource FromTrace(std::vector<std::vector<double>> seconds) {
  return std::make_shared<const Trace>(Trace{std::move(seconds)});
}

TEST(DelaySource, HasTheMeanOfItsLawOrTrace) {
  EXPECT_EQ(DelaySource(DelayLaw::Exponential(.25)).Mean(), .25);
  EXPECT_EQ(FromTrace({{1, 2}, {6}}).Mean(), 3);
}

// An exponential is never 0, though its support begins there.
TEST(DelaySource, SaysWhatItDrawsAtLeast) {
  EXPECT_EQ(DelaySource(DelayLaw::Constant(0)).Lowest(), 0);
  EXPECT_EQ(DelaySource(DelayLaw::Uniform(0, 1)).Lowest(), 0x1p-53);
  EXPECT_GT(DelaySource(DelayLaw::Exponential(1)).Lowest(), 0);
  EXPECT_EQ(DelaySource(DelayLaw::TwoSpeed(0, 1, .5)).Lowest(), 0);
  EXPECT_EQ(FromTrace({{3, 2}, {.5}}).Lowest(), .5);
}

TEST(DelaySource, KnowsItsWorkers) {
  EXPECT_EQ(DelaySource(DelayLaw::Constant(1)).num_workers(), std::nullopt);
  EXPECT_EQ(FromTrace({{3, 2}, {.5}}).num_workers(), 2);
}

TEST(DelaySource, SaysWhatIsWrongWithATrace) {
  EXPECT_EQ(DelaySource(DelayLaw::Constant(1)).Violation(1000), std::nullopt);
  EXPECT_EQ(FromTrace({{1}, {0}}).Violation(2), std::nullopt);
  EXPECT_EQ(FromTrace({{1}, {0}}).Violation(3)->text,
            "the trace has 2 workers, 3 are needed");
  EXPECT_EQ(FromTrace({{-1}}).Violation(1)->text,
            "a delay of the trace = -1 must be a finite number >= 0");
}

TEST(DelaySource, ComparesWhatItDraws) {
  const DelaySource law = DelayLaw::Gamma(2, 1);
  EXPECT_EQ(law, DelaySource(DelayLaw::Gamma(2, 1)));
  EXPECT_NE(law, DelaySource(DelayLaw::Gamma(2, 1.5)));
  EXPECT_NE(law, DelaySource(DelayLaw::Weibull(2, 1)));
  EXPECT_EQ(FromTrace({{1, 2}}), FromTrace({{1, 2}}));
  EXPECT_NE(FromTrace({{1, 2}}), FromTrace({{1}, {2}}));
  EXPECT_NE(FromTrace({{1}}), DelaySource(DelayLaw::Constant(1)));

  const auto quantile = [](double u) { return u; };
  const DelaySource own = DelayLaw::FromQuantile("mine", .5, quantile);
  const DelaySource copy = own;
  EXPECT_EQ(own, copy);
  EXPECT_NE(own, DelaySource(DelayLaw::FromQuantile("mine", .5, quantile)));
}

// --- Round delays ------------------------------------------------------------

TEST(RoundDelays, HaveAStreamOfTheirOwn) {
  const RoundDelays rounds(DelayLaw::Exponential(1), 1, 0);
  const DelayTape tape(DelayLaw::Exponential(1), 1, 0);
  EXPECT_NE(rounds.Seconds(1), *tape.Work(1, 0));
  EXPECT_NE(rounds.Seconds(1), rounds.Seconds(2));
  EXPECT_EQ(rounds.Seconds(1),
            RoundDelays(DelayLaw::Exponential(1), 1, 0).Seconds(1));
  EXPECT_NE(rounds.Seconds(1),
            RoundDelays(DelayLaw::Exponential(1), 1, 1).Seconds(1));
}

TEST(RoundDelays, MayBeZeroOrConstant) {
  EXPECT_EQ(RoundDelays(DelayLaw::Constant(0), 1, 0).Seconds(1), 0);
  EXPECT_EQ(RoundDelays(DelayLaw::Constant(.5), 1, 0).Seconds(7), .5);
}

// Such laws are told by their first and last quantile, not by their names; the
// sum of several draws has the bits of additions one by one.
TEST(DelayTape, OfOneValueHoldsItEverywhere) {
  for (const DelayLaw& law :
       {DelayLaw::Constant(0.1), DelayLaw::Uniform(0.1, 0.1),
        DelayLaw::TwoSpeed(0.05, 0.1, 1.0)}) {
    const DelayTape tape(law, 1, 0);
    for (const std::uint64_t i : {0u, 1u, 7u}) {
      EXPECT_EQ(tape.Work(3, i), 0.1);
      EXPECT_EQ(tape.Work(3, i, 6), 0.1 + 0.1 + 0.1 + 0.1 + 0.1 + 0.1);
    }
    std::array<double, DelayTape::kPerBlock> block;
    tape.DrawBlock(3, 5, block);
    EXPECT_EQ(block, (std::array<double, 4>{0.1, 0.1, 0.1, 0.1}));
  }
}

// The mean of this one is rounded to its lowest value.
TEST(DelayTape, OfTwoNeighbouringValuesHoldsBoth) {
  const double high = std::nextafter(1.0, 2.0);
  const DelayTape tape(DelayLaw::TwoSpeed(1.0, high, 0.5), 1, 0);
  int num_high = 0;
  for (std::uint64_t i = 0; i < 100; ++i) num_high += *tape.Work(0, i) == high;
  EXPECT_GT(num_high, 0);
  EXPECT_LT(num_high, 100);
}

}  // namespace
}  // namespace tortoise
