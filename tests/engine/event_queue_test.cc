// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/event_queue.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "tortoise/core/random.h"

namespace tortoise::internal {
namespace {

using Events = std::vector<std::pair<double, int>>;

// The slow and obvious queue: pairs are ordered by time, then by worker.
class Reference {
 public:
  explicit Reference(int num_workers)
      : pending_(static_cast<std::size_t>(num_workers), -1.0) {}

  void Schedule(int worker, double seconds) {
    Remove(worker);
    at(worker) = seconds;
    events_.insert({seconds, worker});
  }
  void Remove(int worker) {
    events_.erase({at(worker), worker});
    at(worker) = -1.0;
  }
  bool Contains(int worker) { return at(worker) >= 0; }
  std::pair<double, int> Next() const { return *events_.begin(); }
  std::pair<double, int> Pop() {
    const auto first = Next();
    Remove(first.second);
    return first;
  }
  std::size_t size() const { return events_.size(); }

 private:
  double& at(int worker) { return pending_[static_cast<std::size_t>(worker)]; }

  std::vector<double> pending_;
  std::set<std::pair<double, int>> events_;
};

std::pair<double, int> AsPair(const EventQueue::Event& event) {
  return {event.seconds, event.worker};
}

// Times from now on, drawn with a uniform number: each nasty in its own way.
struct Law {
  std::string name;
  std::function<double(double u)> delay;
};

const std::vector<Law>& Laws() {
  static const std::vector<Law> kLaws = {
      {"exponential", [](double u) { return -std::log(u); }},
      {"shifted exponential", [](double u) { return 1 - 0.1 * std::log(u); }},
      {"constant", [](double) { return 0.25; }},
      {"zero", [](double) { return 0.0; }},
      {"zero or one", [](double u) { return u < 0.5 ? 0.0 : 1.0; }},
      {"Pareto without a mean", [](double u) { return 1 / (u * u); }},
      {"two speeds", [](double u) { return u < 0.9 ? 1.0 : 1e6; }},
      {"any scale", [](double u) { return std::exp(1000 * (u - 0.5)); }},
      {"an outlier", [](double u) { return u < 0.01 ? 1e9 : u; }},
      {"barely apart", [](double u) { return 1e9 + 1e-7 * u; }},
      {"denormal", [](double u) { return std::floor(100 * u) * 5e-324; }},
      {"huge", [](double u) { return 1e300 * u; }}};
  return kLaws;
}

double Finite(double seconds) {
  return std::min(seconds, std::numeric_limits<double>::max());
}

// --- One event after the other -----------------------------------------------

TEST(EventQueue, IsEmptyAtFirst) {
  const EventQueue queue(3);
  EXPECT_TRUE(queue.empty());
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_FALSE(queue.Contains(2));
}

TEST(EventQueue, TakesOutTheEarliest) {
  EventQueue queue(3);
  queue.Schedule(0, 2.0);
  queue.Schedule(1, 1.0);
  queue.Schedule(2, 3.0);
  Events popped;
  while (!queue.empty()) popped.push_back(AsPair(queue.Pop()));
  EXPECT_EQ(popped, (Events{{1.0, 1}, {2.0, 0}, {3.0, 2}}));
}

TEST(EventQueue, TakesOutTheLowerWorkerAtEqualTimes) {
  EventQueue queue(1000);
  for (int w = 999; w >= 0; --w) queue.Schedule(w, 0.5);
  for (int w = 0; w < 1000; ++w) {
    ASSERT_EQ(AsPair(queue.Pop()), std::pair(0.5, w));
  }
}

TEST(EventQueue, TellsNeighbouringDoublesApart) {
  EventQueue queue(2);
  queue.Schedule(0, std::nextafter(1e9, 2e9));
  queue.Schedule(1, 1e9);
  EXPECT_EQ(queue.Pop().worker, 1);
  EXPECT_EQ(queue.Pop().worker, 0);
}

TEST(EventQueue, ReplacesWhatIsPending) {
  EventQueue queue(2);
  queue.Schedule(0, 1.0);
  queue.Schedule(1, 2.0);
  queue.Schedule(0, 3.0);
  EXPECT_EQ(queue.size(), 2u);
  EXPECT_EQ(AsPair(queue.Pop()), std::pair(2.0, 1));
  EXPECT_EQ(AsPair(queue.Pop()), std::pair(3.0, 0));
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, ForgetsWhatIsRemoved) {
  EventQueue queue(2);
  queue.Schedule(0, 1.0);
  queue.Schedule(1, 2.0);
  queue.Remove(0);
  queue.Remove(0);
  EXPECT_FALSE(queue.Contains(0));
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_EQ(queue.Next().worker, 1);
}

TEST(EventQueue, GivesBackATimeThatWasReplacedAndCameBackOnce) {
  EventQueue queue(1);
  for (int k = 0; k < 1000; ++k) {
    queue.Schedule(0, 1.0);
    queue.Schedule(0, 2.0);
  }
  queue.Schedule(0, 1.0);
  EXPECT_EQ(AsPair(queue.Pop()), std::pair(1.0, 0));
  EXPECT_TRUE(queue.empty());
}

TEST(EventQueue, TakesAnEventOfThePast) {
  EventQueue queue(3);
  queue.Schedule(0, 5.0);
  queue.Schedule(1, 6.0);
  queue.Pop();
  queue.Schedule(0, 1.0);
  queue.Schedule(2, 0.0);
  EXPECT_EQ(queue.Pop().worker, 2);
  EXPECT_EQ(queue.Pop().worker, 0);
  EXPECT_EQ(queue.Pop().worker, 1);
}

TEST(EventQueue, TakesNegativeZeroForZero) {
  EventQueue queue(2);
  queue.Schedule(1, 0.0);
  queue.Schedule(0, -0.0);
  EXPECT_EQ(queue.Pop().worker, 0);
  EXPECT_EQ(queue.Pop().worker, 1);
}

// --- Against the reference ---------------------------------------------------

// As in a run: every arrival starts the next one. `changes[k]` of the others
// are removed or replaced at event k.
void Race(const Law& law, int num_workers, int num_events, int num_changes,
          std::uint64_t seed) {
  EventQueue queue(num_workers);
  Reference reference(num_workers);
  RandomSequence draw(RandomStream(seed, 0, Purpose::kDelay));
  const auto schedule = [&](int worker, double now) {
    const double seconds = Finite(now + law.delay(draw.Uniform()));
    queue.Schedule(worker, seconds);
    reference.Schedule(worker, seconds);
  };
  for (int w = 0; w < num_workers; ++w) schedule(w, 0.0);
  for (int k = 0; k < num_events && reference.size() > 0; ++k) {
    RC_ASSERT(AsPair(queue.Next()) == reference.Next());
    const auto [now, worker] = reference.Pop();
    RC_ASSERT(AsPair(queue.Pop()) == std::pair(now, worker));
    RC_ASSERT(!queue.Contains(worker));
    schedule(worker, now);
    for (int c = 0; c < num_changes; ++c) {
      const auto other =
          static_cast<int>(draw.Index(static_cast<std::uint64_t>(num_workers)));
      if (draw.Index(4) == 0) {
        queue.Remove(other);
        reference.Remove(other);
      } else {
        schedule(other, now);
      }
      RC_ASSERT(queue.Contains(other) == reference.Contains(other));
    }
    RC_ASSERT(queue.size() == reference.size());
  }
  while (reference.size() > 0) {
    RC_ASSERT(AsPair(queue.Pop()) == reference.Pop());
  }
  RC_ASSERT(queue.empty());
}

RC_GTEST_PROP(EventQueue, AgreesWithASortedSet, ()) {
  const Law& law = *rc::gen::elementOf(Laws());
  RC_TAG(law.name);
  const int num_workers = *rc::gen::element(1, 2, 3, 10, 64, 300);
  const int num_changes = *rc::gen::element(0, 0, 1, 5);
  Race(law, num_workers, 1500, num_changes, *rc::gen::arbitrary<unsigned>());
}

// The law changes on the way: years planned for one scale meet another.
RC_GTEST_PROP(EventQueue, AgreesWithASortedSetWhenTheScaleChanges, ()) {
  const double factor = *rc::gen::element(1e-12, 1e-6, 1e-3, 1e3, 1e6);
  const double scale = factor < 1 ? 1.0 : 1e-6;
  int calls = 0;
  const Law law = {"a change", [&](double u) {
                     return ++calls < 900 ? -scale * std::log(u)
                                          : -factor * scale * std::log(u);
                   }};
  Race(law, *rc::gen::element(2, 50, 300), 2000, 0,
       *rc::gen::arbitrary<unsigned>());
}

// Any order of calls, with times that have nothing to do with each other.
RC_GTEST_PROP(EventQueue, AgreesWithASortedSetOnAnyCalls, ()) {
  const int num_workers = *rc::gen::inRange(1, 200);
  const Law& law = *rc::gen::elementOf(Laws());
  EventQueue queue(num_workers);
  Reference reference(num_workers);
  RandomSequence draw(
      RandomStream(*rc::gen::arbitrary<unsigned>(), 0, Purpose::kDelay));
  const auto pops = static_cast<std::uint64_t>(*rc::gen::inRange(1, 4));
  for (int k = 0; k < 3000; ++k) {
    const auto worker =
        static_cast<int>(draw.Index(static_cast<std::uint64_t>(num_workers)));
    if (draw.Index(5) >= pops) {
      const double seconds = law.delay(draw.Uniform());
      queue.Schedule(worker, seconds);
      reference.Schedule(worker, seconds);
    } else if (draw.Index(8) == 0) {
      queue.Remove(worker);
      reference.Remove(worker);
    } else if (reference.size() > 0) {
      RC_ASSERT(AsPair(queue.Pop()) == reference.Pop());
    }
    RC_ASSERT(queue.size() == reference.size());
  }
}

// --- Sizes at which years have many days -------------------------------------

class EventQueueOfMany : public ::testing::TestWithParam<std::size_t> {};

TEST_P(EventQueueOfMany, AgreesWithASortedSet) {
  Race(Laws()[GetParam()], 20'000, 40'000, 0, 1);
}

INSTANTIATE_TEST_SUITE_P(Laws, EventQueueOfMany,
                         ::testing::Range<std::size_t>(0, 12));

// As under k-sync with a small quorum: all others are cancelled and start anew.
TEST(EventQueue, AgreesWithASortedSetWhenAllAreReplacedTogether) {
  constexpr int kWorkers = 2000;
  EventQueue queue(kWorkers);
  Reference reference(kWorkers);
  RandomSequence draw(RandomStream(1, 0, Purpose::kDelay));
  double now = 0.0;
  for (int update = 0; update < 100; ++update) {
    for (int w = 0; w < kWorkers; ++w) {
      const double seconds = now - std::log(draw.Uniform());
      queue.Schedule(w, seconds);
      reference.Schedule(w, seconds);
    }
    for (int k = 0; k < 3; ++k) {
      now = reference.Next().first;
      ASSERT_EQ(AsPair(queue.Pop()), reference.Pop());
    }
  }
}

}  // namespace
}  // namespace tortoise::internal
