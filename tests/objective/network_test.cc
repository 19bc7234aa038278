// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <array>
#include <cmath>
#include <limits>
#include <string>
#include <tuple>

#include "gtest/gtest.h"
#include "objective/fixtures.h"
#include "tortoise/objective/stock.h"

namespace tortoise::test {
namespace {

constexpr std::size_t kRows = 19;
constexpr std::size_t kColumns = 11;
const std::vector<double> kLabels = {2.0, 7.0, -1.0};  // classes 1, 2, 0
constexpr std::size_t kClasses = 3;

const std::array<Sample, 7> kBatch = {5, 0, 18, 7, 5, 13, 2};

// --- A slow forward pass -----------------------------------------------------

struct SlowResult {
  double loss;             // without L2
  double smallest_switch;  // min |input of a ReLU|: the distance to a kink
};

// One row through [W1, b1, ...], every W [inputs x outputs] row-major.
SlowResult SlowRow(std::span<const float> x, std::size_t label,
                   const std::vector<std::size_t>& widths,
                   const AlignedVector<double>& w) {
  std::vector<double> in(x.begin(), x.end());
  double smallest = std::numeric_limits<double>::infinity();
  std::size_t next = 0;
  for (std::size_t l = 0; l < widths.size(); ++l) {
    std::vector<double> out(widths[l], 0.0);
    for (const double each : in) {
      for (double& o : out) o += each * w[next++];
    }
    for (double& o : out) {
      o += w[next++];
      if (l + 1 == widths.size()) continue;
      smallest = std::min(smallest, std::abs(o));
      o = std::max(0.0, o);
    }
    in = out;
  }
  double sum = 0.0;
  for (const double each : in) sum += std::exp(each);
  return {std::log(sum) - in[label], smallest};
}

SlowResult SlowMean(const Dataset& dense, Batch batch,
                    const std::vector<std::size_t>& widths,
                    const AlignedVector<double>& w) {
  SlowResult mean = {0.0, std::numeric_limits<double>::infinity()};
  for (const Sample i : batch) {
    const std::size_t label = std::array<std::size_t, 3>{1, 2, 0}[i % 3];
    const auto row = SlowRow(dense.DenseRow(i), label, widths, w);
    mean.loss += row.loss / static_cast<double>(batch.size());
    mean.smallest_switch = std::min(mean.smallest_switch, row.smallest_switch);
  }
  return mean;
}

// --- softmax and mlp with 0, 1 and 2 hidden layers, with and without L2 ------

class Network : public testing::TestWithParam<
                    std::tuple<std::vector<std::size_t>, double>> {
 protected:
  Network() : twins_(MakeTwins(kRows, kColumns, kLabels)) {
    std::tie(hidden_, l2_) = GetParam();
    widths_ = hidden_;
    widths_.push_back(kClasses);
  }

  template <typename T>
  std::unique_ptr<AnyObjective<T>> Make(const Data& data) const {
    return MakeStockObjective<T>("mlp", data, {.l2 = l2_, .hidden = hidden_},
                                 *data);
  }

  [[nodiscard]] double SlowPenalty(const AlignedVector<double>& w) const {
    double squares = 0.0;
    std::size_t next = 0;
    std::size_t inputs = kColumns;
    for (const std::size_t width : widths_) {
      for (std::size_t k = 0; k < inputs * width; ++k, ++next) {
        squares += w[next] * w[next];
      }
      next += width;
      inputs = width;
    }
    return l2_ / 2.0 * squares;
  }

  Twins twins_;
  std::vector<std::size_t> hidden_;
  std::vector<std::size_t> widths_;
  double l2_;
};

INSTANTIATE_TEST_SUITE_P(
    All, Network,
    testing::Combine(testing::Values(std::vector<std::size_t>{},
                                     std::vector<std::size_t>{5},
                                     std::vector<std::size_t>{6, 4}),
                     testing::Values(0.0, 0.3)));

TEST_P(Network, LossIsItsDefinition) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<double>(data);
    EXPECT_FALSE(f->is_sparse());
    const auto w = RandomParameters<double>(f->num_parameters(), 1);
    const double expected =
        SlowMean(*twins_.dense, kBatch, widths_, w).loss + SlowPenalty(w);
    EXPECT_NEAR(f->Loss(Const(w), kBatch), expected, 1e-13 * (1.0 + expected));
    EXPECT_EQ(GradientOf(*f, w, kBatch).loss, f->Loss(Const(w), kBatch));
  }
}

TEST_P(Network, GradientAgreesWithFiniteDifferences) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<double>(data);
    const auto w = RandomParameters<double>(f->num_parameters(), 2);
    // The differences take steps of 1e-5 on inputs of a few units.
    ASSERT_GT(SlowMean(*twins_.dense, kBatch, widths_, w).smallest_switch,
              1e-4);
    EXPECT_LT(RelativeDistance(GradientOf(*f, w, kBatch).gradient,
                               FiniteDifferences(*f, w, kBatch)),
              kFiniteDifferenceTolerance);
  }
}

// About 30 float operations in a row, each off by at most 2^-24.
TEST_P(Network, FloatAgreesWithDouble) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<float>(data);
    const auto g = Make<double>(data);
    const std::size_t d = f->num_parameters();
    const auto single = GradientOf(*f, RandomParameters<float>(d, 3), kBatch);
    const auto twice = GradientOf(*g, RandomParameters<double>(d, 3), kBatch);
    EXPECT_NEAR(single.loss, twice.loss, 1e-5 * (1.0 + twice.loss));
    EXPECT_LT(RelativeDistance(single.gradient, twice.gradient), 1e-5);
  }
}

// Scratch memory grows, and what an earlier batch left in it does not matter.
TEST_P(Network, BatchesOfAnySizeFollowEachOther) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto used = Make<float>(data);
    const auto w = RandomParameters<float>(used->num_parameters(), 4);
    const auto all = AllSamples(kRows);
    for (const std::size_t size : {3u, 1u, 19u, 2u, 19u, 7u}) {
      const Batch batch = Batch(all).first(size);
      const auto fresh = GradientOf(*Make<float>(data), w, batch);
      const auto again = GradientOf(*used, w, batch);
      EXPECT_EQ(again.loss, fresh.loss);
      EXPECT_EQ(again.gradient, fresh.gradient);
    }
  }
}

TEST_P(Network, MeanOverBlocksIsTheMeanOverAll) {
  const auto f = Make<double>(twins_.dense);
  const auto w = RandomParameters<double>(f->num_parameters(), 5);
  const auto all = AllSamples(kRows);
  const double first = f->Loss(Const(w), Batch(all).first(8));
  const double rest = f->Loss(Const(w), Batch(all).subspan(8));
  EXPECT_NEAR((8.0 * first + 11.0 * rest) / 19.0, f->Loss(Const(w), all),
              1e-14);
}

// Consecutive rows of float data are used where they lie.
TEST_P(Network, ShuffledBatchesGiveTheSameMean) {
  const auto f = Make<float>(twins_.dense);
  const auto w = RandomParameters<float>(f->num_parameters(), 6);
  const std::array<Sample, 4> straight = {4, 5, 6, 7};
  const std::array<Sample, 4> shuffled = {6, 4, 7, 5};
  EXPECT_LT(RelativeDistance(GradientOf(*f, w, shuffled).gradient,
                             GradientOf(*f, w, straight).gradient),
            1e-6);
}

TEST_P(Network, ClonesDoNotDisturbEachOther) {
  const auto f = Make<double>(twins_.dense);
  const auto w = RandomParameters<double>(f->num_parameters(), 7);
  const auto before = GradientOf(*f, w, kBatch);
  const auto copy = f->Clone();
  const auto other = RandomParameters<double>(f->num_parameters(), 8);
  EXPECT_NE(GradientOf(*copy, other, AllSamples(kRows)).gradient,
            before.gradient);
  EXPECT_EQ(GradientOf(*f, w, kBatch).gradient, before.gradient);
  EXPECT_EQ(GradientOf(*copy, w, kBatch).gradient, before.gradient);
}

// Also if a ReLU stands between them and the loss.
TEST_P(Network, NaNWeightsGiveANaNLoss) {
  for (const Data& data : {twins_.sparse, twins_.dense}) {
    const auto f = Make<float>(data);
    auto w = RandomParameters<float>(f->num_parameters(), 9);
    std::fill_n(w.begin(), kColumns * widths_.front(), NAN);
    EXPECT_TRUE(std::isnan(f->Loss(Const(w), kBatch)));
  }
}

// --- softmax -----------------------------------------------------------------

TEST(Softmax, EqualsANetworkWithoutHiddenLayers) {
  const auto data = MakeTwins(kRows, kColumns, kLabels).dense;
  const auto softmax =
      MakeStockObjective<double>("softmax", data, {.l2 = 0.2}, *data);
  const auto mlp =
      MakeStockObjective<double>("mlp", data, {.l2 = 0.2, .hidden = {}}, *data);
  ASSERT_EQ(softmax->num_parameters(), mlp->num_parameters());
  const auto w = RandomParameters<double>(softmax->num_parameters(), 9);
  EXPECT_EQ(GradientOf(*softmax, w, kBatch).gradient,
            GradientOf(*mlp, w, kBatch).gradient);
}

TEST(Softmax, AtZeroIsTheLogOfTheClasses) {
  const auto data = MakeTwins(kRows, kColumns, kLabels).sparse;
  const auto f = MakeStockObjective<float>("softmax", data, {}, *data);
  AlignedVector<float> w(f->num_parameters(), 1.0f);
  f->Initialize(w, RandomStream(1, 0, Purpose::kInitial));
  EXPECT_EQ(w, AlignedVector<float>(w.size(), 0.0f));
  EXPECT_DOUBLE_EQ(f->Loss(Const(w), kBatch), std::log(3.0));
}

TEST(Softmax, TenClassesOf784ColumnsAre7850Parameters) {
  const auto data = MakeTwins(10, 784, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}).dense;
  const auto f = MakeStockObjective<float>("softmax", data, {}, *data);
  EXPECT_EQ(f->num_parameters(), 7850u);
}

TEST(Softmax, IsStableAtLargeLogits) {
  const auto data = std::make_shared<const Dataset>(
      Dataset::Dense({1.0f, 1.0f}, {0.0, 1.0}, 1));
  const auto f = MakeStockObjective<double>("softmax", data, {}, *data);
  const AlignedVector<double> w = {2000.0, 0.0, 0.0, 0.0};
  const std::array<Sample, 1> right = {0};
  const std::array<Sample, 1> wrong = {1};
  EXPECT_EQ(f->Loss(Const(w), right), 0.0);
  const auto at = GradientOf(*f, w, wrong);
  EXPECT_EQ(at.loss, 2000.0);
  EXPECT_EQ(at.gradient, (AlignedVector<double>{1.0, -1.0, 1.0, -1.0}));
}

TEST(Softmax, CountsHits) {
  const auto data = std::make_shared<const Dataset>(
      Dataset::Dense({1.0f, -1.0f, 2.0f, 0.0f}, {3.0, 8.0, 8.0, 3.0}, 1));
  const auto f = MakeStockObjective<float>("softmax", data, {}, *data);
  // Logits (x, -x): class 0 wins for x > 0, and ties.
  const AlignedVector<float> w = {1.0f, -1.0f, 0.0f, 0.0f};
  EXPECT_EQ(f->CountCorrect(Const(w), AllSamples(4)), 3u);
}

// --- Initial parameters ------------------------------------------------------

TEST(MlpInitialize, DrawsWeightsWithVarianceTwoOverInputs) {
  const auto data = MakeTwins(20, 50, kLabels).dense;
  const auto f =
      MakeStockObjective<float>("mlp", data, {.hidden = {400}}, *data);
  AlignedVector<float> w(f->num_parameters(), NAN);
  f->Initialize(w, RandomStream(1, 0, Purpose::kInitial));
  constexpr std::size_t kWeights = 50 * 400;
  double sum = 0.0;
  double squares = 0.0;
  for (const float each : std::span(w).first(kWeights)) {
    sum += static_cast<double>(each);
    squares += static_cast<double>(each) * static_cast<double>(each);
  }
  // Standard errors: 0.2 / sqrt(20000) = 0.0014 and 0.04 sqrt(2/20000) =
  // 0.0004. Five of them.
  EXPECT_NEAR(sum / kWeights, 0.0, 0.007);
  EXPECT_NEAR(squares / kWeights, 2.0 / 50.0, 0.002);
  for (const float bias : std::span(w).subspan(kWeights, 400)) {
    EXPECT_EQ(bias, 0.0f);
  }
  EXPECT_EQ(w.back(), 0.0f);
}

TEST(MlpInitialize, IsAFunctionOfTheStreamAlone) {
  const auto data = MakeTwins(20, 6, kLabels).dense;
  const auto f = MakeStockObjective<float>("mlp", data, {.hidden = {4}}, *data);
  const auto g =
      MakeStockObjective<double>("mlp", data, {.hidden = {4}}, *data);
  AlignedVector<float> a(f->num_parameters(), NAN);
  AlignedVector<float> b(f->num_parameters(), NAN);
  AlignedVector<double> c(f->num_parameters(), NAN);
  f->Initialize(a, RandomStream(1, 2, Purpose::kInitial));
  f->Clone()->Initialize(b, RandomStream(1, 2, Purpose::kInitial));
  g->Initialize(c, RandomStream(1, 2, Purpose::kInitial));
  EXPECT_EQ(a, b);
  EXPECT_EQ(a, AlignedVector<float>(c.begin(), c.end()));
  f->Initialize(b, RandomStream(1, 3, Purpose::kInitial));
  EXPECT_NE(a, b);
}

}  // namespace
}  // namespace tortoise::test
