// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How far do real threads stray from the times that the delay tape implies?
//
// Axes: delay law, protocol, computing per gradient. For each run the mean
// seconds per update on threads are divided by what a slow exact loop over the
// same tape gives; staleness stands beside its law (P - 1 and its relatives),
// the first 2 P updates left out.
//
//     wall_clock_accuracy [GRADIENTS [COMPUTING_MS]]

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdlib>
#include <string>
#include <vector>

#include "support/event_loop.h"
#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

constexpr int kWorkers = 8;
constexpr double kMean = 0.005;

struct Contender {
  std::string protocol;
  std::optional<std::int64_t> quorum;
};

// The quadratic, burning a processor for some time per gradient.
class BusyQuadratic {
 public:
  explicit BusyQuadratic(double seconds)
      : quadratic_(MakeQuadratic<double>({.parameters = 10})),
        seconds_(seconds) {}
  BusyQuadratic(const BusyQuadratic& other)
      : quadratic_(other.quadratic_->Clone()), seconds_(other.seconds_) {}
  BusyQuadratic& operator=(const BusyQuadratic&) = delete;

  std::size_t num_parameters() const { return 10; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch batch) {
    return quadratic_->Loss(w, batch);
  }
  double Gradient(std::span<const double> w, Batch batch,
                  std::span<double> gradient) {
    const auto start = std::chrono::steady_clock::now();
    const double loss = quadratic_->Gradient(w, batch, gradient);
    while (std::chrono::steady_clock::now() - start <
           std::chrono::duration<double>(seconds_)) {
    }
    return loss;
  }

 private:
  std::unique_ptr<AnyObjective<double>> quadratic_;
  double seconds_;
};

// Collects the staleness of every contribution after the start-up.
class StalenessObserver : public RunObserver {
 public:
  void OnRecords(const RecordBatch& batch) override {
    for (const ContributionRecord& c : batch.contributions) {
      if (c.fate != Fate::kApplied || c.version_counted < 2 * kWorkers) {
        continue;
      }
      sum_ += static_cast<double>(c.version_counted - c.version_read);
      count_ += 1.0;
    }
  }
  double mean() const { return sum_ / count_; }

 private:
  double sum_ = 0.0;
  double count_ = 0.0;
};

double StalenessLaw(const Method& method) {
  const Synchrony& synchrony = method.synchrony;
  const double p = method.num_workers;
  const double k = synchrony.quorum;
  if (synchrony.cancels_stragglers || k == p) return 0.0;
  return synchrony.waits_after_push ? p / k - 1.0 : (p - 1.0) / k;
}

void Measure(const DelayLaw& law, const Contender& contender,
             std::int64_t gradients, double computing) {
  RunOptions options;
  options.method =
      MakeMethod(contender.protocol, kWorkers, {.quorum = contender.quorum});
  options.batch_size = 1;
  options.step_size = 0.001;
  options.delay = law;
  const Synchrony& synchrony = options.method.synchrony;
  options.stop.updates = gradients / synchrony.quorum;

  const auto objective = Erase<double>(BusyQuadratic(computing));
  std::vector<double> w(10);
  StalenessObserver observer;
  const Summary summary = tortoise::Run<double>(*objective, nullptr, options, w,
                                                {.observer = &observer});

  const DelayTape tape(law, options.seed, options.repeat);
  const auto exact =
      testing::EventLoop(options.method, [&](int worker, std::int64_t i) {
        return *tape.Work(static_cast<std::uint64_t>(worker),
                          static_cast<std::uint64_t>(i));
      }).Run({.updates = static_cast<std::size_t>(summary.updates)});
  fmt::print(
      "{:<20} {:<14} {:>2} {:>8} {:>11.4f} {:>11.4f} {:>7.4f} {:>8.3f} "
      "{:>8.3f} {:>7.0f} {:>7.0f} {:>6.3f}\n",
      law.name(), contender.protocol, synchrony.quorum, summary.updates,
      1e3 * summary.seconds_per_update(), 1e3 * exact.SecondsPerUpdate(),
      summary.seconds_per_update() / exact.SecondsPerUpdate(), observer.mean(),
      StalenessLaw(options.method),
      1e6 * summary.delay_overshoot.p50.value_or(NAN),
      1e6 * summary.delay_overshoot.p99.value_or(NAN),
      summary.compute_load.value_or(NAN));
  std::fflush(stdout);
}

}  // namespace
}  // namespace tortoise

int main(int argc, char** argv) {
  using tortoise::DelayLaw;
  const std::int64_t gradients = argc > 1 ? std::atoll(argv[1]) : 4000;
  const double computing = argc > 2 ? 1e-3 * std::atof(argv[2]) : 0.0;
  fmt::print(
      "{:<20} {:<14} {:>2} {:>8} {:>11} {:>11} {:>7} {:>8} {:>8} "
      "{:>7} {:>7} {:>6}\n",
      "law", "protocol", "K", "updates", "ms/update", "exact", "ratio", "stale",
      "its law", "p50 us", "p99 us", "load");
  for (const DelayLaw& law : {DelayLaw::Exponential(tortoise::kMean),
                              DelayLaw::ShiftedExponential(
                                  tortoise::kMean / 2, tortoise::kMean / 2)}) {
    for (const tortoise::Contender& contender :
         std::vector<tortoise::Contender>{{"sync", {}},
                                          {"k-sync", 1},
                                          {"k-sync", 2},
                                          {"k-sync", 4},
                                          {"k-sync", 8},
                                          {"async", {}},
                                          {"k-async", 2},
                                          {"k-async", 4},
                                          {"k-batch-async", 4},
                                          {"k-batch-sync", 4}}) {
      // One swap of near-ties shifts all later draws of k-batch-sync.
      const bool is_chaotic = contender.protocol == "k-batch-sync";
      tortoise::Measure(law, contender, is_chaotic ? 10 * gradients : gradients,
                        computing);
    }
  }
}
