// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/replay.h"

#include <algorithm>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/compute_ahead.h"
#include "engine/contribution_probe.h"
#include "engine/evaluator.h"
#include "engine/event_check.h"
#include "engine/server_model.h"
#include "tortoise/core/text.h"
#include "tortoise/optimizer/rules.h"

namespace tortoise {
namespace internal {
namespace {

// Events looked at for the contributions that come next, for each one wanted.
// Most protocols have three events or fewer per contribution.
constexpr std::size_t kEventsPerContribution = 8;

// Follows events that were checked.
template <typename T>
class Replayer {
 public:
  Replayer(const AnyObjective<T>& train, const RunOptions& options,
           std::span<const EventRecord> events, std::span<const T> initial,
           UpdateProbe<T>* probe)
      : events_(events),
        model_(initial, 1),
        workers_(
            static_cast<std::size_t>(options.method.synchrony.participants)),
        ahead_(train, options),
        probe_(probe) {
    // What was counted by no update left no trace in the model.
    const auto is_update = [](const EventRecord& event) {
      return event.kind == EventKind::kUpdate;
    };
    const auto last = std::find_if(events.rbegin(), events.rend(), is_update);
    events_ = events.first(static_cast<std::size_t>(events.rend() - last));
  }

  ReplayResult Execute(const std::stop_token& stop) {
    ReplayResult result;
    for (std::size_t i = 0; i < events_.size(); ++i) {
      const EventRecord& event = events_[i];
      switch (event.kind) {
        case EventKind::kRelease:
          at(event.worker) = {.event = &event, .snapshot = model_.current()};
          break;
        case EventKind::kArrival:
          Arrive(i);
          break;
        case EventKind::kCancel:
          at(event.worker) = {};
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
    result.updates = model_.current().version();
    return result;
  }

  [[nodiscard]] std::span<const T> parameters() const {
    return model_.current().parameters();
  }

 private:
  using Slot = typename ComputeAhead<T>::Slot;
  struct Worker {
    const EventRecord* event = nullptr;  // its release, while it works
    ModelRef<T> snapshot;
    Slot* slot = nullptr;  // if its contribution is computed
  };

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }

  void Arrive(std::size_t i) {
    const EventRecord& event = events_[i];
    Worker& worker = at(event.worker);
    if (!worker.slot) ComputeFrom(i);
    // A contribution that is alone in its update is used where it lies.
    if (latest_) ahead_.Return(latest_);
    latest_ = worker.slot;
    if (latest_->failure) std::rethrow_exception(latest_->failure);
    probe_.Arrive(worker.snapshot);
    worker = {};
    model_.Add(latest_->computation.contribution(), event.quorum);
    arrived_gradients_ += event.local_steps;
  }

  void Update(std::size_t i) {
    const EventRecord& event = events_[i];
    const ModelRef<T> before = model_.current();
    if (!model_.Update(event.quorum, event.local_steps, event.step)) {
      throw std::invalid_argument(
          "event " + std::to_string(i + 1) +
          ": the update makes a parameter NaN or infinite, as no update that "
          "was recorded did");
    }
    probe_.Update(before);
  }

  // Computes the contribution of arrival `i` and of those soon after it whose
  // snapshots exist by now.
  void ComputeFrom(std::size_t i) {
    jobs_.clear();
    const std::size_t room = ahead_.Room();
    const std::size_t end =
        std::min(events_.size(), i + kEventsPerContribution * room);
    for (std::size_t j = i; j < end && jobs_.size() < room; ++j) {
      const EventRecord& event = events_[j];
      if (event.kind != EventKind::kArrival) continue;
      const Worker& worker = at(event.worker);
      if (!worker.event || worker.event->gradient != event.gradient ||
          worker.slot) {
        continue;
      }
      jobs_.push_back({.worker = event.worker,
                       .gradient = event.gradient,
                       .snapshot = worker.snapshot.parameters(),
                       .local_steps = worker.event->local_steps,
                       .step_size = worker.event->step});
    }
    ahead_.Compute(jobs_);
    for (const auto& job : jobs_) at(job.worker).slot = job.slot;
  }

  std::span<const EventRecord> events_;
  ServerModel<T> model_;
  std::vector<Worker> workers_;
  ComputeAhead<T> ahead_;
  ContributionProbe<T> probe_;
  Slot* latest_ = nullptr;  // of the last arrival
  std::int64_t arrived_gradients_ = 0;
  std::vector<typename ComputeAhead<T>::Job> jobs_;
};

template <typename T>
void Check(const AnyObjective<T>& train, const RunOptions& options,
           std::span<const T> w) {
  if (options.method.in_place) {
    throw std::invalid_argument(
        options.method.protocol +
        " cannot be replayed: the order of the writes inside its updates "
        "cannot be recorded");
  }
  if (const auto violation = options.Violation(train.num_samples())) {
    throw std::invalid_argument(*violation);
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
  internal::CheckEvents(options.method.synchrony.participants, events);
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
