// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "tortoise/data/dataset.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise {

/// Settings of the stock objectives; each reads those it needs.
struct StockOptions {
  // (l2/2) ||weights||^2 is part of every loss; biases are left out. >= 0.
  double l2 = 0.0;

  // Linear models only: one more parameter, the last, that is added to the
  // margin and not regularised.
  bool intercept = false;

  // mlp only: widths of the hidden layers, each >= 1.
  std::vector<std::size_t> hidden = {128};
};

/// Makes a stock objective on `data`:
///
///     least-squares    (m - y)^2 / 2
///     logistic         log(1 + exp(-y m))
///     hinge            max(0, 1 - y m)
///     squared-hinge    max(0, 1 - y m)^2
///     softmax          cross-entropy of a linear model with biases:
///                      columns x classes + classes parameters
///     mlp              cross-entropy of a network with ReLU layers; without
///                      a hidden layer the same function as softmax
///
/// with m = <x, w> (+ intercept). logistic, hinge and squared-hinge map two
/// integer labels to y = -1 (the smaller) and +1; softmax and mlp map c
/// distinct labels to classes 0 .. c-1 in increasing order. Classifiers count
/// their hits: the sign of the margin (0 counts as -1), or the class with the
/// largest output.
///
/// Losses and gradients are means over the batch, summed in its order, plus the
/// L2 term. The parameters of softmax and mlp are [W1, b1, W2, b2, ...] with
/// every W row-major, [inputs x outputs]. They start at 0, but for the weights
/// of an mlp: normal with variance 2 / inputs.
///
/// Linear models on sparse rows are sparse objectives. Their sparse gradient
/// gives w_j the L2 term only in samples with an entry in column j, and there
/// n / n_j fold (n_j of the n rows have one); a column without any entry is
/// shared out to samples as if it had some. Right on average over uniform
/// samples, cheap in each: but where n_j is small, a step with
/// step_size * l2 * n / (n_j * batch_size) > 2 diverges. The loss returned with
/// it is estimated alike. The intercept is touched by every sample.
///
/// A copy shares the data and the labels with its original and has scratch
/// memory of its own, which grows to the largest batch it has seen.
///
/// Costs one pass over the labels, and with `l2` one over sparse entries.
/// Throws std::invalid_argument: unknown name, no data, labels of the wrong
/// kind, bad options.
template <typename T>
[[nodiscard]] std::unique_ptr<AnyObjective<T>> MakeStockObjective(
    const std::string& name, std::shared_ptr<const Dataset> data,
    const StockOptions& options = {});

/// The same for test data: `train` gives the number of columns and the meaning
/// of the labels. Throws also for a label that is unknown to it.
template <typename T>
[[nodiscard]] std::unique_ptr<AnyObjective<T>> MakeStockObjective(
    const std::string& name, std::shared_ptr<const Dataset> data,
    const StockOptions& options, const Dataset& train);

/// Names accepted by `MakeStockObjective`.
[[nodiscard]] std::vector<std::string> StockObjectives();

/// A quadratic with chosen constants, so that bounds can be checked:
///
///     F(w) = 1/2 sum_k lambda_k (w_k - 1)^2,
///     g(w, batch) = grad F(w) + noise,  E|noise|^2 = sigma^2 / |batch|
///
/// lambda_k runs from c to L in equal ratios; minimum 0 at w = (1, ..., 1). It
/// starts at w = 0. The population is unlimited (num_samples() = 0): a sample
/// is a 64-bit draw that seeds its own normal noise.
struct QuadraticOptions {
  std::size_t parameters = 10;  // d >= 1
  double L = 1.0;               // smoothness, >= c
  double c = 0.1;               // strong convexity, > 0
  double sigma = 1.0;           // >= 0
};
template <typename T>
[[nodiscard]] std::unique_ptr<AnyObjective<T>> MakeQuadratic(
    const QuadraticOptions& options);

/// Nothing to minimise: no parameters, no samples, and NaN for every loss. For
/// runs in virtual time that are about time alone.
template <typename T>
[[nodiscard]] std::unique_ptr<AnyObjective<T>> MakeNone();

}  // namespace tortoise
