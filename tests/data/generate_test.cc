// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/generate.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

#include "data/data_testing.h"
#include "gtest/gtest.h"

namespace tortoise {
namespace {

using Bad = std::invalid_argument;
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// Makes a data set on one thread and on four.
template <typename Generate>
void ExpectSameOnAnyNumberOfThreads(const Generate& generate) {
  const Contents parallel = ContentsOf(generate());
  const ThreadLimit serial(1);
  EXPECT_EQ(ContentsOf(generate()), parallel);
}

// The first rows of the longer one are the shorter one.
void ExpectPrefix(const Dataset& shorter, const Dataset& longer) {
  const Contents few = ContentsOf(shorter);
  Contents many = ContentsOf(longer);
  ASSERT_LE(few.rows.size(), many.rows.size());
  many.rows.resize(few.rows.size());
  many.labels.resize(few.labels.size());
  EXPECT_EQ(few, many);
}

double ShareOf(const Dataset& data, double label) {
  return static_cast<double>(std::ranges::count(data.labels(), label)) /
         static_cast<double>(data.num_rows());
}

// --- Digits ------------------------------------------------------------------

TEST(GenerateDigits, IsAFunctionOfItsOptions) {
  const auto generate = [] { return GenerateDigits({.rows = 1'500}); };
  ExpectSameOnAnyNumberOfThreads(generate);
  ExpectPrefix(GenerateDigits({.rows = 300}), generate());
  EXPECT_NE(ContentsOf(GenerateDigits({.rows = 10, .seed = 1})),
            ContentsOf(GenerateDigits({.rows = 10, .seed = 2})));
}

TEST(GenerateDigits, HasTheShapeOfMnist) {
  const Dataset data = GenerateDigits({.rows = 2'000});
  EXPECT_EQ(data.num_rows(), 2'000u);
  EXPECT_EQ(data.num_columns(), 784u);
  EXPECT_EQ(data.label_kind(), LabelKind::kClasses);
  for (double digit = 0; digit < 10; ++digit) {
    // Five standard deviations of a binomial share around 0.1.
    EXPECT_NEAR(ShareOf(data, digit), 0.1, 5 * std::sqrt(0.09 / 2'000));
  }
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    const auto [low, high] = std::ranges::minmax(data.DenseRow(row));
    ASSERT_GE(low, 0.0f);
    ASSERT_LE(high, 1.0f);
  }
}

TEST(GenerateDigits, WithoutNoiseIsInkOnCleanPaper) {
  const Dataset data = GenerateDigits({.rows = 200, .noise = 0.0});
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    const auto image = data.DenseRow(row);
    const auto blank = std::ranges::count(image, 0.0f);
    EXPECT_GT(blank, 784 / 2) << "row " << row;
    EXPECT_LT(blank, 784 - 20) << "row " << row;
    EXPECT_GT(std::ranges::max(image), 0.5f) << "row " << row;
  }
}

// What noise adds to a blank pixel is max(0, noise * normal), with mean
// noise / sqrt(2 pi) as long as nothing reaches 1.
TEST(GenerateDigits, NoiseHasItsStandardDeviation) {
  const Dataset clean = GenerateDigits({.rows = 200, .noise = 0.0});
  const Dataset noisy = GenerateDigits({.rows = 200, .noise = 0.1});
  double sum = 0.0;
  double count = 0.0;
  for (std::size_t row = 0; row < clean.num_rows(); ++row) {
    for (std::size_t j = 0; j < clean.num_columns(); ++j) {
      if (clean.DenseRow(row)[j] != 0.0f) continue;
      sum += static_cast<double>(noisy.DenseRow(row)[j]);
      ++count;
    }
  }
  const double expected = 0.1 / std::sqrt(2.0 * 3.14159265358979);
  // Five standard errors; the variance is below noise^2 / 2.
  EXPECT_NEAR(sum / count, expected, 5.0 * 0.1 * std::sqrt(0.5 / count));
}

// A classifier that knows nothing but the mean image of each class: chance is
// 0.1, and what it cannot tell (a seven with a bar) is left to better models.
TEST(GenerateDigits, MeanImagesTellMostDigitsApart) {
  constexpr std::size_t kTrain = 2'000;
  constexpr std::size_t kAll = 3'000;
  const Dataset data = GenerateDigits({.rows = kAll});
  std::array<std::array<double, 784>, 10> means{};
  std::array<double, 10> counts{};
  for (std::size_t row = 0; row < kTrain; ++row) {
    const auto digit = static_cast<std::size_t>(data.labels()[row]);
    ++counts[digit];
    for (std::size_t j = 0; j < 784; ++j) {
      means[digit][j] += static_cast<double>(data.DenseRow(row)[j]);
    }
  }
  std::size_t right = 0;
  for (std::size_t row = kTrain; row < kAll; ++row) {
    std::array<double, 10> distance{};
    for (std::size_t digit = 0; digit < 10; ++digit) {
      for (std::size_t j = 0; j < 784; ++j) {
        const double gap = static_cast<double>(data.DenseRow(row)[j]) -
                           means[digit][j] / counts[digit];
        distance[digit] += gap * gap;
      }
    }
    const auto nearest = std::ranges::min_element(distance) - distance.begin();
    right += static_cast<double>(nearest) == data.labels()[row] ? 1 : 0;
  }
  const double accuracy = static_cast<double>(right) / (kAll - kTrain);
  EXPECT_GT(accuracy, 0.6);
  EXPECT_LT(accuracy, 0.85) << "too easy for a race";
}

TEST(GenerateDigits, RefusesImpossibleOptions) {
  EXPECT_THROW((void)GenerateDigits({.rows = 0}), Bad);
  EXPECT_THROW((void)GenerateDigits({.rows = std::size_t{1} << 60}), Bad);
  EXPECT_THROW((void)GenerateDigits({.noise = -0.1}), Bad);
  EXPECT_THROW((void)GenerateDigits({.noise = kNaN}), Bad);
}

// --- Sparse classification ---------------------------------------------------

TEST(GenerateSparseClassification, IsAFunctionOfItsOptions) {
  const auto generate = [] {
    return GenerateSparseClassification({.rows = 1'500});
  };
  ExpectSameOnAnyNumberOfThreads(generate);
  ExpectPrefix(GenerateSparseClassification({.rows = 300}), generate());
  EXPECT_NE(ContentsOf(GenerateSparseClassification({.rows = 10, .seed = 1})),
            ContentsOf(GenerateSparseClassification({.rows = 10, .seed = 2})));
}

TEST(GenerateSparseClassification, RowsHaveUnitNorm) {
  const Dataset data = GenerateSparseClassification({.rows = 2'000});
  EXPECT_TRUE(data.is_sparse());
  EXPECT_EQ(data.num_columns(), 10'000u);
  EXPECT_EQ(data.label_kind(), LabelKind::kMinusOnePlusOne);
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    double norm2 = 0.0;
    for (const float x : data.Row(row).value) {
      ASSERT_GT(x, 0.0f);
      norm2 += static_cast<double>(x) * static_cast<double>(x);
    }
    // Each square is off by a relative 2^-23 at most.
    EXPECT_NEAR(norm2, 1.0, 0x1p-22) << "row " << row;
  }
}

TEST(GenerateSparseClassification, HasItsNonzerosOnAverage) {
  // Few and many of the columns; all of them; one.
  const std::vector<SparseClassificationOptions> cases = {
      {.rows = 2'000, .columns = 10'000, .nonzeros = 50},
      {.rows = 2'000, .columns = 100, .nonzeros = 40},
      {.rows = 2'000, .columns = 100, .nonzeros = 80},
      {.rows = 100, .columns = 20, .nonzeros = 20},
      {.rows = 100, .columns = 1, .nonzeros = 1}};
  for (const SparseClassificationOptions& options : cases) {
    const Dataset data = GenerateSparseClassification(options);
    const double mean = static_cast<double>(data.num_nonzeros()) /
                        static_cast<double>(data.num_rows());
    const double wanted = static_cast<double>(options.nonzeros);
    // Uniform on at most (0, 2 wanted): five standard errors.
    EXPECT_NEAR(
        mean, wanted,
        5.0 * wanted / std::sqrt(3.0 * static_cast<double>(options.rows)))
        << options.nonzeros << " of " << options.columns;
  }
}

// In rows of one entry its distribution is the popularity itself.
TEST(GenerateSparseClassification, PopularityFollowsZipfsLaw) {
  for (const std::size_t columns : {5u, 50u}) {  // many, and few, are drawn
    const SparseClassificationOptions options = {
        .rows = 20'000, .columns = columns, .nonzeros = 1};
    const Dataset data = GenerateSparseClassification(options);
    std::vector<double> share(columns, 0.0);
    for (std::size_t row = 0; row < data.num_rows(); ++row) {
      share[data.Row(row).index[0]] += 1.0 / 20'000;
    }
    double total = 0.0;
    for (std::size_t j = 0; j < columns; ++j) {
      total += 1.0 / std::pow(static_cast<double>(j + 8), 1.05);
    }
    for (std::size_t j = 0; j < columns; ++j) {
      const double p = 1.0 / std::pow(static_cast<double>(j + 8), 1.05) / total;
      EXPECT_NEAR(share[j], p, 5.0 * std::sqrt(p / 20'000)) << "column " << j;
    }
  }
}

TEST(GenerateSparseClassification, LabelsAreBalancedAndFlippedAtTheirRate) {
  for (const std::uint64_t seed : {1u, 2u, 3u, 4u, 5u}) {
    const Dataset clean = GenerateSparseClassification(
        {.rows = 5'000, .label_noise = 0.0, .seed = seed});
    const Dataset noisy = GenerateSparseClassification(
        {.rows = 5'000, .label_noise = 0.2, .seed = seed});
    EXPECT_NEAR(ShareOf(clean, 1.0), 0.5, 0.15) << "seed " << seed;
    double flipped = 0.0;
    for (std::size_t row = 0; row < clean.num_rows(); ++row) {
      flipped += clean.labels()[row] != noisy.labels()[row] ? 1.0 : 0.0;
    }
    // Five standard deviations of a binomial share.
    EXPECT_NEAR(flipped / 5'000, 0.2, 5.0 * std::sqrt(0.16 / 5'000));
  }
}

// Without label noise a linear model exists that makes no error, so that the
// perceptron gets far beyond chance on rows that it has not seen.
TEST(GenerateSparseClassification, ALinearModelPredictsTheLabels) {
  const Dataset data = GenerateSparseClassification(
      {.rows = 6'000, .columns = 500, .nonzeros = 20, .label_noise = 0.0});
  std::vector<double> w(data.num_columns(), 0.0);
  const auto margin = [&](std::size_t row) {
    const SparseRow x = data.Row(row);
    double sum = 0.0;
    for (std::size_t k = 0; k < x.index.size(); ++k) {
      sum += static_cast<double>(x.value[k]) * w[x.index[k]];
    }
    return sum * data.labels()[row];
  };
  for (int epoch = 0; epoch < 10; ++epoch) {
    for (std::size_t row = 0; row < 5'000; ++row) {
      if (margin(row) > 0.0) continue;
      const SparseRow x = data.Row(row);
      for (std::size_t k = 0; k < x.index.size(); ++k) {
        w[x.index[k]] += static_cast<double>(x.value[k]) * data.labels()[row];
      }
    }
  }
  int right = 0;
  for (std::size_t row = 5'000; row < 6'000; ++row) right += margin(row) > 0.0;
  EXPECT_GT(right, 850);
}

TEST(GenerateSparseClassification, RefusesImpossibleOptions) {
  const auto generate = [](const SparseClassificationOptions& options) {
    (void)GenerateSparseClassification(options);
  };
  EXPECT_THROW(generate({.rows = 0}), Bad);
  EXPECT_THROW(generate({.columns = 0, .nonzeros = 0}), Bad);
  EXPECT_THROW(generate({.columns = (std::size_t{1} << 32) + 1}), Bad);
  EXPECT_THROW(generate({.nonzeros = 0}), Bad);
  EXPECT_THROW(generate({.columns = 10, .nonzeros = 11}), Bad);
  EXPECT_THROW(generate({.label_noise = -0.1}), Bad);
  EXPECT_THROW(generate({.label_noise = 0.6}), Bad);
  EXPECT_THROW(generate({.label_noise = kNaN}), Bad);
}

// --- Regression --------------------------------------------------------------

TEST(GenerateRegression, IsAFunctionOfItsOptions) {
  const auto generate = [] { return GenerateRegression({.rows = 1'500}); };
  ExpectSameOnAnyNumberOfThreads(generate);
  ExpectPrefix(GenerateRegression({.rows = 300}), generate());
  EXPECT_NE(ContentsOf(GenerateRegression({.rows = 10, .seed = 1})),
            ContentsOf(GenerateRegression({.rows = 10, .seed = 2})));
}

// With rows of independent normals E[x y] = w*, so the mean of x y finds w*
// to about sqrt((2 + noise^2) / n) per coordinate.
TEST(GenerateRegression, PlantsAModelOfNormOneAndItsNoise) {
  constexpr std::size_t kRows = 50'000;
  constexpr std::size_t kColumns = 5;
  const Dataset data =
      GenerateRegression({.rows = kRows, .columns = kColumns, .noise = 0.5});
  EXPECT_EQ(data.label_kind(), LabelKind::kReal);
  std::array<double, kColumns> w{};
  double target2 = 0.0;
  for (std::size_t row = 0; row < kRows; ++row) {
    const double y = data.labels()[row];
    target2 += y * y / kRows;
    for (std::size_t j = 0; j < kColumns; ++j) {
      w[j] += static_cast<double>(data.DenseRow(row)[j]) * y / kRows;
    }
  }
  double norm2 = 0.0;
  for (const double w_j : w) norm2 += w_j * w_j;
  const double error = std::sqrt(2.25 / kRows);
  EXPECT_NEAR(std::sqrt(norm2), 1.0, 5.0 * error);
  // The target has variance 1 + noise^2; that of its square is twice that
  // squared.
  EXPECT_NEAR(target2, 1.25, 5.0 * 1.25 * std::sqrt(2.0 / kRows));
}

TEST(GenerateRegression, WithoutNoiseIsExactlyLinear) {
  // Two columns and norm 1 leave one unknown: two rows give w*, which must
  // then fit all others.
  const Dataset data =
      GenerateRegression({.rows = 100, .columns = 2, .noise = 0.0});
  const auto x = [&](std::size_t row, std::size_t j) {
    return static_cast<double>(data.DenseRow(row)[j]);
  };
  const auto y = data.labels();
  const double det = x(0, 0) * x(1, 1) - x(0, 1) * x(1, 0);
  const double w0 = (y[0] * x(1, 1) - x(0, 1) * y[1]) / det;
  const double w1 = (x(0, 0) * y[1] - y[0] * x(1, 0)) / det;
  EXPECT_NEAR(w0 * w0 + w1 * w1, 1.0, 1e-9);
  for (std::size_t row = 2; row < 100; ++row) {
    EXPECT_NEAR(w0 * x(row, 0) + w1 * x(row, 1), y[row], 1e-9);
  }
}

TEST(GenerateRegression, RefusesImpossibleOptions) {
  EXPECT_THROW((void)GenerateRegression({.rows = 0}), Bad);
  EXPECT_THROW((void)GenerateRegression({.columns = 0}), Bad);
  EXPECT_THROW((void)GenerateRegression({.rows = std::size_t{1} << 40,
                                         .columns = std::size_t{1} << 40}),
               Bad);
  EXPECT_THROW((void)GenerateRegression({.noise = -1.0}), Bad);
  EXPECT_THROW((void)GenerateRegression({.noise = kNaN}), Bad);
}

}  // namespace
}  // namespace tortoise
