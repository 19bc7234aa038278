// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/race.h"

#include <algorithm>
#include <map>
#include <set>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <vector>

#include "engine/run_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace tortoise::testing {
namespace {

using ::testing::HasSubstr;

// (w - 1)^2 / 2 from random initial parameters; throws in its n-th gradient.
class RandomStart {
 public:
  explicit RandomStart(int throws_at = -1) : throws_at_(throws_at) {}
  std::size_t num_parameters() const { return 2; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const {
    return 0.5 * ((w[0] - 1) * (w[0] - 1) + (w[1] - 1) * (w[1] - 1));
  }
  double Gradient(std::span<const double> w, Batch batch,
                  std::span<double> gradient) {
    if (throws_at_ == 0) throw std::runtime_error("this gradient");
    --throws_at_;
    for (std::size_t k = 0; k < 2; ++k) gradient[k] = w[k] - 1;
    return Loss(w, batch);
  }
  void Initialize(std::span<double> w, const RandomStream& stream) const {
    for (std::size_t k = 0; k < 2; ++k) w[k] = 10.0 + stream.Uniform(k);
  }

 private:
  int throws_at_;
};

Racer MakeRacer(const Contender& contender, std::int64_t updates = 60) {
  return {contender.protocol, MakeRunOptions(contender, 2, updates)};
}

// --- Common random numbers ---------------------------------------------------

TEST(Race, StartsAllRacersOfARepeatFromTheSameBits) {
  const auto objective = Erase<double>(RandomStart());
  const RaceResult race = Race<double>(
      *objective, nullptr,
      {MakeRacer({"async"}), MakeRacer({"sync"}), MakeRacer({"hogwild"})}, 3);
  ASSERT_EQ(race.entries.size(), 9u);
  std::map<std::uint64_t, std::set<double>> initial;
  std::set<double> all;
  for (const RaceEntry& entry : race.entries) {
    initial[entry.repeat].insert(entry.summary.initial_loss());
    all.insert(entry.summary.initial_loss());
  }
  EXPECT_EQ(initial.size(), 3u);
  for (const auto& [repeat, losses] : initial) EXPECT_EQ(losses.size(), 1u);
  EXPECT_EQ(all.size(), 3u);
}

// One worker takes the same draws under any protocol, so its models agree.
TEST(Race, GivesAllRacersOfARepeatTheSameSamples) {
  const auto objective = MakeQuadratic<double>({});
  std::vector<Racer> racers;
  for (const char* protocol : {"async", "sync", "hogwild"}) {
    racers.push_back({protocol, MakeRunOptions({protocol}, 1, 30)});
  }
  const RaceResult race = Race<double>(*objective, nullptr, racers, 2);
  std::map<std::uint64_t, std::set<std::string>> checksums;
  for (const RaceEntry& entry : race.entries) {
    checksums[entry.repeat].insert(entry.summary.parameters_checksum);
  }
  EXPECT_EQ(checksums[0].size(), 1u);
  EXPECT_EQ(checksums[1].size(), 1u);
  EXPECT_NE(checksums[0], checksums[1]);
}

// --- Turns -------------------------------------------------------------------

class Turns : public RaceObserver {
 public:
  void OnStart(std::size_t racer, std::uint64_t repeat) override {
    log += std::to_string(repeat) + std::to_string(racer) + "(";
  }
  void OnFinish(const RaceEntry& entry) override {
    log += entry.name + ") ";
    if (log.size() >= stop_after) source.request_stop();
  }
  std::string log;
  std::size_t stop_after = 1000;
  std::stop_source source;
};

TEST(Race, LetsRacersTakeTurnsWithinEachRepeat) {
  const auto objective = Erase<double>(RandomStart());
  Turns turns;
  (void)Race<double>(*objective, nullptr,
                     {MakeRacer({"async"}, 5), MakeRacer({"sync"}, 5)}, 2,
                     {.observer = &turns});
  EXPECT_EQ(turns.log, "00(async) 01(sync) 10(async) 11(sync) ");
}

TEST(Race, ReturnsWhatWasMeasuredWhenInterrupted) {
  const auto objective = Erase<double>(RandomStart());
  Turns turns;
  turns.stop_after = 1;
  const RaceResult race = Race<double>(
      *objective, nullptr, {MakeRacer({"async"}, 5), MakeRacer({"sync"}, 5)}, 2,
      {.observer = &turns, .stop = turns.source.get_token()});
  EXPECT_EQ(turns.log, "00(async) ");
  ASSERT_EQ(race.entries.size(), 1u);
  EXPECT_TRUE(race.target_loss.has_value());
}

// --- The target --------------------------------------------------------------

TEST(Race, MeasuresAgainstTheWorstOfTheBestLosses) {
  const auto objective = Erase<double>(RandomStart());
  const RaceResult race =
      Race<double>(*objective, nullptr,
                   {MakeRacer({"async"}, 20), MakeRacer({"sync"}, 60)}, 2);
  double worst = 0.0;
  for (const RaceEntry& entry : race.entries) {
    worst = std::max(worst, entry.summary.best_loss());
  }
  EXPECT_EQ(race.target_loss, worst);
  for (const RaceEntry& entry : race.entries) {
    ASSERT_TRUE(entry.seconds_to_target.has_value());
    EXPECT_EQ(entry.seconds_to_target, entry.summary.SecondsTo(worst));
  }
}

TEST(Race, MeasuresAgainstTheGivenTarget) {
  const auto objective = Erase<double>(RandomStart());
  std::vector<Racer> racers = {MakeRacer({"async"}, 5), MakeRacer({"sync"}, 5)};
  racers[1].options.stop.target_loss = -1.0;
  EXPECT_EQ(Race<double>(*objective, nullptr, racers).target_loss, -1.0);
  racers[1].options.report.target_loss = 1000.0;
  const RaceResult race = Race<double>(*objective, nullptr, racers);
  EXPECT_EQ(race.target_loss, 1000.0);
  EXPECT_EQ(race.entries[0].seconds_to_target, 0.0);
}

TEST(Race, GoesOnWithoutARacerThatDiverges) {
  const auto objective = Erase<double>(RandomStart());
  std::vector<Racer> racers = {MakeRacer({"async"}, StopRule::kNever),
                               MakeRacer({"sync"})};
  racers[0].options.step_size = 1e6;
  racers[0].options.stop.seconds = 60.0;
  const RaceResult race = Race<double>(*objective, nullptr, racers);
  ASSERT_EQ(race.entries.size(), 2u);
  EXPECT_EQ(race.entries[0].summary.termination, Termination::kDiverged);
  EXPECT_EQ(race.entries[1].summary.termination, Termination::kUpdates);
  EXPECT_EQ(race.target_loss, race.entries[1].summary.best_loss());
  EXPECT_FALSE(race.entries[0].seconds_to_target.has_value());
  EXPECT_THAT(race.Table(), HasSubstr("diverged"));
}

TEST(Race, GoesOnWithoutARacerThatFails) {
  const auto objective = Erase<double>(RandomStart(/*throws_at=*/8));
  const RaceResult race = Race<double>(
      *objective, nullptr, {MakeRacer({"async"}, 60), MakeRacer({"sync"}, 4)});
  ASSERT_EQ(race.entries.size(), 2u);
  EXPECT_EQ(race.entries[0].summary.termination, Termination::kWorkerFailed);
  EXPECT_TRUE(race.entries[0].summary.failure);
  EXPECT_EQ(race.entries[1].summary.termination, Termination::kUpdates);
}

TEST(Race, RefusesABadRacerBeforeAnythingRuns) {
  const auto objective = Erase<double>(RandomStart());
  std::vector<Racer> racers = {MakeRacer({"async"}), MakeRacer({"sync"})};
  racers[1].options.batch_size = 0;
  Turns turns;
  try {
    (void)Race<double>(*objective, nullptr, racers, 1, {.observer = &turns});
    FAIL() << "accepted";
  } catch (const std::invalid_argument& error) {
    EXPECT_STREQ(error.what(), "racer sync: batch_size = 0 must be >= 1");
  }
  EXPECT_EQ(turns.log, "");
  EXPECT_THROW((void)Race<double>(*objective, nullptr, {}),
               std::invalid_argument);
}

// --- Runs that are known already ---------------------------------------------

TEST(Race, TakesOverFinishedRuns) {
  const auto objective = Erase<double>(RandomStart());
  const std::vector<Racer> racers = {MakeRacer({"async"}, 5),
                                     MakeRacer({"sync"}, 5)};
  RaceEntry first{.name = "async", .repeat = 0};
  first.summary.curve = {{.seconds = 0.25, .loss = 1e6}};
  first.seconds_to_target = 99.0;  // of another target
  RaceEntry second{.name = "sync", .repeat = 0};
  second.summary.parameters_checksum = "known";
  Turns turns;
  const RaceResult race =
      Race<double>(*objective, nullptr, racers, 2,
                   {.observer = &turns, .finished = {first, second}});
  EXPECT_EQ(turns.log, "10(async) 11(sync) ");
  ASSERT_EQ(race.entries.size(), 4u);
  EXPECT_EQ(race.entries[1].summary.parameters_checksum, "known");
  EXPECT_EQ(race.entries[3].repeat, 1u);
  EXPECT_EQ(race.target_loss, 1e6);  // far above all others
  EXPECT_EQ(race.entries[0].seconds_to_target, 0.25);
}

TEST(Race, KeepsFinishedRunsWhenInterrupted) {
  const auto objective = Erase<double>(RandomStart());
  std::stop_source source;
  source.request_stop();
  const std::vector<Racer> racers = {MakeRacer({"async"}, 5),
                                     MakeRacer({"sync"}, 5)};
  const RaceResult race =
      Race<double>(*objective, nullptr, racers, 3,
                   {.stop = source.get_token(),
                    .finished = {{.name = "async"}, {.name = "sync"}}});
  EXPECT_EQ(race.entries.size(), 2u);
}

}  // namespace
}  // namespace tortoise::testing
