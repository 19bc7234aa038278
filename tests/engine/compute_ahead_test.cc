// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/compute_ahead.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <span>
#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include "engine/virtual_testing.h"
#include "gtest/gtest.h"
#include "support/one_processor.h"

namespace tortoise::internal {
namespace {

using testing::MakeVirtualOptions;

// A gradient says what it was computed from: { w[0], sample }. What else it
// does, `enter` says; it is called by all copies, side by side.
class Told {
 public:
  using Enter = std::function<void(Sample)>;
  explicit Told(Enter enter = [](Sample) {}) : enter_(std::move(enter)) {}

  std::size_t num_parameters() const { return 2; }
  std::size_t num_samples() const { return 1000; }
  double Loss(std::span<const double>, Batch) const { return 0.0; }
  double Gradient(std::span<const double> w, Batch batch,
                  std::span<double> gradient) {
    enter_(batch[0]);
    gradient[0] = w[0];
    gradient[1] = static_cast<double>(batch[0]);
    return 1.0;
  }

 private:
  Enter enter_;
};

// ComputeAhead of `num_workers` with a model for each of their snapshots.
class Bench {
 public:
  explicit Bench(
      int num_workers, Told::Enter enter = [](Sample) {})
      : options_(MakeVirtualOptions({"async"}, num_workers, 100)),
        objective_(Erase<double>(Told(std::move(enter)))),
        models_(2),
        ahead_(*objective_, options_) {}

  void Start(int worker, std::int64_t gradient, double w, double arrival) {
    ModelRef<double> model = models_.Acquire();
    model.Mutable().parameters = {w, 0.0};
    ahead_.Start(
        {.ticket = {.release = {.worker = worker, .gradient = gradient},
                    .snapshot = std::move(model)},
         .arrival = arrival});
  }

  [[nodiscard]] Sample SampleOf(int worker, std::int64_t gradient) const {
    return Sampler(options_, 1000).Draw(worker, gradient)[0];
  }

  void ExpectArrival(int worker, std::int64_t gradient, double w) {
    const auto& slot = ahead_.Arrive(worker);
    ASSERT_FALSE(slot.failure);
    EXPECT_EQ(slot.contribution.vector[0], w);
    EXPECT_EQ(slot.contribution.vector[1],
              static_cast<double>(SampleOf(worker, gradient)));
  }

  ComputeAhead<double>& ahead() { return ahead_; }

 private:
  const RunOptions options_;
  const std::unique_ptr<AnyObjective<double>> objective_;
  ModelPool<double> models_;
  ComputeAhead<double> ahead_;
};

// Workers are released, cancelled and arrive at random.
TEST(ComputeAhead, GivesWhatWasStartedLast) {
  constexpr int kWorkers = 9;
  Bench bench(kWorkers);
  std::mt19937 draw(1);
  std::vector<std::int64_t> gradients(kWorkers, -1);
  std::vector<double> arrivals(kWorkers, 0.0);
  const auto start = [&](int worker, double now) {
    const auto w = static_cast<std::size_t>(worker);
    arrivals[w] = now + static_cast<int>(draw() % 100);
    bench.Start(worker, ++gradients[w], now, arrivals[w]);
    return now;
  };
  std::vector<double> started(kWorkers);
  for (int w = 0; w < kWorkers; ++w) started[w] = start(w, 0.0);
  for (int event = 1; event < 2000; ++event) {
    const auto first = std::min_element(arrivals.begin(), arrivals.end());
    const auto w = static_cast<std::size_t>(first - arrivals.begin());
    bench.ExpectArrival(static_cast<int>(w), gradients[w], started[w]);
    const double now = *first;
    started[w] = start(static_cast<int>(w), now);
    const auto other = draw() % kWorkers;
    if (event % 3 == 0) started[other] = start(static_cast<int>(other), now);
  }
}

// --- In the background -------------------------------------------------------

TEST(ComputeAhead, StaysOnOneThreadOnOneProcessor) {
  const testing::OnOneProcessor pinned;
  std::set<std::thread::id> threads;  // unguarded: nobody else comes
  Bench bench(5, [&](Sample) { threads.insert(std::this_thread::get_id()); });
  for (int w = 0; w < 5; ++w) bench.Start(w, 0, 1.0, w);
  for (int w = 0; w < 5; ++w) bench.ExpectArrival(w, 0, 1.0);
  EXPECT_EQ(threads, std::set{std::this_thread::get_id()});
}

TEST(ComputeAhead, BeginsOnlyTheFirstThatArrive) {
  std::mutex mutex;
  std::multiset<Sample> begun;
  std::multiset<Sample> soonest;
  {
    Bench bench(9, [&](Sample sample) {
      const std::lock_guard lock(mutex);
      begun.insert(sample);
    });
    for (int w = 0; w < 9; ++w) bench.Start(w, 0, 1.0, 9 - w);
    (void)bench.ahead().Arrive(8, 3);
    for (int w = 6; w < 9; ++w) soonest.insert(bench.SampleOf(w, 0));
  }
  EXPECT_TRUE(std::includes(soonest.begin(), soonest.end(), begun.begin(),
                            begun.end()));
}

// --- What is under way -------------------------------------------------------

// The gradient of worker 1 lasts until it is let go.
class Held : public ::testing::Test {
 protected:
  Held()
      : bench_(2, [this](Sample sample) {
          if (sample == held_.load()) is_held_.wait(true);
        }) {
    held_ = bench_.SampleOf(1, 0);
    bench_.Start(0, 0, 1.0, 1.0);
    bench_.Start(1, 0, 2.0, 2.0);
    bench_.ExpectArrival(0, 0, 1.0);
  }
  void LetGo() {
    is_held_ = false;
    is_held_.notify_all();
  }

  std::atomic<Sample> held_{};
  std::atomic<bool> is_held_{true};
  Bench bench_;
};

TEST_F(Held, IsWaitedFor) {
  const std::jthread later([this] {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
    LetGo();
  });
  bench_.ExpectArrival(1, 0, 2.0);
}

TEST_F(Held, MayBeReplacedMeanwhile) {
  bench_.Start(1, 1, 3.0, 2.0);
  LetGo();
  bench_.ExpectArrival(1, 1, 3.0);
}

TEST_F(Held, MayBeCancelledAndJoined) {
  bench_.ahead().Cancel(1);
  LetGo();
}

TEST_F(Held, MayBeLeftToTheDestructor) { LetGo(); }

TEST(ComputeAhead, JoinsBeforeItIsGone) {
  for (int round = 0; round < 50; ++round) {
    auto inside = std::make_shared<std::atomic<int>>(0);
    {
      Bench bench(30, [inside](Sample) {
        ++*inside;
        std::this_thread::yield();
        --*inside;
      });
      for (int w = 0; w < 30; ++w) bench.Start(w, 0, 1.0, w);
      for (int w = 0; w < round % 4; ++w) bench.ExpectArrival(w, 0, 1.0);
    }
    EXPECT_EQ(inside->load(), 0);
  }
}

// --- Exceptions --------------------------------------------------------------

TEST(ComputeAhead, KeepsAnExceptionForTheArrival) {
  Sample bad{};
  Bench bench(3, [&](Sample sample) {
    if (sample == bad) throw std::runtime_error("bad");
  });
  bad = bench.SampleOf(2, 0);
  for (int w = 0; w < 3; ++w) bench.Start(w, 0, 1.0, w);
  bench.ExpectArrival(0, 0, 1.0);
  bench.ExpectArrival(1, 0, 1.0);
  const auto& slot = bench.ahead().Arrive(2);
  ASSERT_TRUE(slot.failure);
  EXPECT_THROW(std::rethrow_exception(slot.failure), std::runtime_error);
  // And for no other one.
  bench.Start(2, 1, 5.0, 3.0);
  bench.ExpectArrival(2, 1, 5.0);
}

}  // namespace
}  // namespace tortoise::internal
