// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/event_queue.h"

#include <algorithm>
#include <bit>
#include <limits>

namespace tortoise::internal {
namespace {

constexpr double kMax = std::numeric_limits<double>::max();

// A year in medians of the time to the next event. Exponential delays: 8
// medians are 5.5 means, so that 0.4 % of the events lie beyond the year.
constexpr double kYear = 8.0;

// In a year, which is about three per event that lies in an hour to come: then
// most hours that have any have one, and a word of bits has some twenty.
constexpr std::size_t kHoursPerEvent = 16;

// A list of up to so many is searched each time, and a longer one made a heap.
constexpr int kSearched = 16;

// Events whose median stands for that of all.
constexpr std::size_t kSample = 255;

// Up to here a heap or a number of removed events is not worth a new year.
constexpr std::size_t kFew = 64;

// Plain function objects: the algorithms inline them.
constexpr auto kEarlier = [](const auto& a, const auto& b) {
  return a.seconds < b.seconds ||
         (a.seconds == b.seconds && a.worker < b.worker);
};
constexpr auto kLater = [](const auto& a, const auto& b) {
  return kEarlier(b, a);
};

}  // namespace

EventQueue::EventQueue(int num_workers)
    : pending_(static_cast<std::size_t>(num_workers), kNone),
      days_(std::size_t{1} << kDayBits) {
  hours_.fill(kNil);
  beyond_.reserve(pending_.size());
}

// --- In ----------------------------------------------------------------------

void EventQueue::Remove(int worker) {
  if (!Contains(worker)) return;
  pending(worker) = kNone;
  --size_;
  if (++num_stale_ > size_ + kFew) PlanYearOverAll();
}

std::uint32_t EventQueue::TakeChunk() {
  const std::uint32_t chunk = free_chunk_;
  if (chunk == kNil) {
    chunks_.emplace_back();
    chunk_before_.push_back(kNil);
    return static_cast<std::uint32_t>(chunks_.size() - 1);
  }
  free_chunk_ = chunk_before_[chunk];
  return chunk;
}

void EventQueue::InsertCrowd(Event event) {
  crowd_.push_back(event);
  std::push_heap(crowd_.begin(), crowd_.end(), kLater);
  if (crowd_.size() > kFew && ++num_crowd_insertions_ > size_) {
    PlanYearOverAll();
  }
}

// --- Out ---------------------------------------------------------------------

EventQueue::Event EventQueue::Next() {
  assert(!empty());
  for (;;) {
    Event event;
    if (!is_crowded_) {
      if (has_events_[word_] == 0) {
        if (++word_ == has_events_.size()) TurnPage();
        continue;
      }
      const std::size_t hour = FirstHour();
      if (nodes_[hours_[hour]].next != kNil && !FindFirst(hour)) continue;
      const Node& first = nodes_[hours_[hour]];
      event = {first.seconds, first.worker};
    } else if (!crowd_.empty()) {
      event = crowd_.front();
    } else {
      is_crowded_ = false;
      continue;
    }
    if (pending(event.worker) == event.seconds) return event;
    DropFirst();
    --num_stale_;
  }
}

EventQueue::Event EventQueue::PopFromAmongOthers() {
  const Event event = Next();
  DropFirst();
  pending(event.worker) = kNone;
  --size_;
  now_ = event.seconds;
  return event;
}

int EventQueue::Soon(std::size_t ahead) const {
  std::size_t word = word_;
  std::size_t left = ahead;
  for (;;) {
    if (word == has_events_.size()) return -1;
    const auto count =
        static_cast<std::size_t>(std::popcount(has_events_[word]));
    if (left < count) break;
    left -= count;
    ++word;
  }
  std::uint64_t events = has_events_[word];
  for (; left > 0; --left) events &= events - 1;
  const std::size_t hour =
      word * 64 + static_cast<std::size_t>(std::countr_zero(events));
  const int worker = nodes_[hours_[hour]].worker;
  __builtin_prefetch(&pending_[static_cast<std::size_t>(worker)], 1);
  return worker;
}

// What Next() has just found.
void EventQueue::DropFirst() {
  if (is_crowded_) {
    std::pop_heap(crowd_.begin(), crowd_.end(), kLater);
    crowd_.pop_back();
    return;
  }
  std::uint32_t& first = hours_[FirstHour()];
  Node& node = nodes_[first];
  const std::uint32_t dropped = first;
  first = node.next;
  if (first == kNil) has_events_[word_] &= has_events_[word_] - 1;
  node.next = free_node_;
  free_node_ = dropped;
}

// Puts the earliest event of `hour` at the head of its list. Returns false if
// it makes it a crowd instead.
bool EventQueue::FindFirst(std::size_t hour) {
  std::uint32_t* const head = &hours_[hour];
  std::uint32_t* earliest = head;
  int count = 0;
  for (std::uint32_t* link = head; *link != kNil; link = &nodes_[*link].next) {
    if (++count > kSearched) {
      MakeCrowd(hour);
      return false;
    }
    if (kEarlier(nodes_[*link], nodes_[*earliest])) earliest = link;
  }
  const std::uint32_t node = *earliest;
  *earliest = nodes_[node].next;
  nodes_[node].next = *head;
  *head = node;
  return true;
}

void EventQueue::MakeCrowd(std::size_t hour) {
  EmptyHour(hour, [this](const Event& event) { crowd_.push_back(event); });
  std::make_heap(crowd_.begin(), crowd_.end(), kLater);
  is_crowded_ = true;
  crowded_hour_ = hour;
}

template <typename Take>
void EventQueue::EmptyHour(std::size_t hour, Take&& take) {
  while (hours_[hour] != kNil) {
    const std::uint32_t node = hours_[hour];
    take(Event{nodes_[node].seconds, nodes_[node].worker});
    hours_[hour] = nodes_[node].next;
    nodes_[node].next = free_node_;
    free_node_ = node;
  }
  has_events_[hour / 64] &= ~(std::uint64_t{1} << hour % 64);
}

// --- Days and years ----------------------------------------------------------

// Goes on to the next day that has events, which may be one of a new year.
void EventQueue::TurnPage() {
  do {
    ++today_;
  } while (today_ < num_days_ && days_[today_].num_events == 0);
  if (today_ < num_days_) {
    word_ = 0;
    const std::size_t first = today_ << kHourBits;
    EmptyDay(days_[today_], [this, first](const Event& event) {
      // Of a million workers, few are in the cache; they will be wanted.
      __builtin_prefetch(&pending(event.worker), 1);
      InsertHour(event,
                 static_cast<std::size_t>(HourOfYear(event.seconds)) - first);
    });
  } else {
    PlanYear();
  }
}

template <typename Take>
void EventQueue::EmptyDay(Day& day, Take&& take) {
  while (day.num_events > 0) {
    const std::uint32_t chunk = day.last_chunk;
    const std::size_t count = (day.num_events - 1) % kChunk + 1;
    for (std::size_t k = 0; k < count; ++k) take(chunks_[chunk][k]);
    day.num_events -= static_cast<std::uint32_t>(count);
    day.last_chunk = chunk_before_[chunk];
    chunk_before_[chunk] = free_chunk_;
    free_chunk_ = chunk;
  }
}

// Of a sample: sorting all of them costs more than a year of another length.
double EventQueue::MedianBeyond() const {
  std::array<double, kSample> sample;
  const std::size_t stride = beyond_.size() / kSample + 1;
  std::size_t count = 0;
  for (std::size_t k = 0; k < beyond_.size(); k += stride) {
    sample[count++] = beyond_[k].seconds;
  }
  const auto middle = sample.begin() + static_cast<std::ptrdiff_t>(count / 2);
  std::nth_element(sample.begin(), middle,
                   sample.begin() + static_cast<std::ptrdiff_t>(count));
  return *middle;
}

// Requires that all events lie beyond the year, and that there is one.
void EventQueue::PlanYear() {
  const double median = MedianBeyond();
  double first = median;
  for (const Event& event : beyond_) first = std::min(first, event.seconds);
  // If half of them come at once, how long they take tells more.
  const double length =
      kYear * (first < median ? median - first : std::max(median - now_, 0.0));
  constexpr std::size_t kMostHours = std::size_t{1} << (kHourBits + kDayBits);
  const std::size_t hours = std::clamp<std::size_t>(
      std::bit_ceil(kHoursPerEvent * beyond_.size()), 64, kMostHours);
  year_start_ = first;
  hours_per_year_ = static_cast<double>(hours);
  // A year of no length or an infinite one has a single crowded hour.
  hours_per_second_ = length > 0 ? std::min(hours_per_year_ / length, kMax) : 0;
  num_days_ = ((hours - 1) >> kHourBits) + 1;
  // Memory that grows is copied, and touched once more.
  if (num_days_ > 1) chunks_.reserve(beyond_.size() / kChunk + num_days_);
  today_ = 0;
  word_ = 0;
  num_crowd_insertions_ = 0;

  std::size_t num_beyond = 0;
  for (const Event& event : beyond_) {
    const double hour_of_year = HourOfYear(event.seconds);
    if (hour_of_year >= hours_per_year_) {
      beyond_[num_beyond++] = event;
    } else {
      InsertThisYear(event, hour_of_year);
    }
  }
  beyond_.resize(num_beyond);
}

// Throws out what was removed or replaced, and begins a new year.
void EventQueue::PlanYearOverAll() {
  const auto put_back = [this](const Event& event) {
    beyond_.push_back(event);
  };
  for (; word_ < has_events_.size(); ++word_) {
    while (has_events_[word_] != 0) EmptyHour(FirstHour(), put_back);
  }
  std::for_each(crowd_.begin(), crowd_.end(), put_back);
  crowd_.clear();
  is_crowded_ = false;
  for (; today_ < num_days_; ++today_) EmptyDay(days_[today_], put_back);

  // Of equal events of one worker the first one stays: its time is taken away
  // from `pending_` until all have been looked at.
  std::erase_if(beyond_, [this](const Event& event) {
    const bool is_pending = pending(event.worker) == event.seconds;
    if (is_pending) pending(event.worker) = kNone;
    return !is_pending;
  });
  for (const Event& event : beyond_) pending(event.worker) = event.seconds;
  num_stale_ = 0;
  hours_per_year_ = 0.0;
  num_days_ = 0;
  today_ = 0;
  word_ = 0;
  if (!beyond_.empty()) PlanYear();
}

}  // namespace tortoise::internal
