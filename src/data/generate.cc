// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/data/generate.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <functional>
#include <numeric>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "core/check.h"
#include "core/parallel.h"
#include "data/streams.h"

namespace tortoise {
namespace {

using internal::Drawn;
using internal::Require;
using internal::RowSequence;

// Calls make(row) for every row, on all processors.
void ForEachRow(std::size_t rows,
                const std::function<void(std::size_t)>& make) {
  ForEachBlock(internal::NumRowBlocks(rows), [&](std::size_t block) {
    const std::size_t begin = block * internal::kRowsPerBlock;
    const std::size_t end = std::min(begin + internal::kRowsPerBlock, rows);
    for (std::size_t row = begin; row < end; ++row) make(row);
  });
}

// --- Sparse classification ---------------------------------------------------

// Zipf's law: feature j has popularity p_j ~ 1 / (j + 8)^1.05, about that of
// words in news text.
class Popularity {
 public:
  explicit Popularity(std::size_t columns) : cumulative_(columns) {
    double sum = 0.0;
    for (std::size_t j = 0; j < columns; ++j) cumulative_[j] = sum += Weight(j);
  }

  static double Weight(std::size_t j) {
    return std::pow(static_cast<double>(j) + 8.0, -1.05);
  }

  // Draws `count` different features, those of each draw by popularity, in
  // increasing order.
  void Draw(std::size_t count, RandomSequence* random,
            std::vector<std::uint32_t>* features) const {
    features->clear();
    if (count * 8 > cumulative_.size()) {
      DrawMany(count, random, features);
    } else {
      DrawFew(count, random, features);
    }
    std::ranges::sort(*features);
  }

 private:
  // One by one; a repeated feature is drawn again.
  void DrawFew(std::size_t count, RandomSequence* random,
               std::vector<std::uint32_t>* features) const {
    std::vector<std::uint32_t> sorted;
    while (features->size() < count) {
      const double mass = random->Uniform() * cumulative_.back();
      const auto place = std::ranges::upper_bound(cumulative_, mass);
      const std::size_t last = cumulative_.size() - 1;
      const auto j = static_cast<std::uint32_t>(std::min(
          static_cast<std::size_t>(place - cumulative_.begin()), last));
      const auto slot = std::ranges::lower_bound(sorted, j);
      if (slot != sorted.end() && *slot == j) continue;
      sorted.insert(slot, j);
      features->push_back(j);
    }
  }

  // The features whose exponential clocks of rate p_j ring first, which has
  // the same distribution and needs no luck: for a large share of them.
  void DrawMany(std::size_t count, RandomSequence* random,
                std::vector<std::uint32_t>* features) const {
    std::vector<std::pair<double, std::uint32_t>> rings(cumulative_.size());
    for (std::size_t j = 0; j < rings.size(); ++j) {
      rings[j] = {-std::log(random->Uniform()) / Weight(j),
                  static_cast<std::uint32_t>(j)};
    }
    std::ranges::nth_element(
        rings, rings.begin() + static_cast<std::ptrdiff_t>(count - 1));
    for (std::size_t k = 0; k < count; ++k) {
      features->push_back(rings[k].second);
    }
  }

  std::vector<double> cumulative_;
};

// Normal weights on a quarter of the features, 0 on the others. Their mean,
// weighted by popularity, is removed: else a few popular features would give
// most rows the same label.
std::vector<double> PlantSparseModel(std::size_t columns, std::uint64_t seed) {
  RandomSequence random = RowSequence(seed, 0, Drawn::kSparseModel);
  std::vector<double> w(columns, 0.0);
  double weighted = 0.0;
  double popularity = 0.0;
  std::size_t support = 0;
  for (std::size_t j = 0; j < columns; ++j) {
    if (random.Uniform() >= 0.25) continue;
    w[j] = random.Normal();
    weighted += Popularity::Weight(j) * w[j];
    popularity += Popularity::Weight(j);
    ++support;
  }
  if (support < 2) return w;
  for (double& w_j : w) {
    if (w_j != 0.0) w_j -= weighted / popularity;
  }
  return w;
}

// Writes the values of a row with these features; returns its label.
double FillSparseRow(std::span<const std::uint32_t> features,
                     const std::vector<double>& w, double label_noise,
                     RandomSequence* random, std::span<float> values) {
  std::vector<double> raw(features.size());
  double norm2 = 0.0;
  for (double& x : raw) {
    x = std::exp(0.5 * random->Normal());
    norm2 += x * x;
  }
  const double scale = 1.0 / std::sqrt(norm2);
  double margin = 0.0;
  for (std::size_t k = 0; k < features.size(); ++k) {
    values[k] = static_cast<float>(scale * raw[k]);
    margin += static_cast<double>(values[k]) * w[features[k]];
  }
  // A row without a planted feature takes either label.
  const double coin = random->Uniform() < 0.5 ? -1.0 : 1.0;
  const double label = margin == 0.0 ? coin : std::copysign(1.0, margin);
  return random->Uniform() < label_noise ? -label : label;
}

void Validate(const SparseClassificationOptions& options) {
  const std::string name = "sparse-classification: ";
  Require(options.rows >= 1, name + "rows = 0 must be >= 1");
  Require(
      options.columns >= 1 && options.columns <= std::size_t{1} << 32,
      name + fmt::format("columns = {} must be in [1, 2^32]", options.columns));
  Require(options.nonzeros >= 1 && options.nonzeros <= options.columns,
          name + fmt::format("nonzeros = {} must be in [1, columns = {}]",
                             options.nonzeros, options.columns));
  Require(options.label_noise >= 0.0 && options.label_noise <= 0.5,
          name + fmt::format("label_noise = {} must be in [0, 0.5]",
                             options.label_noise));
}

// Entries per row: uniform and symmetric around the mean `nonzeros`.
std::vector<std::uint64_t> DrawOffsets(
    const SparseClassificationOptions& options) {
  const std::size_t spread =
      std::min(options.nonzeros - 1, options.columns - options.nonzeros);
  std::vector<std::uint64_t> offsets(options.rows + 1, 0);
  for (std::size_t row = 0; row < options.rows; ++row) {
    RandomSequence random = RowSequence(options.seed, row, Drawn::kSparseRow);
    const std::uint64_t count =
        options.nonzeros - spread + random.Index(2 * spread + 1);
    offsets[row + 1] = offsets[row] + count;
  }
  return offsets;
}

}  // namespace

Dataset GenerateSparseClassification(
    const SparseClassificationOptions& options) {
  Validate(options);
  const Popularity popularity(options.columns);
  const std::vector<double> w = PlantSparseModel(options.columns, options.seed);
  std::vector<std::uint64_t> offsets = DrawOffsets(options);
  std::vector<std::uint32_t> index(offsets.back());
  std::vector<float> value(offsets.back());
  std::vector<double> labels(options.rows);
  ForEachRow(options.rows, [&](std::size_t row) {
    RandomSequence random = RowSequence(options.seed, row, Drawn::kSparseRow);
    random.Bits();  // gave the number of entries
    const std::size_t begin = offsets[row];
    const std::size_t count = offsets[row + 1] - begin;
    std::vector<std::uint32_t> features;
    popularity.Draw(count, &random, &features);
    std::ranges::copy(features,
                      index.begin() + static_cast<std::ptrdiff_t>(begin));
    labels[row] = FillSparseRow(features, w, options.label_noise, &random,
                                {value.data() + begin, count});
  });
  return Dataset::Sparse(std::move(offsets), std::move(index), std::move(value),
                         std::move(labels), options.columns);
}

// --- Regression --------------------------------------------------------------

namespace {

std::vector<double> PlantUnitModel(std::size_t columns, std::uint64_t seed) {
  RandomSequence random = RowSequence(seed, 0, Drawn::kRegressionModel);
  std::vector<double> w(columns);
  for (double& w_j : w) w_j = random.Normal();
  const double norm =
      std::sqrt(std::inner_product(w.begin(), w.end(), w.begin(), 0.0));
  for (double& w_j : w) w_j /= norm;
  return w;
}

}  // namespace

Dataset GenerateRegression(const RegressionOptions& options) {
  const std::string name = "regression: ";
  AlignedVector<float> values;
  Require(options.rows >= 1, name + "rows = 0 must be >= 1");
  Require(options.columns >= 1, name + "columns = 0 must be >= 1");
  Require(options.rows <= values.max_size() / options.columns,
          name + "rows x columns values are too many");
  Require(
      std::isfinite(options.noise) && options.noise >= 0.0,
      name + fmt::format("noise = {} must be >= 0 and finite", options.noise));
  values.resize(options.rows * options.columns);
  const std::vector<double> w = PlantUnitModel(options.columns, options.seed);
  std::vector<double> labels(options.rows);
  ForEachRow(options.rows, [&](std::size_t row) {
    RandomSequence random =
        RowSequence(options.seed, row, Drawn::kRegressionRow);
    float* const x = values.data() + row * options.columns;
    double target = 0.0;
    for (std::size_t j = 0; j < options.columns; ++j) {
      x[j] = static_cast<float>(random.Normal());
      target += static_cast<double>(x[j]) * w[j];
    }
    labels[row] = target + options.noise * random.Normal();
  });
  return Dataset::Dense(std::move(values), std::move(labels), options.columns);
}

}  // namespace tortoise
