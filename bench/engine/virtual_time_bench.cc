// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// How many arrivals a second does virtual time handle, and how does that
// change with the number of workers?
//
// Axes: number of workers P; protocol. `Run` is the whole run as the program
// makes it, with its books and records, of an objective without gradients and
// exponential delays: what is left is the cost of events. `Queue` and
// `BinaryHeap` are only the queue of the events to come, with delays drawn
// beforehand: the one in use, and the standard library's.
//
//     cmake --preset bench && cmake --build --preset bench
//     taskset -c 1 build/bench/bin/engine_virtual_time_bench
//         --benchmark_repetitions=10 --benchmark_enable_random_interleaving
//
// One core: nothing here has a second thread. Time is that of the processor, so
// other programs on the machine matter less; they still share its caches.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <queue>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "benchmark/benchmark.h"
#include "engine/event_queue.h"
#include "tortoise/core/random.h"
#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

// Few are enough to be drawn from a cache, too many to form a pattern.
constexpr std::size_t kDelays = 2048;

std::vector<double> Delays() {
  const DelayLaw law = DelayLaw::Exponential(1.0);
  RandomSequence draw(RandomStream(1, 0, Purpose::kDelay));
  std::vector<double> delays(kDelays);
  for (double& delay : delays) delay = law.Quantile(draw.Uniform());
  return delays;
}

void ReportArrivals(benchmark::State& state, std::int64_t arrivals) {
  const auto count = static_cast<double>(arrivals);
  state.counters["arrivals/s"] =
      benchmark::Counter(count, benchmark::Counter::kIsRate);
  state.counters["s/arrival"] = benchmark::Counter(
      count, benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

// Long enough for what is set aside at the beginning not to count.
std::int64_t NumArrivals(std::int64_t workers) {
  return 20'000'000 + 40 * workers;
}

void BM_Run(benchmark::State& state, const std::string& protocol) {
  const auto workers = static_cast<int>(state.range(0));
  const auto objective = MakeNone<float>();
  RunOptions options;
  options.clock = Clock::kVirtual;
  options.method = MakeMethod(protocol, workers);
  options.delay = DelayLaw::Exponential(1.0);
  options.stop.updates = std::max(
      NumArrivals(workers) / options.method.synchrony.quorum, std::int64_t{10});
  std::int64_t arrivals = 0;
  for (auto _ : state) {
    const Summary summary =
        Run<float>(*objective, nullptr, options, std::span<float>());
    arrivals += summary.gradients.applied;
  }
  ReportArrivals(state, arrivals);
}

// What anybody would write first.
class BinaryHeap {
 public:
  explicit BinaryHeap(int /*num_workers*/) {}
  void Schedule(int worker, double seconds) { heap_.push({seconds, worker}); }
  internal::EventQueue::Event Pop() {
    const auto [seconds, worker] = heap_.top();
    heap_.pop();
    return {seconds, worker};
  }

 private:
  using Entry = std::pair<double, int>;
  std::priority_queue<Entry, std::vector<Entry>, std::greater<>> heap_;
};

template <typename Queue>
void BM_Hold(benchmark::State& state) {
  const auto workers = static_cast<int>(state.range(0));
  const std::vector<double> delays = Delays();
  std::size_t next_delay = 0;
  const auto delay = [&] { return delays[next_delay++ % kDelays]; };
  Queue queue(workers);
  for (int w = 0; w < workers; ++w) queue.Schedule(w, delay());
  const auto arrive = [&] {
    const internal::EventQueue::Event event = queue.Pop();
    queue.Schedule(event.worker, event.seconds + delay());
  };
  // Past the beginning, when nobody has arrived yet.
  for (int k = 0; k < 3 * workers; ++k) arrive();
  for (auto _ : state) arrive();
  ReportArrivals(state, state.iterations());
}

const bool kRegistered = [] {
  const auto sizes = [](benchmark::internal::Benchmark* benchmark) {
    benchmark->ArgName("P")->RangeMultiplier(10)->Range(10, 1'000'000);
  };
  for (const char* protocol : {"async", "sync"}) {
    sizes(benchmark::RegisterBenchmark(
              (std::string("Run/") + protocol).c_str(),
              [protocol](benchmark::State& state) { BM_Run(state, protocol); })
              ->Unit(benchmark::kMillisecond));
  }
  sizes(benchmark::RegisterBenchmark("Queue", BM_Hold<internal::EventQueue>));
  sizes(benchmark::RegisterBenchmark("BinaryHeap", BM_Hold<BinaryHeap>));
  return true;
}();

}  // namespace
}  // namespace tortoise
