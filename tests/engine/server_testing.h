// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "engine/run_testing.h"
#include "engine/server.h"
#include "tortoise/straggler/speed.h"

namespace tortoise::testing {

inline std::vector<double> VirtualInitial() { return {0.5, -0.25, 2.0}; }

/// Some function of the snapshot, the worker and the draw: no two are alike.
inline std::vector<double> VirtualContribution(
    const std::vector<double>& snapshot, int worker, std::int64_t gradient) {
  std::vector<double> x;
  for (const double w : snapshot) {
    x.push_back(
        std::sin(w + 3.0 * worker + 0.1 * static_cast<double>(gradient)));
  }
  return x;
}

/// Drives a server on virtual time: a contribution arrives when the integral of
/// its worker's speed has reached its delay, the earliest first, at equal times
/// the lower worker. Workers that never will arrive are reported as stalled.
class VirtualRun {
 public:
  using Server = internal::Server<double>;

  explicit VirtualRun(const RunOptions& options, std::size_t num_samples,
                      Server::EvaluateStopped evaluate = {})
      : server(options, num_samples, VirtualInitial(), std::move(evaluate)),
        options_(options),
        tape_(options.delay, options.seed, options.repeat),
        tickets_(static_cast<std::size_t>(options.method.num_workers)),
        arrives_(tickets_.size(), kNever) {
    for (std::size_t w = 0; w < tickets_.size(); ++w) {
      speeds_.emplace_back(options.speed, static_cast<int>(w), options.seed,
                           options.repeat);
    }
  }

  /// Until the server has ended; then closes its books. Call once.
  void Run() {
    server.Start(deliver_);
    double now = 0.0;
    while (!server.ended()) {
      for (std::size_t w = 0; w < tickets_.size(); ++w) {
        if (std::isinf(arrives_[w])) server.Stall(static_cast<int>(w), now);
      }
      if (server.ended()) break;
      const std::size_t w = Earliest();
      now = arrives_[w];
      Arrive(w);
    }
    server.Close();
    server.Report(summary);
    const auto final_parameters = server.parameters();
    parameters.assign(final_parameters.begin(), final_parameters.end());
    internal::Records::Cursor cursor;
    server.records().Read(cursor, contributions, updates);
  }

  /// The mini-batch loss of a draw; 1 by default.
  std::function<double(int worker, std::int64_t gradient)> loss =
      [](int, std::int64_t) { return 1.0; };
  Contribute<double> contribute = VirtualContribution;
  /// What a worker carries on from a contribution; as it was by default.
  std::function<internal::StateRef<double>(const internal::Ticket<double>&)>
      carry = [](const auto& ticket) { return ticket.state; };

  [[nodiscard]] std::int64_t Count(Fate fate) const {
    std::int64_t count = 0;
    for (const auto& row : contributions) count += row.fate == fate;
    return count;
  }

  Server server;
  Summary summary;
  std::vector<double> parameters;
  std::vector<ContributionRecord> contributions;
  std::vector<UpdateRecord> updates;

 private:
  static constexpr double kNever = std::numeric_limits<double>::infinity();

  std::size_t Earliest() const {
    std::size_t earliest = 0;
    for (std::size_t w = 1; w < arrives_.size(); ++w) {
      const bool is_waiting = std::isnan(arrives_[earliest]);
      if (is_waiting || arrives_[w] < arrives_[earliest]) earliest = w;
    }
    return earliest;
  }

  void Arrive(std::size_t w) {
    const internal::Ticket<double> ticket = tickets_[w];
    const double seconds = arrives_[w];
    const int worker = static_cast<int>(w);
    const internal::Release& release = ticket.release;
    const auto& snapshot = ticket.snapshot->parameters;
    const std::vector<double> x = contribute({snapshot.begin(), snapshot.end()},
                                             worker, release.gradient);
    arrives_[w] = std::numeric_limits<double>::quiet_NaN();  // waits
    server.Arrive({.release = release,
                   .contribution = {.vector = x,
                                    .loss = loss(worker, release.gradient),
                                    .state = carry(ticket)},
                   .snapshot = ticket.snapshot,
                   .computed = release.start,
                   .nominal = seconds,
                   .seconds = seconds},
                  deliver_);
  }

  const RunOptions options_;
  const DelayTape tape_;
  std::vector<internal::Ticket<double>> tickets_;
  std::vector<double> arrives_;  // NaN: waits for a ticket
  std::vector<WorkerSpeed> speeds_;
  const Server::Deliver deliver_ = [this](int worker,
                                          internal::Ticket<double> ticket) {
    const auto w = static_cast<std::size_t>(worker);
    const double work =
        *tape_.Work(w, static_cast<std::uint64_t>(ticket.release.gradient),
                    static_cast<std::uint64_t>(options_.method.local_steps));
    arrives_[w] = speeds_[w].FinishTime(ticket.release.start, work);
    tickets_[w] = std::move(ticket);
  };
};

}  // namespace tortoise::testing
