// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/replay.h"

#include <algorithm>
#include <limits>
#include <memory>
#include <stdexcept>
#include <utility>
#include <vector>

#include "core/text.h"
#include "engine/compute_ahead.h"
#include "engine/contribution_probe.h"
#include "engine/evaluator.h"
#include "engine/event_check.h"
#include "engine/models.h"
#include "tortoise/optimizer/steps.h"

namespace tortoise {
namespace internal {
namespace {

// For each release the index of the event at which its contribution arrives,
// or 0 if it never does.
std::vector<std::size_t> FindArrivals(std::span<const EventRecord> events,
                                      int num_workers) {
  std::vector<std::size_t> arrivals(events.size());
  std::vector<std::size_t> next(static_cast<std::size_t>(num_workers));
  for (std::size_t i = events.size(); i-- > 0;) {
    const EventRecord& event = events[i];
    if (event.kind == EventKind::kUpdate) continue;
    std::size_t& of_worker = next[static_cast<std::size_t>(event.worker)];
    if (event.kind == EventKind::kRelease) arrivals[i] = of_worker;
    of_worker = event.kind == EventKind::kArrival ? i : 0;
  }
  return arrivals;
}

// Follows events that were checked.
template <typename T>
class Replayer {
 public:
  Replayer(const AnyObjective<T>& train, const RunOptions& options,
           std::span<const EventRecord> events, std::span<const T> initial,
           UpdateProbe<T>* probe)
      : events_(events),
        models_(MakeModels<T>(options.method, initial, 1)),
        states_(static_cast<std::size_t>(options.method.num_workers)),
        ahead_(train, options),
        probe_(probe) {
    // What was counted by no update left no trace in the model.
    const auto is_update = [](const EventRecord& event) {
      return event.kind == EventKind::kUpdate;
    };
    const auto last = std::find_if(events.rbegin(), events.rend(), is_update);
    events_ = events.first(static_cast<std::size_t>(events.rend() - last));
    arrivals_ = FindArrivals(events_, options.method.num_workers);
  }

  ReplayResult Execute(const std::stop_token& stop) {
    ReplayResult result;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const EventRecord& event = events_[i];
      switch (event.kind) {
        case EventKind::kRelease:
          Release(i);
          break;
        case EventKind::kArrival:
          Arrive(event);
          break;
        case EventKind::kCancel:  // was never started, nor was what is dropped
        case EventKind::kDrop:
          break;
        case EventKind::kUpdate:
          result.gradients += std::exchange(arrived_gradients_, 0);
          Update(i);
          // Only here is there a version that the run had, too.
          result.interrupted = i + 1 < events_.size() && stop.stop_requested();
          break;
      }
      if (result.interrupted) break;
    }
    result.updates = models_->Reported()->version;
    return result;
  }

  [[nodiscard]] std::span<const T> parameters() const {
    return models_->Reported()->parameters;
  }

 private:
  void Release(std::size_t i) {
    const EventRecord& event = events_[i];
    if (arrivals_[i] == 0) return;
    const auto w = static_cast<std::size_t>(event.worker);
    ahead_.Start({.ticket = {.release = {.worker = event.worker,
                                         .gradient = event.gradient,
                                         .version = event.version,
                                         .pace = event.pace},
                             .snapshot = models_->ReadBy(event.worker),
                             .state = states_[w]},
                  .arrival = static_cast<double>(arrivals_[i])});
  }

  void Arrive(const EventRecord& event) {
    auto& slot = ahead_.Arrive(event.worker);
    if (slot.failure) std::rethrow_exception(slot.failure);
    Ticket<T>& ticket = slot.job.ticket;
    probe_.Arrive(ticket.snapshot);
    states_[static_cast<std::size_t>(event.worker)] =
        std::move(slot.contribution.state);
    models_->Add({.release = ticket.release,
                  .contribution = std::move(slot.contribution),
                  .snapshot = std::move(ticket.snapshot)},
                 1.0, event.pace);
    arrived_gradients_ += event.pace.local_steps;
  }

  void Update(std::size_t i) {
    const EventRecord& event = events_[i];
    const ModelRef<T> before = models_->Reported();
    if (!models_->Update(event.pace)) {
      throw std::invalid_argument(
          "event " + std::to_string(i + 1) +
          ": the update makes a parameter NaN or infinite, as no update that "
          "was recorded did");
    }
    probe_.Update(before);
  }

  std::span<const EventRecord> events_;
  std::vector<std::size_t> arrivals_;  // [events], see FindArrivals
  std::unique_ptr<Models<T>> models_;
  std::vector<StateRef<T>> states_;  // [P], each as of its last arrival
  ComputeAhead<T> ahead_;
  ContributionProbe<T> probe_;
  std::int64_t arrived_gradients_ = 0;
};

template <typename T>
void Check(const AnyObjective<T>& train, const RunOptions& options,
           std::span<const T> w) {
  if (options.method.writes_in_place()) {
    throw std::invalid_argument(
        options.method.protocol +
        " cannot be replayed: the order of the writes inside its updates "
        "cannot be recorded");
  }
  if (const auto violation = options.Violation(train.num_samples())) {
    throw SettingError(*violation);
  }
  if (w.empty() || w.size() != train.num_parameters()) {
    throw std::invalid_argument("w has " + std::to_string(w.size()) +
                                " parameters, the objective " +
                                std::to_string(train.num_parameters()));
  }
  if (!IsFinite<T>(w)) {
    throw std::invalid_argument("an initial parameter is NaN or infinite");
  }
}

}  // namespace
}  // namespace internal

template <typename T>
ReplayResult Replay(const AnyObjective<T>& train, const RunOptions& options,
                    std::span<const EventRecord> events, std::span<T> w,
                    std::stop_token stop, UpdateProbe<T>* probe) {
  internal::Check<T>(train, options, w);
  internal::CheckEvents(options.method.num_workers, events);
  internal::Replayer<T> replayer(train, options, events, w, probe);
  ReplayResult result = replayer.Execute(stop);
  const std::span<const T> last = replayer.parameters();
  std::copy(last.begin(), last.end(), w.begin());
  result.parameters_checksum = Fnv1a(std::as_bytes(w));
  result.loss = result.interrupted
                    ? std::numeric_limits<double>::quiet_NaN()
                    : internal::Evaluator<T>(train).Evaluate(last, false).loss;
  return result;
}

template ReplayResult Replay<float>(const AnyObjective<float>&,
                                    const RunOptions&,
                                    std::span<const EventRecord>,
                                    std::span<float>, std::stop_token,
                                    UpdateProbe<float>*);
template ReplayResult Replay<double>(const AnyObjective<double>&,
                                     const RunOptions&,
                                     std::span<const EventRecord>,
                                     std::span<double>, std::stop_token,
                                     UpdateProbe<double>*);

}  // namespace tortoise
