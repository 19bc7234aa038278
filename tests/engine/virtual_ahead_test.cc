// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Gradients of a run in virtual time are computed ahead on all processors. The
// outcome has the same bits on one processor, where they are not.

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <stdexcept>
#include <stop_token>
#include <thread>
#include <vector>

#include "core/clock.h"
#include "engine/virtual_testing.h"
#include "gtest/gtest.h"
#include "support/one_processor.h"
#include "tortoise/data/generate.h"

namespace tortoise::testing {
namespace {

template <typename T>
void ExpectTheSameBits(const AnyObjective<T>& objective,
                       const RunOptions& options) {
  const auto run = [&] {
    RunResult<T> result = RunAndRecord<T>(objective, options);
    return result;
  };
  const RunResult<T> many = run();
  const RunResult<T> one = [&] {
    const OnOneProcessor pinned;
    EXPECT_EQ(AvailableProcessors(), 1);
    return run();
  }();
  EXPECT_EQ(many.w, one.w);
  EXPECT_EQ(many.summary.parameters_checksum, one.summary.parameters_checksum);
  ASSERT_EQ(many.summary.curve.size(), one.summary.curve.size());
  for (std::size_t i = 0; i < one.summary.curve.size(); ++i) {
    EXPECT_EQ(many.summary.curve[i].loss, one.summary.curve[i].loss);
  }
  ASSERT_EQ(many.contributions.size(), one.contributions.size());
  for (std::size_t i = 0; i < one.contributions.size(); ++i) {
    EXPECT_EQ(many.contributions[i].worker, one.contributions[i].worker);
  }
}

class Ahead : public ::testing::Test {
 protected:
  void SetUp() override {
    if (AvailableProcessors() < 2) {
      GTEST_SKIP() << "needs two processors: there is one here";
    }
  }
};

TEST_F(Ahead, ChangesNoBitOnTheQuadratic) {
  const auto objective = MakeQuadratic<double>({});
  std::vector<Contender> contenders = AllPresets();
  contenders.push_back({"k-batch-async", {.quorum = 9}});
  contenders.push_back({"k-batch-sync", {.quorum = 9}});
  for (const Contender& contender : contenders) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeVirtualOptions(contender, 20, 120);
    options.round_delay = DelayLaw::Exponential(0.1);
    ExpectTheSameBits<double>(*objective, options);
  }
}

template <typename T>
void ExpectTheSameBitsOn(const char* name, const StockOptions& stock) {
  const auto data =
      std::make_shared<const Dataset>(GenerateDigits({.rows = 60}));
  const auto objective = MakeStockObjective<T>(name, data, stock, *data);
  for (const Contender& contender :
       {Contender{"async"}, Contender{"k-sync", {.quorum = 5}},
        Contender{"local-sgd", {.local_steps = 3}}}) {
    SCOPED_TRACE(contender.protocol);
    RunOptions options = MakeVirtualOptions(contender, 12, 15);
    options.batch_size = 9;
    ExpectTheSameBits<T>(*objective, options);
  }
}

TEST_F(Ahead, ChangesNoBitOfSoftmax) {
  ExpectTheSameBitsOn<float>("softmax", {});
  ExpectTheSameBitsOn<double>("softmax", {});
}

TEST_F(Ahead, ChangesNoBitOfANetwork) {
  ExpectTheSameBitsOn<float>("mlp", {.hidden = {17}});
  ExpectTheSameBitsOn<double>("mlp", {.hidden = {17}});
}

// --- What is computed for nothing --------------------------------------------

// Counts the gradients of all its copies, and those that are being computed.
class Counted {
 public:
  std::size_t num_parameters() const { return 1; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const double> w, Batch) const { return w[0]; }
  double Gradient(std::span<const double>, Batch, std::span<double> gradient) {
    ++counts_->running;
    gradient[0] = 0.5;
    const int call = ++counts_->calls;
    std::this_thread::yield();
    --counts_->running;
    if (call == throws_at) throw std::runtime_error("enough");
    return 1.0;
  }
  [[nodiscard]] int calls() const { return counts_->calls.load(); }
  [[nodiscard]] int running() const { return counts_->running.load(); }

  int throws_at = -1;

 private:
  struct Counts {
    std::atomic<int> calls{0};
    std::atomic<int> running{0};
  };
  std::shared_ptr<Counts> counts_ = std::make_shared<Counts>();
};

// In k-sync the K that arrive first are known; the others are not computed.
TEST(ComputedForNothing, IsNoCancelledGradientOfKSync) {
  const Counted counted;
  const auto objective = Erase<double>(counted);
  const RunOptions options =
      MakeVirtualOptions({"k-sync", {.quorum = 3}}, 30, 50);
  const auto run = RunAndRecord<double>(*objective, options);
  EXPECT_EQ(run.summary.gradients.applied, 150);
  EXPECT_EQ(run.summary.gradients.cancelled, 27 * 49);
  EXPECT_EQ(counted.calls(), 150);
}

// Which gradients of async are the last ones is known only when the last
// workers are released: what was begun before is lost, but no more than is ever
// ahead.
TEST(ComputedForNothing, IsLittleAfterTheLastUpdate) {
  const Counted counted;
  const auto objective = Erase<double>(counted);
  (void)RunAndRecord<double>(*objective, MakeVirtualOptions({"async"}, 30, 50));
  EXPECT_GE(counted.calls(), 50);
  EXPECT_LE(counted.calls(), 50 + 8 * AvailableProcessors());
}

// --- How it ends -------------------------------------------------------------

// Nothing of a run is left when it returns, whatever ended it.
class Joined : public ::testing::Test {
 protected:
  void Run(RunOptions options, const RunControl& control = {}) {
    options.stop.seconds = 1e6;
    std::vector<double> w(1);
    (void)tortoise::Run<double>(*Erase<double>(counted_), nullptr, options,
                                std::span<double>(w), control);
  }
  void TearDown() override {
    EXPECT_EQ(counted_.running(), 0);
    EXPECT_GE(counted_.calls(), 1);
  }
  Counted counted_;
  RunOptions endless_ = MakeVirtualOptions({"async"}, 20, StopRule::kNever);
};

TEST_F(Joined, AfterTheLastUpdate) {
  Run(MakeVirtualOptions({"async"}, 20, 30));
}

TEST_F(Joined, AfterAnInterruption) {
  std::stop_source source;
  source.request_stop();
  Run(endless_, {.stop = source.get_token()});
}

TEST_F(Joined, AfterAnException) {
  counted_.throws_at = 25;
  Run(endless_);
}

class Impatient : public RunObserver {
 public:
  void OnProgress(const Progress&) override {
    throw std::logic_error("the observer");
  }
};

TEST_F(Joined, AfterAnObserverThrew) {
  Impatient observer;
  EXPECT_THROW(Run(endless_, {.observer = &observer}), std::logic_error);
}

}  // namespace
}  // namespace tortoise::testing
