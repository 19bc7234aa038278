// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <cmath>
#include <string>

#include "gtest/gtest.h"
#include "objective/fixtures.h"
#include "tortoise/objective/stock.h"

namespace tortoise::test {
namespace {

constexpr QuadraticOptions kOptions = {
    .parameters = 6, .L = 4.0, .c = 0.25, .sigma = 3.0};

TEST(Quadratic, IsZeroAndFlatAtOnes) {
  const auto f = MakeQuadratic<double>(kOptions);
  const AlignedVector<double> w(6, 1.0);
  const auto at = GradientOf(*f, w, {});
  EXPECT_EQ(at.loss, 0.0);
  EXPECT_EQ(at.gradient, AlignedVector<double>(6, 0.0));
  EXPECT_EQ(f->num_parameters(), 6u);
  EXPECT_EQ(f->num_samples(), 0u);
  EXPECT_FALSE(f->is_sparse());
  EXPECT_EQ(f->CountCorrect(Const(w), {}), std::nullopt);
}

TEST(Quadratic, StartsAtZero) {
  const auto f = MakeQuadratic<float>(kOptions);
  AlignedVector<float> w(6, 5.0f);
  f->Initialize(w, RandomStream(1, 0, Purpose::kInitial));
  EXPECT_EQ(w, AlignedVector<float>(6, 0.0f));
}

TEST(Quadratic, CurvatureRunsFromCToLInEqualRatios) {
  const auto f = MakeQuadratic<double>(kOptions);
  // At w = 2 the gradient is lambda.
  const auto lambda =
      GradientOf(*f, AlignedVector<double>(6, 2.0), {}).gradient;
  EXPECT_EQ(lambda.front(), 0.25);
  EXPECT_EQ(lambda.back(), 4.0);
  for (std::size_t k = 1; k < 6; ++k) {
    EXPECT_NEAR(lambda[k] / lambda[k - 1], std::pow(16.0, 0.2), 1e-14);
  }
}

TEST(Quadratic, OneParameterHasCurvatureL) {
  const auto f = MakeQuadratic<double>({.parameters = 1, .L = 4.0, .c = 0.5});
  EXPECT_EQ(f->Loss(Const(AlignedVector<double>{3.0}), {}), 8.0);
}

TEST(Quadratic, GradientAgreesWithFiniteDifferences) {
  const auto f = MakeQuadratic<double>(kOptions);
  const auto w = RandomParameters<double>(6, 1, 2.0);
  EXPECT_LT(RelativeDistance(GradientOf(*f, w, {}).gradient,
                             FiniteDifferences(*f, w, {})),
            kFiniteDifferenceTolerance);
}

TEST(Quadratic, FloatAgreesWithDouble) {
  const auto f = MakeQuadratic<float>(kOptions);
  const auto g = MakeQuadratic<double>(kOptions);
  const auto batch = AllSamples(5);
  const auto a = GradientOf(*f, RandomParameters<float>(6, 2), batch);
  const auto b = GradientOf(*g, RandomParameters<double>(6, 2), batch);
  EXPECT_EQ(a.loss, b.loss);  // both are computed in double
  EXPECT_LT(RelativeDistance(a.gradient, b.gradient), 1e-7);
}

TEST(Quadratic, NoiseEntersTheGradientOnly) {
  const auto f = MakeQuadratic<double>(kOptions);
  const auto w = RandomParameters<double>(6, 3);
  const auto exact = GradientOf(*f, w, {});
  const auto noisy = GradientOf(*f, w, AllSamples(4));
  EXPECT_EQ(noisy.loss, exact.loss);
  EXPECT_EQ(f->Loss(Const(w), AllSamples(4)), exact.loss);
  EXPECT_NE(noisy.gradient, exact.gradient);
}

TEST(Quadratic, NoiseIsAFunctionOfTheSample) {
  const auto f = MakeQuadratic<double>(kOptions);
  const auto w = RandomParameters<double>(6, 4);
  const std::vector<Sample> one = {~Sample{0}};
  const std::vector<Sample> other = {17};
  const std::vector<Sample> both = {~Sample{0}, 17};
  const auto a = GradientOf(*f, w, one).gradient;
  const auto b = GradientOf(*f->Clone(), w, other).gradient;
  const auto mean = GradientOf(*f, w, both).gradient;
  EXPECT_NE(a, b);
  EXPECT_EQ(GradientOf(*f, w, one).gradient, a);
  for (std::size_t k = 0; k < 6; ++k) {
    EXPECT_NEAR(mean[k], (a[k] + b[k]) / 2.0, 1e-14);
  }
}

// E|noise|^2 = sigma^2 / m. The mean of N draws of |noise|^2, which has d/2
// degrees of freedom, errs by sigma^2/m sqrt(2 / (d N)); the mean of one
// coordinate by sqrt(sigma^2 / (m d N)). Five of each, for fixed seeds.
TEST(Quadratic, NoiseHasMeanZeroAndTheStatedVariance) {
  const auto f = MakeQuadratic<double>(kOptions);
  const AlignedVector<double> w(6, 1.0);  // the gradient is all noise
  constexpr std::size_t kDraws = 4000;
  for (const std::size_t m : {std::size_t{1}, std::size_t{8}}) {
    double squares = 0.0;
    std::vector<double> sum(6, 0.0);
    const auto samples = AllSamples(kDraws * m);
    for (std::size_t i = 0; i < kDraws; ++i) {
      const auto noise =
          GradientOf(*f, w, Batch(samples).subspan(i * m, m)).gradient;
      for (std::size_t k = 0; k < 6; ++k) {
        squares += noise[k] * noise[k];
        sum[k] += noise[k];
      }
    }
    const double variance = 9.0 / static_cast<double>(m);
    EXPECT_NEAR(squares / kDraws, variance,
                5.0 * variance * std::sqrt(2.0 / (6.0 * kDraws)));
    for (const double each : sum) {
      EXPECT_NEAR(each / kDraws, 0.0,
                  5.0 * std::sqrt(variance / (6.0 * kDraws)));
    }
  }
}

TEST(Quadratic, WithoutSigmaThereIsNoNoise) {
  const auto f = MakeQuadratic<double>({.sigma = 0.0});
  const auto w = RandomParameters<double>(10, 5);
  EXPECT_EQ(GradientOf(*f, w, AllSamples(3)).gradient,
            GradientOf(*f, w, {}).gradient);
}

// --- Misuse ------------------------------------------------------------------

std::string Refusal(const QuadraticOptions& options) {
  try {
    (void)MakeQuadratic<float>(options);
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
  return "accepted";
}

TEST(Quadratic, RefusesImpossibleConstants) {
  EXPECT_EQ(Refusal({.parameters = 0}), "parameters = 0 must be >= 1");
  EXPECT_EQ(Refusal({.c = 0.0}), "c = 0 must be a finite number > 0");
  EXPECT_EQ(Refusal({.c = NAN}), "c = nan must be a finite number > 0");
  EXPECT_EQ(Refusal({.L = 0.5, .c = 0.75}),
            "L = 0.5 must be a finite number >= c = 0.75");
  EXPECT_EQ(Refusal({.L = INFINITY}),
            "L = inf must be a finite number >= c = 0.1");
  EXPECT_EQ(Refusal({.sigma = -1.0}),
            "sigma = -1 must be a finite number >= 0");
}

}  // namespace
}  // namespace tortoise::test
