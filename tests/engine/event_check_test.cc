// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Which sequences of events a replay follows, and which it refuses.

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "engine/replay_testing.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"

namespace tortoise::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

// --- Any sequence that makes sense -------------------------------------------

// A random sequence of events that no coordinator has to have decided: with
// quorum, local steps and step size changing from update to update.
Events RandomEvents(int num_workers, bool has_local_steps) {
  struct Worker {
    std::optional<EventRecord> release;
    std::int64_t next = 0;
  };
  std::vector<Worker> workers(static_cast<std::size_t>(num_workers));
  Events events;
  EventRecord now{.pace = {.quorum = *rc::gen::inRange(1, 6),
                           .local_steps = has_local_steps ? 3 : 1,
                           .step = 0.1}};
  int pending = 0;
  const int length = *rc::gen::inRange(0, 150);
  for (int i = 0; i < length; ++i) {
    EventRecord event = now;
    event.seconds = i;
    if (pending == now.pace.quorum) {
      event.kind = EventKind::kUpdate;
      event.version = ++now.version;
      events.push_back(event);
      pending = 0;
      now.pace.quorum = *rc::gen::inRange(1, 6);
      now.pace.step = 0.01 * *rc::gen::inRange(1, 30);
      if (has_local_steps) now.pace.local_steps = *rc::gen::inRange(2, 5);
      continue;
    }
    event.worker = *rc::gen::inRange(0, num_workers);
    Worker& worker = workers[static_cast<std::size_t>(event.worker)];
    if (!worker.release) {
      event.kind = EventKind::kRelease;
      event.gradient = worker.next;
      worker.next += event.pace.local_steps;
      worker.release = event;
    } else {
      const bool arrives = *rc::gen::inRange(0, 5) > 0;
      event = *worker.release;
      event.kind = arrives ? EventKind::kArrival : EventKind::kCancel;
      event.seconds = i;
      event.pace.quorum = now.pace.quorum;
      event.pace.step = now.pace.step;
      pending += arrives ? 1 : 0;
      worker.release.reset();
    }
    events.push_back(event);
  }
  return events;
}

RC_GTEST_PROP(ReplayProperty, FollowsTheEventsWhateverTheyAre, ()) {
  const int num_workers = *rc::gen::inRange(1, 7);
  const Events events = RandomEvents(num_workers, *rc::gen::arbitrary<bool>());
  const RunOptions options = MakeRunOptions({"async"}, num_workers, 5);
  std::vector<double> w;
  const ReplayResult result =
      ReplayFromZeros<double>(*Small(), options, events, w);
  const auto models = FollowSlowly<double>(*Small(), options, events);
  RC_ASSERT(result.updates == static_cast<std::int64_t>(models.size()) - 1);
  RC_ASSERT(w == models.back());
}

// --- Sequences that do not ---------------------------------------------------

// The final parameters; nothing if the events are refused.
std::optional<std::vector<double>> TryReplay(const RunOptions& options,
                                             const Events& events) {
  std::vector<double> w;
  try {
    ReplayFromZeros<double>(*Small(), options, events, w);
    return w;
  } catch (const std::invalid_argument&) {
    return std::nullopt;
  }
}

RunOptions ArbitraryOptions() {
  const std::vector<Contender> presets = AllPresets();
  const auto& contender = *rc::gen::elementOf(presets);
  RunOptions options = MakeRunOptions(contender, *rc::gen::inRange(2, 5), 15);
  // In virtual time hogwild is async; its record may be replayed as such.
  if (options.method.writes_in_place()) {
    options.method = MakeMethod("async", options.method.num_workers);
  }
  options.seed = *rc::gen::inRange<std::uint64_t>(1, 100);
  return options;
}

// Is row i part of a contribution that an update counts, or an update?
bool IsCounted(const Events& events, std::size_t i) {
  const EventRecord& event = events[i];
  if (event.kind == EventKind::kUpdate) return true;
  std::size_t arrival = 0;
  while (arrival < events.size() &&
         !(events[arrival].kind == EventKind::kArrival &&
           events[arrival].worker == event.worker &&
           events[arrival].gradient == event.gradient)) {
    ++arrival;
  }
  for (std::size_t j = arrival; j < events.size(); ++j) {
    if (events[j].kind == EventKind::kUpdate) return true;
  }
  return false;
}

RC_GTEST_PROP(ReplayProperty, NoticesALostRowThatMatters, ()) {
  const RunOptions options = ArbitraryOptions();
  Events events = Record(options);
  const auto index = *rc::gen::inRange<std::size_t>(0, events.size());
  RC_PRE(IsCounted(events, index));
  const auto before = TryReplay(options, events);
  events.erase(events.begin() + static_cast<std::ptrdiff_t>(index));
  RC_ASSERT(before.has_value());
  RC_ASSERT(TryReplay(options, events) != before);
}

RC_GTEST_PROP(ReplayProperty, RefusesOrFollowsSwappedRows, ()) {
  const RunOptions options = ArbitraryOptions();
  Events events = Record(options);
  const auto a = *rc::gen::inRange<std::size_t>(0, events.size());
  const auto b = *rc::gen::inRange<std::size_t>(0, events.size());
  std::swap(events[a], events[b]);
  std::swap(events[a].seconds, events[b].seconds);
  const auto after = TryReplay(options, events);
  if (!after) return;
  RC_ASSERT(*after == FollowSlowly<double>(*Small(), options, events).back());
}

RC_GTEST_PROP(ReplayProperty, RefusesOrFollowsAChangedNumber, ()) {
  const RunOptions options = ArbitraryOptions();
  Events events = Record(options);
  EventRecord& event = events[*rc::gen::inRange<std::size_t>(0, events.size())];
  const int change = *rc::gen::elementOf(std::vector<int>{-1, 1, 10, 1 << 30});
  switch (*rc::gen::inRange(0, 6)) {
    case 0:
      event.worker += change;
      break;
    case 1:
      event.gradient += change;
      break;
    case 2:
      event.version += change;
      break;
    case 3:
      event.pace.quorum += change;
      break;
    case 4:
      event.pace.local_steps += change;
      break;
    default:
      event.pace.step += change;
      break;
  }
  const auto after = TryReplay(options, events);
  if (!after) return;
  RC_ASSERT(*after == FollowSlowly<double>(*Small(), options, events).back());
}

// The events of two workers under sync, by hand: releases, two arrivals, an
// update, releases.
Events ByHand() {
  Events events;
  for (int w = 0; w < 2; ++w) {
    events.push_back({.kind = EventKind::kRelease, .worker = w, .gradient = 0});
  }
  for (int w = 0; w < 2; ++w) {
    events.push_back({.kind = EventKind::kArrival, .worker = w, .gradient = 0});
  }
  events.push_back({.kind = EventKind::kUpdate, .version = 1});
  for (int w = 0; w < 2; ++w) {
    events.push_back({.kind = EventKind::kRelease,
                      .worker = w,
                      .gradient = 1,
                      .version = 1});
  }
  for (EventRecord& event : events) {
    event.seconds = 1.0;
    event.pace.quorum = 2;
    event.pace.step = 0.1;
  }
  return events;
}

void ExpectRefused(const Events& events, const std::string& message) {
  SCOPED_TRACE(message);
  std::vector<double> w;
  EXPECT_THAT(
      [&] {
        ReplayFromZeros<double>(*Small(), MakeRunOptions({"sync"}, 2, 5),
                                events, w);
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr(message)));
}

// `ByHand` with one row changed; they count from 1.
template <typename Change>
Events Changed(std::size_t number, const Change& change) {
  Events events = ByHand();
  change(events[number - 1]);
  return events;
}

TEST(Replay, FollowsTheEventsByHand) {
  std::vector<double> w;
  EXPECT_EQ(ReplayFromZeros<double>(*Small(), MakeRunOptions({"sync"}, 2, 5),
                                    ByHand(), w)
                .updates,
            1);
}

TEST(Replay, RefusesFieldsOutOfRange) {
  ExpectRefused(Changed(1, [](auto& e) { e.worker = 2; }),
                "event 1: there is no worker 2");
  ExpectRefused(Changed(1, [](auto& e) { e.pace.quorum = 0; }),
                "the quorum must be >= 1");
  ExpectRefused(Changed(1, [](auto& e) { e.pace.local_steps = 0; }),
                "local_steps must be >= 1");
  ExpectRefused(Changed(6, [](auto& e) { e.pace.step = std::nan(""); }),
                "the step must be > 0");
  ExpectRefused(Changed(7, [](auto& e) { e.seconds = 0.5; }),
                "event 7: time must not go back");
}

TEST(Replay, RefusesContributionsThatNoRunRecords) {
  ExpectRefused(Changed(2, [](auto& e) { e.worker = 0; }),
                "event 2: worker 0 is released, but has not arrived");
  ExpectRefused(Changed(3, [](auto& e) { e.gradient = 1; }),
                "event 3: worker 0 was not released for gradient 1");
  ExpectRefused(Changed(4, [](auto& e) { e.version = 1; }), "on version 1");
  ExpectRefused(Changed(4, [](auto& e) { e.pace.local_steps = 2; }),
                "with 2 local steps");
  ExpectRefused(Changed(6, [](auto& e) { e.version = 0; }),
                "event 6: worker 0 is released on version 0, but the model "
                "has version 1");
  ExpectRefused(Changed(7, [](auto& e) { e.gradient = 5; }),
                "event 7: worker 1 is released for gradient 5, but its next "
                "one is 1");
}

TEST(Replay, RefusesUpdatesThatNoRunRecords) {
  ExpectRefused(Changed(4, [](auto& e) { e.pace.quorum = 3; }),
                "event 4: the quorum changes before its update");
  ExpectRefused(Changed(4, [](auto& e) { e.kind = EventKind::kCancel; }),
                "event 5: the update counts 2 contributions, but 1 have");
  ExpectRefused(Changed(5, [](auto& e) { e.version = 2; }),
                "event 5: the update makes version 2 after version 0");
  ExpectRefused(Changed(5, [](auto& e) { e.worker = 1; }),
                "event 5: an update has no worker");
  ExpectRefused(Changed(4, [](auto& e) { e.pace.step = 0.2; }),
                "event 4: the step changes before its update");
  ExpectRefused(Changed(5, [](auto& e) { e.pace.step = 0.2; }),
                "event 5: the update and its contributions have different");
  Events events = ByHand();
  for (EventRecord& event : events) event.pace.quorum = 1;
  ExpectRefused(events, "event 4: the update before it is missing");
}

// As when tau changes while contributions are under way.
TEST(Replay, CountsGradientsBesideChanges) {
  Events events = ByHand();
  events[1].pace.local_steps = events[3].pace.local_steps = 2;
  events[6].gradient = 2;
  const RunOptions options = MakeRunOptions({"sync"}, 2, 5);
  std::vector<double> w;
  ReplayFromZeros<double>(*Small(), options, events, w);
  EXPECT_EQ(w, FollowSlowly<double>(*Small(), options, events).back());
}

TEST(Replay, LeavesOutWhatWasDropped) {
  Events events = ByHand();
  EventRecord release = events[0];
  release.gradient = 1;
  EventRecord drop = events[2];
  drop.kind = EventKind::kDrop;
  events[2].gradient = 1;
  events[5].gradient = 2;
  events.insert(events.begin() + 2, {drop, release});
  const RunOptions options = MakeRunOptions({"sync"}, 2, 5);
  std::vector<double> w;
  ReplayFromZeros<double>(*Small(), options, events, w);
  EXPECT_EQ(w, FollowSlowly<double>(*Small(), options, events).back());
}

TEST(Replay, RefusesAnUpdateThatLeadsToInfinity) {
  Events events = ByHand();
  for (EventRecord& event : events) event.pace.step = 1.7e308;
  std::vector<double> w;
  const auto objective =
      MakeQuadratic<double>({.parameters = 3, .L = 1e6, .c = 1e6});
  EXPECT_THAT(
      [&] {
        ReplayFromZeros<double>(*objective, MakeRunOptions({"sync"}, 2, 5),
                                events, w);
      },
      ThrowsMessage<std::invalid_argument>(
          HasSubstr("event 5: the update makes a parameter NaN or infinite")));
}

TEST(Replay, RefusesHogwildAndParametersThatDoNotFit) {
  std::vector<double> w(3);
  EXPECT_THAT(
      [&] {
        (void)tortoise::Replay<double>(*Small(),
                                       MakeRunOptions({"hogwild"}, 2, 5), {},
                                       std::span<double>(w));
      },
      ThrowsMessage<std::invalid_argument>(
          HasSubstr("hogwild cannot be replayed")));
  w.resize(4);
  EXPECT_THAT(
      [&] {
        (void)tortoise::Replay<double>(*Small(), MakeRunOptions({"sync"}, 2, 5),
                                       {}, std::span<double>(w));
      },
      ThrowsMessage<std::invalid_argument>(HasSubstr("w has 4 parameters")));
  w.assign(3, std::nan(""));
  EXPECT_THROW(
      (void)tortoise::Replay<double>(*Small(), MakeRunOptions({"sync"}, 2, 5),
                                     {}, std::span<double>(w)),
      std::invalid_argument);
}

}  // namespace
}  // namespace tortoise::testing
