// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/flights.h"

#include <algorithm>
#include <cmath>
#include <optional>

namespace tortoise::internal {
namespace {

std::vector<WorkerSpeed> Speeds(const RunOptions& options) {
  const SpeedOptions& given = options.speed;
  std::vector<WorkerSpeed> speeds;
  if (given.speed.empty() && given.stops_at.empty() && !given.bursts) {
    return speeds;
  }
  for (int w = 0; w < options.method.synchrony.participants; ++w) {
    speeds.emplace_back(given, w, options.seed, options.repeat);
  }
  return speeds;
}

}  // namespace

Flights::Flights(const RunOptions& options)
    : local_steps_(options.method.local_steps),
      adds_computing_(options.delay_mode == DelayMode::kExtra),
      stop_seconds_(options.stop.seconds),
      computing_(options.compute_seconds * local_steps_),
      tape_(options.delay, options.seed, options.repeat),
      speeds_(Speeds(options)),
      flights_(static_cast<std::size_t>(options.method.synchrony.participants)),
      queue_(options.method.synchrony.participants) {}

void Flights::Start(const Release& release) {
  Flight& flight = at(release.worker);
  if (flight.end == End::kNone) {
    tally_.waiting += release.released - flight.seconds;
  } else {
    tally_.cancelled += release.released - flight.released;
  }
  flight.released = release.released;
  flight.start = release.start;
  flight.gradient = release.gradient;
  Schedule(flight, release.worker);
  queue_.Schedule(release.worker, flight.seconds);
}

void Flights::Schedule(Flight& flight, int worker) {
  const std::optional<double> work = Work(flight, worker);
  if (!work) {
    flight.end = End::kTraceEnds;
    flight.seconds = flight.start;
    return;
  }
  const double computed = flight.start + computing_;
  const double finish =
      FinishTime(worker, adds_computing_ ? computed : flight.start, *work);
  const bool stalls = std::isinf(finish);
  flight.end = stalls ? End::kStalls : End::kArrives;
  flight.seconds = stalls ? flight.start : std::max(computed, finish);
}

// The uniform number behind the next delay is drawn one flight ahead. Then the
// processor need not wait for it before it knows how the quantile function will
// branch, which is a coin toss, and starts over on less when it was wrong.
std::optional<double> Flights::Work(Flight& flight, int worker) {
  const auto w = static_cast<std::uint64_t>(worker);
  const auto gradient = static_cast<std::uint64_t>(flight.gradient);
  if (local_steps_ != 1) {
    return tape_.Work(w, gradient, static_cast<std::uint64_t>(local_steps_));
  }
  const double uniform = flight.next_uniform;
  flight.next_uniform = tape_.Uniform(w, gradient + 1);
  return uniform < 0 ? tape_.Work(w, gradient)
                     : tape_.WorkAt(w, gradient, uniform);
}

double Flights::FinishTime(int worker, double start, double work) {
  if (speeds_.empty()) return start + work;
  return speeds_[static_cast<std::size_t>(worker)].FinishTime(start, work);
}

Flights::Event Flights::Next() {
  const EventQueue::Event next = queue_.Pop();
  Flight& flight = at(next.worker);
  const Event event{.end = flight.end,
                    .worker = next.worker,
                    .seconds = next.seconds,
                    .computed = flight.start + computing_,
                    .gradient = flight.gradient};
  if (flight.end == End::kArrives && flight.seconds <= stop_seconds_) {
    tally_.communicating += flight.start - flight.released;
    tally_.computing += computing_;
    tally_.straggling += flight.seconds - event.computed;
    flight.end = End::kNone;
  }
  return event;
}

Tally Flights::TallyUntil(double seconds) const {
  Tally tally = tally_;
  for (const Flight& flight : flights_) {
    if (flight.end == End::kNone) tally.waiting += seconds - flight.seconds;
  }
  return tally;
}

}  // namespace tortoise::internal
