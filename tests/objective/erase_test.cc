// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/objective/erase.h"

#include <stdexcept>

#include "gtest/gtest.h"
#include "objective/fixtures.h"
#include "objective/user_types.h"

namespace tortoise::test {
namespace {

static_assert(Objective<DenseToy, float>);
static_assert(!SparseObjective<DenseToy, float>);
static_assert(!Objective<SparseToy, float>);
static_assert(SparseObjective<SparseToy, float>);
static_assert(Objective<BothToy, float> && SparseObjective<BothToy, float>);
static_assert(SparseLinearObjective<LinearToy>);
static_assert(!Objective<DenseToy, double>);

// Samples 0 and 2 pull w_0, 1 and 3 pull w_1. At w = (1, 1) with the batch
// below: loss (1/2 + 4/2 + 4/2)/3 = 3/2; gradient (1, -2 - 2)/3.
const AlignedVector<float> kAt = {1.0f, 1.0f};
const std::vector<Sample> kBatch = {0, 3, 3};

template <typename F>
class EraseAny : public testing::Test {};
using Toys = testing::Types<DenseToy, SparseToy, LinearToy>;
TYPED_TEST_SUITE(EraseAny, Toys);

TYPED_TEST(EraseAny, PassesOnLossGradientAndSizes) {
  const auto f = Erase<float>(TypeParam());
  EXPECT_EQ(f->num_parameters(), 2u);
  EXPECT_EQ(f->num_samples(), kToySamples);
  EXPECT_DOUBLE_EQ(f->Loss(Const(kAt), kBatch), 1.5);
  const auto at = GradientOf(*f, kAt, kBatch);
  EXPECT_DOUBLE_EQ(at.loss, 1.5);
  EXPECT_FLOAT_EQ(at.gradient[0], 1.0f / 3.0f);
  EXPECT_FLOAT_EQ(at.gradient[1], -4.0f / 3.0f);
  // Nothing is left over from the batch before.
  EXPECT_EQ(GradientOf(*f, kAt, kBatch).gradient, at.gradient);
}

TYPED_TEST(EraseAny, ClonesSurviveTheirOriginal) {
  auto f = Erase<float>(TypeParam());
  const auto before = GradientOf(*f, kAt, kBatch);
  const auto copy = f->Clone();
  f.reset();
  EXPECT_EQ(GradientOf(*copy, kAt, kBatch).gradient, before.gradient);
}

TYPED_TEST(EraseAny, LacksWhatTheTypeLacks) {
  const auto f = Erase<float>(TypeParam());
  EXPECT_EQ(f->CountCorrect(Const(kAt), kBatch), std::nullopt);
  AlignedVector<float> w = {3.0f, 4.0f};
  f->Initialize(w, RandomStream(1, 0, Purpose::kInitial));
  EXPECT_EQ(w, (AlignedVector<float>{0.0f, 0.0f}));
}

TEST(Erase, KnowsWhichTypesAreSparse) {
  EXPECT_FALSE(Erase<float>(DenseToy())->is_sparse());
  EXPECT_TRUE(Erase<float>(SparseToy())->is_sparse());
  EXPECT_TRUE(Erase<float>(BothToy())->is_sparse());
  EXPECT_TRUE(Erase<float>(LinearToy())->is_sparse());
  EXPECT_THROW(SparseGradientOf(*Erase<float>(DenseToy()), kAt, kBatch),
               std::logic_error);
}

TEST(Erase, SparseGradientsReachTheView) {
  for (const auto& f : {Erase<float>(SparseToy()), Erase<float>(LinearToy()),
                        Erase<float>(BothToy())}) {
    const auto at = SparseGradientOf(*f, kAt, kBatch);
    EXPECT_DOUBLE_EQ(at.loss, 1.5);
    EXPECT_FLOAT_EQ(at.gradient[0], 1.0f / 3.0f);
    EXPECT_FLOAT_EQ(at.gradient[1], -4.0f / 3.0f);
  }
}

TEST(Erase, UsesBothGradientsOfATypeThatHasBoth) {
  const auto f = Erase<float>(BothToy());
  EXPECT_EQ(GradientOf(*f, kAt, kBatch).gradient,
            (AlignedVector<float>{1000.0f, 1000.0f}));
}

TEST(Erase, LinearObjectivesTakeDoubleParametersToo) {
  const auto f = Erase<double>(LinearToy());
  const AlignedVector<double> w = {1.0, 1.0};
  EXPECT_LT(RelativeDistance(GradientOf(*f, w, kBatch).gradient,
                             FiniteDifferences(*f, w, kBatch)),
            kFiniteDifferenceTolerance);
}

// --- Copies ------------------------------------------------------------------

// Reports how often this copy was asked, through its loss.
struct Counting : DenseToy {
  double Loss(std::span<const float>, Batch) const {
    return static_cast<double>(num_gradients);
  }
};

TEST(Erase, CopiesHaveStateOfTheirOwn) {
  const auto f = Erase<float>(Counting());
  const auto copy = f->Clone();
  (void)GradientOf(*f, kAt, kBatch);
  (void)GradientOf(*f, kAt, kBatch);
  EXPECT_EQ(f->Loss(Const(kAt), kBatch), 2.0);
  EXPECT_EQ(copy->Loss(Const(kAt), kBatch), 0.0);
}

// --- Optional members --------------------------------------------------------

struct Complete : DenseToy {
  [[nodiscard]] std::size_t CountCorrect(std::span<const float>,
                                         Batch batch) const {
    return batch.size() - 1;
  }
  void Initialize(std::span<float> w, const RandomStream& stream) const {
    w[0] = w[1] = static_cast<float>(stream.Uniform(0));
  }
};

struct InitializesNonConst : DenseToy {
  void Initialize(std::span<float> w, const RandomStream&) {
    w[0] = w[1] = 7.0f;
  }
};

TEST(Erase, HonoursOptionalMembers) {
  const auto f = Erase<float>(Complete());
  EXPECT_EQ(f->CountCorrect(Const(kAt), kBatch), 2u);
  const RandomStream stream(1, 0, Purpose::kInitial);
  AlignedVector<float> w = {3.0f, 4.0f};
  f->Initialize(w, stream);
  const auto drawn = static_cast<float>(stream.Uniform(0));
  EXPECT_EQ(w, (AlignedVector<float>{drawn, drawn}));
  Erase<float>(InitializesNonConst())->Initialize(w, stream);
  EXPECT_EQ(w, (AlignedVector<float>{7.0f, 7.0f}));
}

// --- Exceptions --------------------------------------------------------------

struct Throwing : SparseToy {
  double Gradient(SparseView<float>& view, Batch batch) const {
    view.Add(0, 100.0f);
    if (batch.size() == 1) throw std::runtime_error("out of luck");
    return SparseToy::Gradient(view, batch);
  }
};

TEST(Erase, ExceptionsPassAndLeaveNothingBehind) {
  const auto f = Erase<float>(Throwing());
  const Sample one = 0;
  EXPECT_THROW(GradientOf(*f, kAt, Batch(&one, 1)), std::runtime_error);
  EXPECT_FLOAT_EQ(GradientOf(*f, kAt, kBatch).gradient[0],
                  100.0f + 1.0f / 3.0f);
}

}  // namespace
}  // namespace tortoise::test
