// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <exception>
#include <span>

#include "core/clock.h"
#include "engine/basic_run.h"
#include "engine/flights.h"
#include "engine/ledger.h"

namespace tortoise::internal {

/// A run in virtual time: one thread takes the arrivals in order of time, as
/// the delay tape gives them, and nothing depends on how long that takes. What
/// an arrival does is a derived class's business.
///
/// A method that writes in place is async with whole updates here.
template <typename T>
class VirtualRun : public BasicRun<T> {
 public:
  VirtualRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
             const RunOptions& options, const RunControl& control);

 protected:
  // --- What a derived class provides ---------------------------------------

  virtual Ledger& ledger() = 0;
  /// Releases all workers into `flights_`.
  virtual void Start() = 0;
  /// Takes the events one after the other: Drive(...).
  std::exception_ptr Perform() override = 0;
  virtual void Count(Progress&) {}
  virtual void CloseBooks(Summary& summary, std::span<T> w) = 0;

  // --- What it may use ------------------------------------------------------

  /// Takes events in order of time until the run has ended; each arrival goes
  /// to `arrive`, with its Flights::Event. Returns what a gradient threw.
  template <typename Arrive>
  std::exception_ptr Drive(Ledger& ledger, Arrive&& arrive);

  using BasicRun<T>::control_;
  using BasicRun<T>::options_;

  Flights flights_;
  std::exception_ptr failure_;  // what a gradient threw

 private:
  void FillProgress(Progress& progress) final;
  void Read(typename BasicRun<T>::NewRecords& records) final;
  void Close(Summary& summary, std::span<T> w) final;
  void HandleStallOrEnd(const Flights::Event& event);
  void ReportIfDue();

  // Events between looks at the real clock: a look costs as much as an event
  // without a gradient.
  static constexpr std::int64_t kEventsPerLook = 1024;
  // Up to here what is known of all workers stays in the second-level cache.
  static constexpr int kWorkersInCache = 5000;

  double now_ = 0.0;  // virtual seconds
  RunClock real_clock_;
  double next_progress_;
  double next_records_;
  Records::Cursor cursor_;
};

// A template, so that all that an event does can become one function.
template <typename T>
template <typename Arrive>
std::exception_ptr VirtualRun<T>::Drive(Ledger& ledger, Arrive&& arrive) {
  real_clock_.Start();
  Start();
  const bool has_gradients = this->train_.num_parameters() > 0;
  const std::int64_t events_per_look = has_gradients ? 1 : kEventsPerLook;
  std::int64_t until_look = events_per_look;
  const bool fetches = this->num_workers_ > kWorkersInCache;
  while (!ledger.ended()) {
    if (fetches) {
      const int worker = flights_.FetchSoon(Ledger::kAhead);
      if (worker >= 0) ledger.Prefetch(worker);
    }
    const Flights::Event event = flights_.Next();
    if (event.end == Flights::End::kArrives &&
        event.seconds <= options_.stop.seconds) [[likely]] {
      now_ = event.seconds;
      arrive(event);
    } else {
      HandleStallOrEnd(event);
    }
    if (--until_look > 0) continue;
    until_look = events_per_look;
    ReportIfDue();
  }
  return failure_;
}

}  // namespace tortoise::internal
