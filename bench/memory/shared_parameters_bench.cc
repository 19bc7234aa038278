// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What does one update of shared parameters cost under each memory policy, and
// how does it scale with workers?
//
// Axes: policy, dense or sparse updates, number of workers. Workers write the
// same model all the time, so this is the worst contention there is. Time is
// real time; `coordinates/s` counts the coordinates written by all workers
// together. All write zeros, so that no value overflows however long it
// runs: what an addition costs does not depend on its value.
//
//     cmake --preset bench && cmake --build --preset bench
//     build/bench/bin/memory_shared_parameters_bench
//         --benchmark_repetitions=10 --benchmark_enable_random_interleaving

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "benchmark/benchmark.h"
#include "tortoise/core/random.h"
#include "tortoise/memory/shared_parameters.h"

namespace tortoise {
namespace {

constexpr std::size_t kParameters = std::size_t{1} << 16;  // 256 KiB
constexpr std::size_t kNonzeros = 64;
constexpr int kMaxWorkers = 8;

struct Entry {
  std::uint32_t index;
  float value;
};

// One model for the threads of a benchmark: they have to meet in it.
std::unique_ptr<SharedParameters<float>> model;

template <MemoryPolicy kPolicy>
void MakeModel(const benchmark::State&) {
  const std::vector<float> zeros(kParameters);
  model = std::make_unique<SharedParameters<float>>(zeros, kPolicy);
}

void DropModel(const benchmark::State&) { model.reset(); }

void ReportRate(benchmark::State& state, std::size_t coordinates) {
  state.counters["coordinates/s"] =
      benchmark::Counter(static_cast<double>(state.iterations()) *
                             static_cast<double>(coordinates),
                         benchmark::Counter::kIsRate);
}

// All 65,536 coordinates, as after a gradient of a dense model.
template <MemoryPolicy kPolicy>
void BM_AddDense(benchmark::State& state) {
  const std::vector<float> delta(kParameters);
  for (auto _ : state) model->Add(delta, 1.0f);
  ReportRate(state, kParameters);
}

// 64 coordinates drawn anywhere, as after a gradient on sparse rows.
template <MemoryPolicy kPolicy>
void BM_AddSparse(benchmark::State& state) {
  constexpr std::size_t kRows = 1024;
  RandomSequence draw(RandomStream(1, 0, Purpose::kData),
                      static_cast<std::uint64_t>(state.thread_index()));
  std::vector<Entry> rows(kRows * kNonzeros);
  for (Entry& entry : rows) {
    entry = {static_cast<std::uint32_t>(draw.Index(kParameters)), 0.0f};
  }
  for (auto row = rows.begin(); row != rows.end(); row += kNonzeros) {
    std::sort(row, row + kNonzeros,
              [](const Entry& a, const Entry& b) { return a.index < b.index; });
  }
  std::size_t row = 0;
  for (auto _ : state) {
    model->AddSparse(
        std::span<const Entry>(rows).subspan(row * kNonzeros, kNonzeros), 1.0f);
    row = (row + 1) % kRows;
  }
  ReportRate(state, kNonzeros);
}

// A snapshot of all coordinates while nobody writes: the floor for a worker
// that reads before every gradient.
template <MemoryPolicy kPolicy>
void BM_Read(benchmark::State& state) {
  std::vector<float> snapshot(kParameters);
  for (auto _ : state) {
    model->Read(snapshot);
    benchmark::DoNotOptimize(snapshot.data());
  }
  ReportRate(state, kParameters);
}

template <MemoryPolicy kPolicy>
void Register(const std::string& policy) {
  const auto add = [&](const std::string& name, auto* function) {
    benchmark::RegisterBenchmark((name + "/" + policy).c_str(), function)
        ->Setup(MakeModel<kPolicy>)
        ->Teardown(DropModel)
        ->ThreadRange(1, kMaxWorkers)
        ->UseRealTime();
  };
  add("AddDense", BM_AddDense<kPolicy>);
  add("AddSparse", BM_AddSparse<kPolicy>);
  add("Read", BM_Read<kPolicy>);
}

const bool kRegistered = [] {
  Register<MemoryPolicy::kLossy>("lossy");
  Register<MemoryPolicy::kAtomic>("atomic");
  Register<MemoryPolicy::kSharded>("sharded");
  Register<MemoryPolicy::kLocked>("locked");
  return true;
}();

}  // namespace
}  // namespace tortoise
