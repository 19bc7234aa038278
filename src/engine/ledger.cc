// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/ledger.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

namespace tortoise::internal {
namespace {

constexpr std::size_t kReservedEvents = 1 << 14;

}  // namespace

Ledger::Ledger(const RunOptions& options, std::size_t num_samples)
    : options_(options),
      logs_events_(options.report.events),
      coordinator_(options.method.num_workers, options.method.synchrony),
      paces_(options.initial_pace()),
      round_delays_(options.round_delay, options.seed, options.repeat),
      workers_(static_cast<std::size_t>(options.method.num_workers)),
      activities_(workers_.size(), Activity::kIdle),
      records_(options.report.contributions),
      ending_(options, num_samples) {
  pushed_.reserve(
      std::min(workers_.size(),
               static_cast<std::size_t>(options.method.synchrony.quorum)));
  if (logs_events_) events_.reserve(kReservedEvents);
}

void Ledger::Cancel(int w) {
  if (logs_events_ || records_.WantsNext()) {
    ContributionRecord record = RecordOf(w);
    record.seconds_arrived = Clamp(arrived_);
    records_.Cancelled(record);
    Log(EventKind::kCancel, record);
  } else {
    records_.CancelledUnseen(paces_.At(at(w).version_read).local_steps);
  }
  if (activity(w) == Activity::kWorking) --num_working_;
  activity(w) = Activity::kIdle;
}

void Ledger::SetPace(const Pace& pace) {
  if (pace.quorum != paces_.now().quorum) coordinator_.SetQuorum(pace.quorum);
  paces_.Change(updates_, pace);
}

void Ledger::Stall(int worker, double seconds) {
  if (ended() || activity(worker) != Activity::kWorking) return;
  activity(worker) = Activity::kStalled;
  --num_working_;
  if (num_working_ == 0) EndIfAllStalled(seconds);
}

void Ledger::EndIfAllStalled(double seconds) {
  if (ended()) return;
  std::string stopped;
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    if (activities_[w] != Activity::kStalled) continue;
    stopped += (stopped.empty() ? "" : ", ") + std::to_string(w);
  }
  End(Termination::kWorkerStopped, seconds,
      "no worker computes and none will start: stopped for good: " + stopped);
}

void Ledger::End(Termination termination, double seconds, std::string message) {
  ending_.End(termination, seconds, std::move(message));
}

void Ledger::LogEvent(const EventRecord& event) {
  events_.push_back(event);
  // Rows are missing from now on, so nobody could replay the rest.
  if (records_.is_thinned()) logs_events_ = false;
}

bool Ledger::Read(Records::Cursor& cursor,
                  std::vector<ContributionRecord>& contributions,
                  std::vector<UpdateRecord>& updates,
                  std::vector<EventRecord>& events) {
  if (events.empty()) {
    events.swap(events_);
  } else {
    std::move(events_.begin(), events_.end(), std::back_inserter(events));
    events_.clear();
  }
  return records_.Read(cursor, contributions, updates);
}

void Ledger::Close() {
  for (const ContributionRecord& record : pushed_) records_.Unfinished(record);
  pushed_.clear();
  for (std::size_t w = 0; w < workers_.size(); ++w) {
    Activity& activity = activities_[w];
    if (activity == Activity::kWorking || activity == Activity::kStalled) {
      records_.Unfinished(RecordOf(static_cast<int>(w)));
    }
    activity = Activity::kIdle;
  }
}

void Ledger::Report(Summary& summary) const {
  ending_.Report(summary);
  summary.updates = updates_;
  records_.AddTo(summary);
}

}  // namespace tortoise::internal
