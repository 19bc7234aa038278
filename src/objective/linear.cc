// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Linear models: a scalar loss of the margin m = <x, w> (+ intercept).

#include <algorithm>
#include <array>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <utility>

#include "objective/factories.h"
#include "objective/labels.h"
#include "tortoise/objective/sparse_kernels.h"

namespace tortoise::internal {
namespace {

// --- Scalar losses -----------------------------------------------------------

// l(m, y) and its derivative by m. NaN goes in and comes out, so that a model
// that diverged shows it.
struct LossAndSlope {
  double loss;
  double slope;
};

struct LeastSquares {
  static constexpr bool kClassifies = false;
  static LossAndSlope At(double m, double y) {
    const double residual = m - y;
    return {0.5 * residual * residual, residual};
  }
};

// exp is only taken of numbers <= 0, so it cannot overflow, and the smaller
// of 1 and exp is added to the larger, so that no digits are lost.
struct Logistic {
  static constexpr bool kClassifies = true;
  static LossAndSlope At(double m, double y) {
    const double z = y * m;
    const double e = std::exp(-std::abs(z));
    return {std::max(0.0, -z) + std::log1p(e),
            -y * (z >= 0.0 ? e : 1.0) / (1.0 + e)};
  }
};

// At the kink the slope is 0, one of the subgradients.
struct Hinge {
  static constexpr bool kClassifies = true;
  static LossAndSlope At(double m, double y) {
    const double gap = 1.0 - y * m;
    if (gap <= 0.0) return {0.0, 0.0};
    return {gap, -y};
  }
};

struct SquaredHinge {
  static constexpr bool kClassifies = true;
  static LossAndSlope At(double m, double y) {
    const double gap = 1.0 - y * m;
    if (gap <= 0.0) return {0.0, 0.0};
    return {gap * gap, -2.0 * y * gap};
  }
};

// --- Dense rows --------------------------------------------------------------

// <x, w> in sixteen partial sums, an order that the compiler can vectorise
// without being allowed to reorder anything.
template <typename T>
double DenseMargin(std::span<const float> x, std::span<const T> w) {
  constexpr std::size_t kLanes = 16;
  std::array<T, kLanes> lanes{};
  std::size_t j = 0;
  for (; j + kLanes <= x.size(); j += kLanes) {
    for (std::size_t k = 0; k < kLanes; ++k) {
      lanes[k] += static_cast<T>(x[j + k]) * w[j + k];
    }
  }
  for (std::size_t k = 0; j < x.size(); ++j, ++k) {
    lanes[k] += static_cast<T>(x[j]) * w[j];
  }
  double margin = 0.0;
  for (const T lane : lanes) margin += static_cast<double>(lane);
  return margin;
}

template <typename T>
void AddDenseRow(std::span<const float> x, T scale, std::span<T> gradient) {
  for (std::size_t j = 0; j < x.size(); ++j) {
    gradient[j] += scale * static_cast<T>(x[j]);
  }
}

// --- The model ---------------------------------------------------------------

// What every copy shares.
struct LinearProblem {
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const std::vector<double>> targets;  // y, [num_rows]
  std::size_t columns;                                 // of the training data
  bool intercept;
  double l2;
  // l2 * n / (samples that shrink weight j), [columns]; empty if l2 = 0 or the
  // rows are dense.
  std::vector<double> sparse_l2;
  std::vector<std::uint32_t> absent;  // columns without an entry, if so
};

template <typename T, typename ScalarLoss>
class LinearModel final : public AnyObjective<T> {
 public:
  explicit LinearModel(std::shared_ptr<const LinearProblem> problem)
      : p_(std::move(problem)) {}

  [[nodiscard]] std::unique_ptr<AnyObjective<T>> Clone() const override {
    return std::make_unique<LinearModel>(p_);
  }
  [[nodiscard]] std::size_t num_parameters() const override {
    return p_->columns + (p_->intercept ? 1 : 0);
  }
  [[nodiscard]] std::size_t num_samples() const override {
    return p_->data->num_rows();
  }
  [[nodiscard]] bool is_sparse() const override {
    return p_->data->is_sparse();
  }

  double Loss(std::span<const T> w, Batch batch) override {
    return MeanOf(batch, [&](std::size_t i) { return At(w, i).loss; }) +
           Penalty(w);
  }

  double Gradient(std::span<const T> w, Batch batch,
                  std::span<T> gradient) override {
    StartGradient(w, gradient);
    const double share = 1.0 / static_cast<double>(batch.size());
    const double mean = MeanOf(batch, [&](std::size_t i) {
      const LossAndSlope at = At(w, i);
      if (at.slope != 0.0) {
        AddGradient(i, static_cast<T>(at.slope * share), gradient);
      }
      return at.loss;
    });
    return mean + Penalty(w);
  }

  // The L2 term would touch all parameters; here sample i touches those of its
  // row, with weight l2 * n / n_j, where n_j of the n rows have an entry in
  // column j. A uniform sample has one with probability n_j / n, so the
  // expectation is l2 * w_j. A column without any entry is shared out to
  // samples as if it had some. The loss is estimated in the same way. The
  // intercept is touched by every sample and not regularised.
  double SparseGradient(SparseView<T>& view, Batch batch) override {
    const double share = 1.0 / static_cast<double>(batch.size());
    return MeanOf(batch, [&](std::size_t i) {
      const SparseRow x = p_->data->Row(i);
      const double shift =
          p_->intercept ? static_cast<double>(view.Load(p_->columns)) : 0.0;
      const LossAndSlope at =
          ScalarLoss::At(Margin(x, view) + shift, (*p_->targets)[i]);
      const T scale = static_cast<T>(at.slope * share);
      if (p_->intercept) view.Add(p_->columns, scale);
      if (p_->l2 > 0.0) {
        return at.loss + AddRegularised(x, scale, share, view) +
               AddAbsent(i, share, view);
      }
      if (at.slope != 0.0) AddRow(x, scale, view);
      return at.loss;
    });
  }

  // A margin of exactly 0 counts as y = -1.
  std::optional<std::size_t> CountCorrect(std::span<const T> w,
                                          Batch batch) override {
    if constexpr (!ScalarLoss::kClassifies) return std::nullopt;
    std::size_t correct = 0;
    for (const Sample i : batch) {
      const bool positive = (*p_->targets)[i] > 0.0;
      if ((MarginOf(w, i) > 0.0) == positive) ++correct;
    }
    return correct;
  }

 private:
  // The mean of f(i) over the batch, summed in double in its order.
  template <typename F>
  static double MeanOf(Batch batch, F f) {
    assert(!batch.empty());
    double total = 0.0;
    for (const Sample i : batch) total += f(static_cast<std::size_t>(i));
    return total / static_cast<double>(batch.size());
  }

  [[nodiscard]] double MarginOf(std::span<const T> w, std::size_t i) const {
    const double margin = p_->data->is_sparse()
                              ? Margin(p_->data->Row(i), w)
                              : DenseMargin(p_->data->DenseRow(i), w);
    return p_->intercept ? margin + static_cast<double>(w.back()) : margin;
  }

  [[nodiscard]] LossAndSlope At(std::span<const T> w, std::size_t i) const {
    return ScalarLoss::At(MarginOf(w, i), (*p_->targets)[i]);
  }

  // gradient = scale * x_i added to it.
  void AddGradient(std::size_t i, T scale, std::span<T> gradient) const {
    if (p_->data->is_sparse()) {
      AddRow(p_->data->Row(i), scale, gradient);
    } else {
      AddDenseRow(p_->data->DenseRow(i), scale, gradient);
    }
    if (p_->intercept) gradient.back() += scale;
  }

  // (l2/2) ||weights||^2.
  [[nodiscard]] double Penalty(std::span<const T> w) const {
    if (p_->l2 == 0.0) return 0.0;
    double squares = 0.0;
    for (const T w_j : w.first(p_->columns)) {
      squares += static_cast<double>(w_j) * static_cast<double>(w_j);
    }
    return 0.5 * p_->l2 * squares;
  }

  // gradient = l2 * weights, and 0 for the intercept.
  void StartGradient(std::span<const T> w, std::span<T> gradient) const {
    std::ranges::fill(gradient, T{0});
    if (p_->l2 == 0.0) return;
    const T l2 = static_cast<T>(p_->l2);
    for (std::size_t j = 0; j < p_->columns; ++j) gradient[j] = l2 * w[j];
  }

  // scale * x plus the L2 term of one sample of the batch; returns that
  // sample's share of the penalty, times |batch|.
  double AddRegularised(SparseRow x, T scale, double share,
                        SparseView<T>& view) const {
    double penalty = 0.0;
    for (std::size_t k = 0; k < x.index.size(); ++k) {
      const std::size_t j = x.index[k];
      const double w_j = static_cast<double>(view.Load(j));
      const double l2_w_j = p_->sparse_l2[j] * w_j;
      penalty += 0.5 * l2_w_j * w_j;
      view.Add(j, scale * static_cast<T>(x.value[k]) +
                      static_cast<T>(share * l2_w_j));
    }
    return penalty;
  }

  // The same for the columns without an entry that are sample i's: one of them
  // if there are no more than samples. A weight of 0 needs no entry.
  double AddAbsent(std::size_t i, double share, SparseView<T>& view) const {
    const std::vector<std::uint32_t>& absent = p_->absent;
    if (absent.empty()) return 0.0;
    double penalty = 0.0;
    for (std::size_t k = i % absent.size(); k < absent.size();
         k += p_->data->num_rows()) {
      const std::size_t j = absent[k];
      const double w_j = static_cast<double>(view.Load(j));
      if (w_j == 0.0) continue;
      const double l2_w_j = p_->sparse_l2[j] * w_j;
      penalty += 0.5 * l2_w_j * w_j;
      view.Add(j, static_cast<T>(share * l2_w_j));
    }
    return penalty;
  }

  std::shared_ptr<const LinearProblem> p_;
};

// --- Making one --------------------------------------------------------------

void ShareOutL2(LinearProblem& problem) {
  const Dataset& data = *problem.data;
  if (problem.l2 == 0.0 || !data.is_sparse()) return;
  std::vector<std::size_t> samples(problem.columns, 0);
  const std::size_t n = data.num_rows();
  for (std::size_t i = 0; i < n; ++i) {
    for (const std::uint32_t j : data.Row(i).index) ++samples[j];
  }
  for (std::size_t j = 0; j < problem.columns; ++j) {
    if (samples[j] == 0) {
      problem.absent.push_back(static_cast<std::uint32_t>(j));
    }
  }
  const std::size_t absent = problem.absent.size();
  for (std::size_t k = 0; k < absent; ++k) {
    samples[problem.absent[k]] =
        absent > n ? 1 : n / absent + (k < n % absent ? 1 : 0);
  }
  const double scale = problem.l2 * static_cast<double>(n);
  for (const std::size_t count : samples) {
    problem.sparse_l2.push_back(scale / static_cast<double>(count));
  }
}

template <typename T, typename ScalarLoss>
std::unique_ptr<AnyObjective<T>> Make(const StockProblem& problem) {
  const std::size_t columns = problem.train.num_columns();
  constexpr std::size_t kMaxParameters = std::size_t{1} << 32;
  if (columns + (problem.options.intercept ? 1 : 0) > kMaxParameters) {
    throw std::invalid_argument(
        problem.name + ": " + std::to_string(columns) +
        " columns and an intercept are more than 2^32 parameters");
  }
  auto shared = std::make_shared<LinearProblem>();
  if constexpr (ScalarLoss::kClassifies) {
    shared->targets = SignedLabels(problem.name, *problem.data, problem.train);
  } else {
    const auto labels = problem.data->labels();
    shared->targets = std::make_shared<const std::vector<double>>(
        labels.begin(), labels.end());
  }
  shared->data = problem.data;
  shared->columns = columns;
  shared->intercept = problem.options.intercept;
  shared->l2 = problem.options.l2;
  ShareOutL2(*shared);
  return std::make_unique<LinearModel<T, ScalarLoss>>(std::move(shared));
}

}  // namespace

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeLinear(const StockProblem& problem) {
  if (problem.name == "least-squares") return Make<T, LeastSquares>(problem);
  if (problem.name == "logistic") return Make<T, Logistic>(problem);
  if (problem.name == "hinge") return Make<T, Hinge>(problem);
  if (problem.name == "squared-hinge") return Make<T, SquaredHinge>(problem);
  return nullptr;
}

template std::unique_ptr<AnyObjective<float>> MakeLinear(const StockProblem&);
template std::unique_ptr<AnyObjective<double>> MakeLinear(const StockProblem&);

}  // namespace tortoise::internal
