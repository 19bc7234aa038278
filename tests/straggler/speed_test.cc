// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/speed.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <type_traits>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/core/random.h"

namespace tortoise {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

double Finish(const SpeedOptions& options, double start, double work) {
  return WorkerSpeed(options, 0, 1, 0).FinishTime(start, work);
}

// --- A slow reference --------------------------------------------------------

// The speed as a table of pieces and the work done by their ends, for times up
// to `horizon`; a finish time is looked up in it from the front.
class SlowSpeed {
 public:
  SlowSpeed(const SpeedOptions& options, std::uint64_t worker,
            std::uint64_t seed, std::uint64_t repeat, double horizon) {
    const double speed = options.speed.empty() ? 1.0 : options.speed[worker];
    const double stops =
        options.stops_at.empty() ? kNever : options.stops_at[worker];
    const RandomStream stream(seed, repeat, Purpose::kBurst);
    double now = 0.0;
    for (std::uint64_t k = 0; now < horizon; ++k) {
      double end = horizon;
      double factor = 1.0;
      if (options.bursts) {
        const double mean = k % 2 == 0 ? options.bursts->mean_normal_seconds
                                       : options.bursts->mean_slow_seconds;
        end = now - mean * std::log(1.0 - stream.Uniform(worker, k));
        if (k % 2 == 1) factor = options.bursts->speed;
      }
      Add(now, std::clamp(stops, now, end), speed * factor);
      Add(std::clamp(stops, now, end), end, 0.0);
      now = end;
    }
    stops_ = stops;
  }

  [[nodiscard]] double FinishTime(double start, double work) const {
    if (start >= stops_) return kNever;
    for (const Piece& piece : pieces_) {
      const double begin = std::max(piece.begin, start);
      if (piece.end < start) continue;
      const double possible = (piece.end - begin) * piece.speed;
      if (work <= possible) {
        return work == 0 ? begin : begin + work / piece.speed;
      }
      work -= possible;
    }
    return kNever;
  }

 private:
  struct Piece {
    double begin, end, speed;
  };

  void Add(double begin, double end, double speed) {
    if (begin < end) pieces_.push_back({begin, end, speed});
  }

  std::vector<Piece> pieces_;
  double stops_ = kNever;
};

// --- One speed ---------------------------------------------------------------

RC_GTEST_PROP(WorkerSpeed, FullSpeedIsExactlyStartPlusWork, ()) {
  const double start = std::abs(*rc::gen::arbitrary<double>());
  const double work = std::abs(*rc::gen::arbitrary<double>());
  RC_ASSERT(Finish({}, start, work) == start + work);
  RC_ASSERT(Finish({.bursts = Bursts{.speed = 1}}, start, work) ==
            start + work);
}

TEST(WorkerSpeed, SlowWorkersTakeLonger) {
  EXPECT_EQ(Finish({.speed = {.25}}, 10, 3), 22);
  EXPECT_EQ(Finish({.speed = {2}}, 10, 3), 11.5);
}

TEST(WorkerSpeed, EachWorkerHasItsOwn) {
  const SpeedOptions options{.speed = {1, .5}, .stops_at = {3, kNever}};
  EXPECT_EQ(WorkerSpeed(options, 0, 1, 0).FinishTime(0, 4), kNever);
  EXPECT_EQ(WorkerSpeed(options, 1, 1, 0).FinishTime(0, 4), 8);
}

TEST(WorkerSpeed, NoWorkEndsAtOnce) {
  EXPECT_EQ(Finish({}, 2.5, 0), 2.5);
  EXPECT_EQ(Finish({.stops_at = {2.5}}, 2.5, 0), kNever);
}

TEST(WorkerSpeed, EndlessWorkNeverEnds) {
  EXPECT_EQ(Finish({}, 0, kNever), kNever);
  EXPECT_EQ(Finish({.bursts = Bursts{}}, 0, kNever), kNever);
  EXPECT_EQ(Finish({.bursts = Bursts{}}, kNever, 1), kNever);
}

// --- Stopping ----------------------------------------------------------------

TEST(WorkerSpeed, FinishingExactlyAtTheStopCounts) {
  const SpeedOptions options{.stops_at = {5}};
  EXPECT_EQ(Finish(options, 2, 3), 5);
  EXPECT_EQ(Finish(options, 2, 3.000001), kNever);
  EXPECT_EQ(Finish(options, 5, 1), kNever);
  EXPECT_EQ(Finish(options, 6, 1), kNever);
}

TEST(WorkerSpeed, MayHaveStoppedFromTheBeginning) {
  EXPECT_EQ(Finish({.stops_at = {0}}, 0, 1), kNever);
}

// --- Bursts ------------------------------------------------------------------

struct Setting {
  SpeedOptions options;
  std::uint64_t worker, seed;
};

Setting AnySetting() {
  const auto number = [](int low, int high) {
    return *rc::gen::inRange(low, high) / 8.0;
  };
  const std::size_t workers = 3;
  Setting setting;
  setting.worker = *rc::gen::inRange<std::uint64_t>(0, workers);
  setting.seed = *rc::gen::inRange<std::uint64_t>(0, 1000);
  for (std::size_t w = 0; w < workers; ++w) {
    setting.options.speed.push_back(number(1, 24));
    setting.options.stops_at.push_back(
        *rc::gen::arbitrary<bool>() ? kNever : number(0, 200));
  }
  if (*rc::gen::arbitrary<bool>()) {
    setting.options.bursts = Bursts{.speed = number(0, 12),
                                    .mean_normal_seconds = number(1, 16),
                                    .mean_slow_seconds = number(1, 16)};
  }
  return setting;
}

WorkerSpeed Make(const Setting& setting) {
  return {setting.options, static_cast<int>(setting.worker), setting.seed, 0};
}

// About a thousand additions and subtractions of times below 1e4, each off by
// at most 2^-53 of that, and speeds that may stretch it eightfold: 1e-8.
constexpr double kTolerance = 1e-8;

RC_GTEST_PROP(WorkerSpeed, AgreesWithTheSlowReference, ()) {
  const Setting setting = AnySetting();
  WorkerSpeed speed = Make(setting);
  const SlowSpeed slow(setting.options, setting.worker, setting.seed, 0, 1e4);
  for (int i = 0; i < 20; ++i) {  // starts go back and forth
    const double start = *rc::gen::inRange(0, 1000) / 16.0;
    const double work = *rc::gen::inRange(0, 1000) / 32.0;
    const double finish = speed.FinishTime(start, work);
    const double expected = slow.FinishTime(start, work);
    RC_ASSERT(finish >= start);
    RC_ASSERT(finish == expected || std::abs(finish - expected) < kTolerance);
  }
}

RC_GTEST_PROP(WorkerSpeed, WorkAddsUp, ()) {
  Setting setting = AnySetting();
  setting.options.stops_at.clear();  // at a stop, rounding would decide
  if (setting.options.bursts) setting.options.bursts->speed += .125;
  WorkerSpeed speed = Make(setting);
  const double start = *rc::gen::inRange(0, 1000) / 16.0;
  const double first = *rc::gen::inRange(0, 500) / 32.0;
  const double second = *rc::gen::inRange(0, 500) / 32.0;
  const double at_once = speed.FinishTime(start, first + second);
  const double in_two =
      speed.FinishTime(speed.FinishTime(start, first), second);
  RC_ASSERT(std::abs(at_once - in_two) < kTolerance);
}

RC_GTEST_PROP(WorkerSpeed, MoreWorkOrALaterStartNeverEndsEarlier, ()) {
  WorkerSpeed speed = Make(AnySetting());
  const double start = *rc::gen::inRange(0, 1000) / 16.0;
  const double work = *rc::gen::inRange(0, 500) / 32.0;
  const double more = *rc::gen::inRange(0, 500) / 32.0;
  const double finish = speed.FinishTime(start, work);
  RC_ASSERT(speed.FinishTime(start, work + more) >= finish - kTolerance);
  RC_ASSERT(speed.FinishTime(start + more, work) >= finish - kTolerance);
}

// A worker that pushed continues where it finished, one that was cancelled
// somewhere in between.
RC_GTEST_PROP(WorkerSpeed, IsTheSameWhateverWasAskedBefore, ()) {
  const Setting setting = AnySetting();
  WorkerSpeed asked = Make(setting);
  double start = 0.0;
  for (int i = 0; i < 20; ++i) {
    const double work = *rc::gen::inRange(0, 200) / 16.0;
    const double finish = asked.FinishTime(start, work);
    RC_ASSERT(finish == Make(setting).FinishTime(start, work));
    const double share = *rc::gen::inRange(-1, 9) / 8.0;
    if (std::isfinite(finish)) {
      start = std::max(0.0, start + share * (finish - start));
    }
  }
}

// Ten thousand workers with bursts of milliseconds have some 1e9 spells in an
// hour, which nobody keeps: what can be copied byte by byte owns nothing.
static_assert(std::is_trivially_copyable_v<WorkerSpeed>);

TEST(WorkerSpeed, BurstsDifferBetweenWorkersSeedsAndRepeats) {
  const SpeedOptions options{.bursts = Bursts{.speed = 0}};
  const auto finish = [&](int worker, std::uint64_t seed,
                          std::uint64_t repeat) {
    return WorkerSpeed(options, worker, seed, repeat).FinishTime(0, 10);
  };
  EXPECT_EQ(finish(0, 1, 0), finish(0, 1, 0));
  EXPECT_NE(finish(0, 1, 0), finish(1, 1, 0));
  EXPECT_NE(finish(0, 1, 0), finish(0, 2, 0));
  EXPECT_NE(finish(0, 1, 0), finish(0, 1, 1));
}

// Work that just fills a normal spell must not sit out the slow one because
// of a rounding.
TEST(WorkerSpeed, WorkThatFillsASpellEndsWithIt) {
  const double end =
      -std::log1p(-RandomStream(1, 0, Purpose::kBurst).Uniform(0, 0));
  for (int k = 1; k < 1000; ++k) {
    const double speed = k / 7.0;
    const double start = end / 3;
    const SpeedOptions options{.speed = {speed}, .bursts = Bursts{.speed = 0}};
    EXPECT_NEAR(Finish(options, start, (end - start) * speed), end, 1e-12);
  }
}

// With speed 0 in slow spells, work that takes longer than itself has met one.
// Steps of a hundredth of a normal spell miss 0.5 % of the spells' ends; n
// exponential lengths have a mean within 4 / sqrt(n) = 9 % of theirs.
TEST(WorkerSpeed, SpellsHaveTheirMeanLengths) {
  const Bursts bursts{
      .speed = 0, .mean_normal_seconds = 4, .mean_slow_seconds = 1};
  WorkerSpeed speed({.bursts = bursts}, 0, 3, 0);
  constexpr double kStep = .04;
  constexpr int kSteps = 200'000;
  double now = 0.0;
  double slow_seconds = 0.0;
  int slow_spells = 0;
  for (int i = 0; i < kSteps; ++i) {
    const double finish = speed.FinishTime(now, kStep);
    const double slow = finish - now - kStep;
    if (slow > 1e-6) {
      ++slow_spells;
      slow_seconds += slow;
    }
    now = finish;
  }
  EXPECT_NEAR(slow_seconds / slow_spells, 1.0, .1);
  EXPECT_NEAR(kSteps * kStep / slow_spells, 4.0, .4);
}

TEST(WorkerSpeed, BeginsWithANormalSpell) {
  const SpeedOptions options{.bursts = Bursts{.speed = 0,
                                              .mean_normal_seconds = 1e9,
                                              .mean_slow_seconds = 1e9}};
  EXPECT_EQ(Finish(options, 0, 1), 1);
}

// A hundred million spells are not walked through: beyond the first million a
// worker has its mean speed, here 3/4, which is within 0.1 % of the truth.
TEST(WorkerSpeed, CrossesAnEnormousDelayQuickly) {
  const SpeedOptions options{.bursts = Bursts{.speed = .5,
                                              .mean_normal_seconds = 1e-6,
                                              .mean_slow_seconds = 1e-6}};
  EXPECT_NEAR(Finish(options, 0, 75) / 100, 1.0, 1e-3);
  EXPECT_GT(Finish(options, 0, std::numeric_limits<double>::max()), 1e308);
  EXPECT_NEAR(Finish(options, 1e6, 3), 1e6 + 4, 1e-6);
}

// --- Misuse ------------------------------------------------------------------

TEST(SpeedOptions, NamesTheBrokenRule) {
  const double nan = std::nan("");
  const auto violation = [](const SpeedOptions& options) {
    const auto broken = options.Violation(2);
    return broken ? broken->text : "accepted";
  };
  EXPECT_EQ(violation({}), "accepted");
  EXPECT_EQ(violation({.speed = {1, .25}, .stops_at = {kNever, 0}}),
            "accepted");
  EXPECT_EQ(violation({.speed = {1}}),
            "speed has 1 entries and must have 2, one per worker");
  EXPECT_EQ(violation({.stops_at = {1, 2, 3}}),
            "stops_at has 3 entries and must have 2, one per worker");
  EXPECT_EQ(violation({.speed = {1, 0}}),
            "speed[1] = 0 must be finite and > 0");
  EXPECT_EQ(violation({.speed = {nan, 1}}),
            "speed[0] = nan must be finite and > 0");
  EXPECT_EQ(violation({.speed = {kNever, 1}}),
            "speed[0] = inf must be finite and > 0");
  EXPECT_EQ(violation({.stops_at = {-1, 1}}), "stops_at[0] = -1 must be >= 0");
  EXPECT_EQ(violation({.stops_at = {1, nan}}),
            "stops_at[1] = nan must be >= 0");
  EXPECT_EQ(violation({.bursts = Bursts{.speed = -1}}),
            "bursts.speed = -1 must be finite and >= 0");
  EXPECT_EQ(violation({.bursts = Bursts{.mean_normal_seconds = 0}}),
            "bursts.mean_normal_seconds = 0 must be finite and > 0");
  EXPECT_EQ(violation({.bursts = Bursts{.mean_slow_seconds = nan}}),
            "bursts.mean_slow_seconds = nan must be finite and > 0");
}

}  // namespace
}  // namespace tortoise
