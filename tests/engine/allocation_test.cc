// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// A contribution on real threads allocates nothing. This program counts all
// allocations, so it is one of its own.

#include <atomic>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tortoise/data/generate.h"
#include "tortoise/engine/run.h"
#include "tortoise/objective/stock.h"

namespace {

std::atomic<std::int64_t> allocations{0};

void* Allocate(std::size_t size, std::size_t alignment) {
  allocations.fetch_add(1, std::memory_order_relaxed);
  // The size of an aligned block is a multiple of its alignment.
  void* block = std::aligned_alloc(
      alignment, (size + alignment - 1) / alignment * alignment);
  if (block == nullptr) throw std::bad_alloc();
  return block;
}

}  // namespace

void* operator new(std::size_t size) {
  return Allocate(size, alignof(std::max_align_t));
}
void* operator new[](std::size_t size) {
  return Allocate(size, alignof(std::max_align_t));
}
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* block) noexcept { std::free(block); }
void operator delete[](void* block) noexcept { std::free(block); }
void operator delete(void* block, std::size_t) noexcept { std::free(block); }
void operator delete[](void* block, std::size_t) noexcept { std::free(block); }
void operator delete(void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete(void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}
void operator delete[](void* block, std::size_t, std::align_val_t) noexcept {
  std::free(block);
}

namespace tortoise {
namespace {

struct Case {
  std::string protocol;
  MethodSettings settings = {};
  double mean_delay = 0.0;
};

std::int64_t AllocationsOf(const AnyObjective<float>& objective,
                           const Case& tried, std::int64_t updates) {
  RunOptions options;
  options.method = MakeMethod(tried.protocol, 2, tried.settings);
  options.batch_size = 4;
  options.step_size = 1e-3;
  if (tried.mean_delay > 0.0) {
    options.delay = DelayLaw::Exponential(tried.mean_delay);
  }
  options.stop.updates = updates;
  options.report.snapshots = 1;
  options.report.contributions = 100'000;
  std::vector<float> w(objective.num_parameters());
  const std::int64_t before = allocations.load();
  const Summary summary =
      tortoise::Run<float>(objective, nullptr, options, std::span(w));
  EXPECT_EQ(summary.termination, Termination::kUpdates);
  return allocations.load() - before;
}

// What a run sets up, and the few snapshots that it keeps, are the same for
// four times as many updates.
TEST(Allocation, IsNotOfAContribution) {
  constexpr std::int64_t kUpdates = 500;
  constexpr std::int64_t kOfSnapshots = 200;
  const auto rows =
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 400, .columns = 60, .nonzeros = 5}));
  const auto sparse =
      MakeStockObjective<float>("logistic", rows, {.l2 = 1e-3}, *rows);
  const auto dense = MakeQuadratic<float>({});
  for (const Case& tried :
       {Case{"async"}, Case{"sync"}, Case{"k-sync", {.quorum = 1}},
        Case{"k-batch-async", {.quorum = 2}},
        Case{"ssp", {.staleness_bound = 1}},
        Case{"local-sgd", {.local_steps = 3}}, Case{"hogwild"},
        Case{"hogwild", {.local_steps = 3}}, Case{"async", {}, 1e-5},
        Case{"hogwild", {}, 1e-5}}) {
    for (const auto* objective : {dense.get(), sparse.get()}) {
      SCOPED_TRACE(tried.protocol);
      const std::int64_t few = AllocationsOf(*objective, tried, kUpdates);
      const std::int64_t many = AllocationsOf(*objective, tried, 4 * kUpdates);
      EXPECT_LT(many, few + kOfSnapshots);
    }
  }
}

}  // namespace
}  // namespace tortoise
