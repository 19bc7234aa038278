// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <vector>

#include "tortoise/core/large_vector.h"

namespace tortoise::internal {

/// The arrivals to come of a run in virtual time: at most one per worker, taken
/// out in order of time, at equal times the lower worker id first. The order is
/// exact for all finite times >= 0, whatever their scale or distribution: times
/// are compared and never rounded.
///
/// A calendar. A year has at most 4,096 days of at most 16,384 hours each,
/// about three hours per event. Those of later days are thrown into their day,
/// one after the other in memory; when the day comes they are spread over its
/// hours. A bit per hour says whether it has events. So an event costs O(1),
/// few branches that the processor cannot foresee, and, with a million workers,
/// writes to one of 4,096 places, which stay in the second-level cache.
///
/// - After this year: kept unsorted. When the year is over, the next one is
///   planned: so long that about half of them or more fall into it. So that
///   costs O(1) per event too, and a few events far away do no harm.
/// - A crowded hour, for example when all delays are equal, is turned into a
///   binary heap, which also takes what is scheduled into it meanwhile: O(log
///   P), the worst there is. If that lasts, because times have become much
///   shorter than the hours, a new year is planned.
/// - A removed or replaced event stays where it is, and is known by not having
///   the time of its worker. When such events outnumber the others, they are
///   thrown out.
///
/// Memory: O(P). Not thread-safe.
///
/// Reference: Brown, "Calendar queues", CACM 31(10), 1988; Tang, Goh, Thng,
/// "Ladder queue", ACM TOMACS 15(3), 2005.
class EventQueue {
 public:
  struct Event {
    double seconds;
    int worker;
  };

  /// Of workers 0 ... num_workers - 1, none of them pending.
  explicit EventQueue(int num_workers);

  /// The next arrival of `worker`, instead of the one that is pending.
  /// Requires that `seconds` is finite and >= 0; it may lie in the past.
  void Schedule(int worker, double seconds);

  /// Does nothing if nothing of `worker` is pending.
  void Remove(int worker);

  [[nodiscard]] bool Contains(int worker) const {
    return pending_[static_cast<std::size_t>(worker)] != kNone;
  }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

  /// The earliest. Requires !empty(). Not const: it may have to turn a page.
  [[nodiscard]] Event Next();

  /// The same, taken out.
  Event Pop();

  /// A worker whose turn comes about `ahead` events from now, or -1: a hint, to
  /// have in the cache by then what is wanted of it.
  [[nodiscard]] int Soon(std::size_t ahead) const;

 private:
  static constexpr double kNone = -1.0;
  static constexpr std::uint32_t kNil = ~std::uint32_t{0};
  static constexpr int kHourBits = 14;
  static constexpr int kDayBits = 12;
  static constexpr std::size_t kChunk = 64;

  // Of a list: the events of an hour, or those that are free.
  struct Node {
    double seconds;
    int worker;
    std::uint32_t next;
  };
  // Events of a day in chunks of which the last one may not be full.
  struct Day {
    std::uint32_t last_chunk = kNil;
    std::uint32_t num_events = 0;
  };

  double& pending(int worker) {
    return pending_[static_cast<std::size_t>(worker)];
  }
  // Never decreasing in `seconds`, rounding included: all that the order needs.
  [[nodiscard]] double HourOfYear(double seconds) const {
    return (seconds - year_start_) * hours_per_second_;
  }
  [[nodiscard]] std::size_t FirstHour() const;

  void Insert(Event event);
  void InsertThisYear(Event event, double hour_of_year);
  void InsertDay(Event event, Day& day);
  void InsertHour(Event event, std::size_t hour);
  void InsertCrowd(Event event);
  void DropFirst();
  Event PopFromAmongOthers();

  std::uint32_t TakeChunk();
  bool FindFirst(std::size_t hour);
  void MakeCrowd(std::size_t hour);
  void TurnPage();
  void OpenDay();
  [[nodiscard]] double MedianBeyond() const;
  void PlanYear();
  void PlanYearOverAll();
  template <typename Take>
  void EmptyHour(std::size_t hour, Take&& take);
  template <typename Take>
  void EmptyDay(Day& day, Take&& take);

  LargeVector<double> pending_;  // [P] seconds, or kNone
  std::size_t size_ = 0;
  std::size_t num_stale_ = 0;  // stored, but removed or replaced
  double now_ = 0.0;           // of the last event taken out

  // The year. Hours are counted from its beginning in `HourOfYear` and `day`,
  // else from the beginning of today.
  double year_start_ = 0.0;
  double hours_per_second_ = 0.0;
  double hours_per_year_ = 0.0;  // 0 before the first year
  std::size_t num_days_ = 0;
  std::size_t today_ = 0;
  std::vector<Day> days_;
  LargeVector<Event> beyond_;  // after this year

  // Today.
  std::array<std::uint64_t, (1 << kHourBits) / 64> has_events_{};
  std::array<std::uint32_t, 1 << kHourBits> hours_;  // first nodes
  std::size_t word_ = 0;  // of has_events_; those before are 0
  std::vector<Node> nodes_;
  std::uint32_t free_node_ = kNil;
  bool is_crowded_ = false;  // then all up to crowded_hour_ are in crowd_
  std::size_t crowded_hour_ = 0;
  std::vector<Event> crowd_;              // a heap
  std::size_t num_crowd_insertions_ = 0;  // this year

  // What precedes each chunk in its list, and the list of free ones.
  LargeVector<std::array<Event, kChunk>> chunks_;
  std::vector<std::uint32_t> chunk_before_;
  std::uint32_t free_chunk_ = kNil;
};

// Inline, since this is what a run without gradients does all the time.

inline void EventQueue::Schedule(int worker, double seconds) {
  assert(seconds >= 0 && seconds <= std::numeric_limits<double>::max());
  if (pending(worker) == seconds) return;  // it stands where it should
  if (Contains(worker)) Remove(worker);
  pending(worker) = seconds;
  ++size_;
  Insert({seconds, worker});
}

inline void EventQueue::Insert(Event event) {
  const double hour_of_year = HourOfYear(event.seconds);
  if (hour_of_year >= hours_per_year_) [[unlikely]] {
    beyond_.push_back(event);
  } else {
    InsertThisYear(event, hour_of_year);
  }
}

// What lies before today goes into its first hour.
inline void EventQueue::InsertThisYear(Event event, double hour_of_year) {
  const auto hour = static_cast<std::size_t>(std::max(hour_of_year, 0.0));
  const std::size_t day = hour >> kHourBits;
  if (day > today_) {
    InsertDay(event, days_[day]);
  } else {
    const std::size_t first = today_ << kHourBits;
    InsertHour(event, std::max(hour, first) - first);
  }
}

inline void EventQueue::InsertDay(Event event, Day& day) {
  const std::size_t position = day.num_events++ % kChunk;
  if (position == 0) {
    const std::uint32_t chunk = TakeChunk();
    chunk_before_[chunk] = day.last_chunk;
    day.last_chunk = chunk;
  }
  chunks_[day.last_chunk][position] = event;
}

inline void EventQueue::InsertHour(Event event, std::size_t hour) {
  if (is_crowded_ && hour <= crowded_hour_) [[unlikely]] {
    InsertCrowd(event);
    return;
  }
  std::uint32_t node = free_node_;
  if (node == kNil) [[unlikely]] {
    node = static_cast<std::uint32_t>(nodes_.size());
    nodes_.emplace_back();
  } else {
    free_node_ = nodes_[node].next;
  }
  nodes_[node] = {event.seconds, event.worker, hours_[hour]};
  hours_[hour] = node;
  // A branch and not a minimum: foreseen, it lets the next event begin before
  // the time of this one is known.
  if (hour / 64 < word_) [[unlikely]] {
    word_ = hour / 64;
  }
  has_events_[hour / 64] |= std::uint64_t{1} << hour % 64;
}

inline std::size_t EventQueue::FirstHour() const {
  return word_ * 64 +
         static_cast<std::size_t>(std::countr_zero(has_events_[word_]));
}

// Most events have their hour to themselves.
inline EventQueue::Event EventQueue::Pop() {
  if (is_crowded_ || has_events_[word_] == 0) return PopFromAmongOthers();
  std::uint32_t& first = hours_[FirstHour()];
  const std::uint32_t popped = first;
  Node& node = nodes_[popped];
  double& pending = this->pending(node.worker);
  if (node.next != kNil || pending != node.seconds) return PopFromAmongOthers();
  has_events_[word_] &= has_events_[word_] - 1;
  first = kNil;
  node.next = free_node_;
  free_node_ = popped;
  pending = kNone;
  --size_;
  now_ = node.seconds;
  return {node.seconds, node.worker};
}

}  // namespace tortoise::internal
