// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Cross-entropy of softmax over a stack of layers; no hidden layer makes it
// softmax regression. Eigen stays inside this file.

#include <Eigen/Core>
#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <stdexcept>
#include <type_traits>
#include <utility>

#include "objective/factories.h"
#include "objective/labels.h"
#include "tortoise/core/aligned.h"

namespace tortoise::internal {
namespace {

template <typename T>
using Matrix =
    Eigen::Matrix<T, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

// Row-major views on flat buffers, [rows x columns].
template <typename T>
Eigen::Map<Matrix<T>> View(T* data, std::size_t rows, std::size_t columns) {
  return {data, static_cast<Eigen::Index>(rows),
          static_cast<Eigen::Index>(columns)};
}
template <typename T>
Eigen::Map<const Matrix<T>> View(const T* data, std::size_t rows,
                                 std::size_t columns) {
  return {data, static_cast<Eigen::Index>(rows),
          static_cast<Eigen::Index>(columns)};
}

// outputs = activation(inputs * W + b), where W is [inputs x outputs].
struct Layer {
  std::size_t inputs;
  std::size_t outputs;
  std::size_t weights;  // where W begins in the flat parameters
  std::size_t biases;   // where b begins
};

// What every copy shares.
struct NetworkProblem {
  std::shared_ptr<const Dataset> data;
  std::shared_ptr<const std::vector<std::uint32_t>> labels;  // [num_rows]
  std::vector<Layer> layers;                                 // at least one
  double l2;
  bool starts_at_zero;
};

// to[j] += scale * from[j].
template <typename T>
void AddScaled(const T* from, T scale, std::size_t size, T* to) {
  for (std::size_t j = 0; j < size; ++j) to[j] += scale * from[j];
}

// The cross-entropy -log softmax(logits)[label] of one row. Subtracting the
// largest logit keeps exp from overflowing; its own term is then 1, so the
// sum is at least 1. The row is overwritten: if `scale` is not
// 0, by scale times the derivative, softmax(logits) - 1{label}.
template <typename T>
double CrossEntropy(std::span<T> logits, std::size_t label, double scale) {
  const auto largest = static_cast<double>(*std::ranges::max_element(logits));
  const double chosen = static_cast<double>(logits[label]) - largest;
  double sum = 0.0;
  for (T& logit : logits) {
    const double e = std::exp(static_cast<double>(logit) - largest);
    sum += e;
    logit = static_cast<T>(e);
  }
  if (scale != 0.0) {
    for (T& e : logits) e *= static_cast<T>(scale / sum);
    logits[label] -= static_cast<T>(scale);
  }
  return std::log(sum) - chosen;
}

template <typename T>
class Network final : public AnyObjective<T> {
 public:
  explicit Network(std::shared_ptr<const NetworkProblem> problem)
      : p_(std::move(problem)),
        outputs_(p_->layers.size()),
        residuals_(p_->layers.size()) {}

  [[nodiscard]] std::unique_ptr<AnyObjective<T>> Clone() const override {
    return std::make_unique<Network>(p_);
  }
  [[nodiscard]] std::size_t num_parameters() const override {
    return p_->layers.back().biases + p_->layers.back().outputs;
  }
  [[nodiscard]] std::size_t num_samples() const override {
    return p_->data->num_rows();
  }

  double Loss(std::span<const T> w, Batch batch) override {
    Forward(w, batch);
    return MeanLoss(batch, /*scale=*/0.0) + Penalty(w);
  }

  double Gradient(std::span<const T> w, Batch batch,
                  std::span<T> gradient) override {
    Forward(w, batch);
    const double mean =
        MeanLoss(batch, /*scale=*/1.0 / static_cast<double>(batch.size()));
    Backward(w, batch, gradient);
    return mean + Penalty(w);
  }

  // The class with the largest logit; of equal ones the first.
  std::optional<std::size_t> CountCorrect(std::span<const T> w,
                                          Batch batch) override {
    Forward(w, batch);
    std::size_t correct = 0;
    for (std::size_t r = 0; r < batch.size(); ++r) {
      const std::span<const T> logits = Logits(r);
      const auto best = std::ranges::max_element(logits) - logits.begin();
      if (best == (*p_->labels)[batch[r]]) ++correct;
    }
    return correct;
  }

  // Weights normal with variance 2 / inputs, biases 0; all 0 for softmax,
  // whose loss is convex. Layer l reads the sequence (l) of the stream.
  // Reference: He, Zhang, Ren, Sun, "Delving deep into rectifiers", ICCV 2015,
  // section 2.2.
  void Initialize(std::span<T> w, const RandomStream& stream) const override {
    std::ranges::fill(w, T{0});
    if (p_->starts_at_zero) return;
    for (std::size_t l = 0; l < p_->layers.size(); ++l) {
      const Layer& layer = p_->layers[l];
      const double deviation =
          std::sqrt(2.0 / static_cast<double>(layer.inputs));
      RandomSequence draws(stream, l);
      for (T& weight : w.subspan(layer.weights, layer.inputs * layer.outputs)) {
        weight = static_cast<T>(deviation * draws.Normal());
      }
    }
  }

 private:
  // --- Forward -----------------------------------------------------------

  void Forward(std::span<const T> w, Batch batch) {
    assert(!batch.empty());
    Reserve(batch.size());
    for (std::size_t l = 0; l < p_->layers.size(); ++l) {
      const Layer& layer = p_->layers[l];
      auto out = View(outputs_[l].data(), batch.size(), layer.outputs);
      out.rowwise() = View(&w[layer.biases], 1, layer.outputs).row(0);
      if (l == 0 && p_->data->is_sparse()) {
        AddSparseProduct(w, batch);
      } else {
        const T* in = l == 0 ? GatherDense(batch) : outputs_[l - 1].data();
        out.noalias() += View(in, batch.size(), layer.inputs) *
                         View(&w[layer.weights], layer.inputs, layer.outputs);
      }
      if (l + 1 < p_->layers.size()) Rectify(outputs_[l], out.size());
    }
  }

  // Scratch memory only ever grows: batches of a run come in a few sizes.
  void Reserve(std::size_t rows) {
    if (rows <= reserved_rows_) return;
    for (std::size_t l = 0; l < p_->layers.size(); ++l) {
      outputs_[l].resize(rows * p_->layers[l].outputs);
      // The residuals of the last layer replace its outputs.
      if (l + 1 < p_->layers.size()) {
        residuals_[l].resize(rows * p_->layers[l].outputs);
      }
    }
    reserved_rows_ = rows;
  }

  // The rows of the batch as a matrix [|batch| x columns]. Consecutive rows of
  // float data are one already.
  const T* GatherDense(Batch batch) {
    const std::size_t columns = p_->data->num_columns();
    input_ = nullptr;
    if constexpr (std::is_same_v<T, float>) {
      bool consecutive = true;
      for (std::size_t r = 1; r < batch.size(); ++r) {
        consecutive = consecutive && batch[r] == batch[0] + r;
      }
      if (consecutive) input_ = p_->data->DenseRow(batch[0]).data();
    }
    if (input_ == nullptr) {
      const std::size_t needed = reserved_rows_ * columns;
      if (gathered_.size() < needed) gathered_.resize(needed);
      for (std::size_t r = 0; r < batch.size(); ++r) {
        std::ranges::copy(p_->data->DenseRow(batch[r]),
                          gathered_.begin() + Offset(r * columns));
      }
      input_ = gathered_.data();
    }
    return input_;
  }

  void AddSparseProduct(std::span<const T> w, Batch batch) {
    const Layer& layer = p_->layers.front();
    for (std::size_t r = 0; r < batch.size(); ++r) {
      const SparseRow x = p_->data->Row(batch[r]);
      T* out = &outputs_[0][r * layer.outputs];
      for (std::size_t k = 0; k < x.index.size(); ++k) {
        AddScaled(&w[layer.weights + x.index[k] * layer.outputs],
                  static_cast<T>(x.value[k]), layer.outputs, out);
      }
    }
  }

  // max(0, z), but NaN stays NaN.
  static void Rectify(AlignedVector<T>& outputs, Eigen::Index size) {
    for (Eigen::Index k = 0; k < size; ++k) {
      T& z = outputs[static_cast<std::size_t>(k)];
      z = z <= T{0} ? T{0} : z;
    }
  }

  [[nodiscard]] std::span<T> Logits(std::size_t r) {
    const std::size_t classes = p_->layers.back().outputs;
    return {&outputs_.back()[r * classes], classes};
  }

  double MeanLoss(Batch batch, double scale) {
    double total = 0.0;
    for (std::size_t r = 0; r < batch.size(); ++r) {
      total += CrossEntropy(Logits(r), (*p_->labels)[batch[r]], scale);
    }
    return total / static_cast<double>(batch.size());
  }

  // --- Backward ----------------------------------------------------------

  // From the residuals dF/dz of the last layer back to the first.
  void Backward(std::span<const T> w, Batch batch, std::span<T> gradient) {
    const std::size_t rows = batch.size();
    for (std::size_t l = p_->layers.size(); l-- > 0;) {
      const Layer& layer = p_->layers[l];
      const bool last = l + 1 == p_->layers.size();
      const T* residual = last ? outputs_[l].data() : residuals_[l].data();
      AddBiasGradient(layer, residual, rows, gradient);
      if (l == 0 && p_->data->is_sparse()) {
        AddSparseGradient(batch, residual, gradient);
      } else {
        const T* in = l == 0 ? input_ : outputs_[l - 1].data();
        View(&gradient[layer.weights], layer.inputs, layer.outputs).noalias() =
            View(in, rows, layer.inputs).transpose() *
            View(residual, rows, layer.outputs);
      }
      if (l > 0) PropagateResidual(w, l, residual, rows);
    }
    AddPenaltyGradient(w, gradient);
  }

  static void AddBiasGradient(const Layer& layer, const T* residual,
                              std::size_t rows, std::span<T> gradient) {
    const std::span<T> biases = gradient.subspan(layer.biases, layer.outputs);
    std::ranges::fill(biases, T{0});
    for (std::size_t r = 0; r < rows; ++r) {
      AddScaled(residual + r * layer.outputs, T{1}, layer.outputs,
                biases.data());
    }
  }

  void AddSparseGradient(Batch batch, const T* residual,
                         std::span<T> gradient) {
    const Layer& layer = p_->layers.front();
    std::ranges::fill(
        gradient.subspan(layer.weights, layer.inputs * layer.outputs), T{0});
    for (std::size_t r = 0; r < batch.size(); ++r) {
      const SparseRow x = p_->data->Row(batch[r]);
      for (std::size_t k = 0; k < x.index.size(); ++k) {
        AddScaled(residual + r * layer.outputs, static_cast<T>(x.value[k]),
                  layer.outputs,
                  &gradient[layer.weights + x.index[k] * layer.outputs]);
      }
    }
  }

  // residuals of layer l - 1 = (residuals of l) W^T where the unit was on.
  void PropagateResidual(std::span<const T> w, std::size_t l, const T* residual,
                         std::size_t rows) {
    const Layer& layer = p_->layers[l];
    auto below = View(residuals_[l - 1].data(), rows, layer.inputs);
    below.noalias() =
        View(residual, rows, layer.outputs) *
        View(&w[layer.weights], layer.inputs, layer.outputs).transpose();
    for (std::size_t k = 0; k < rows * layer.inputs; ++k) {
      T& each = residuals_[l - 1][k];
      each = outputs_[l - 1][k] <= T{0} ? T{0} : each;
    }
  }

  // --- L2 ----------------------------------------------------------------

  // (l2/2) ||weights||^2, biases left out.
  [[nodiscard]] double Penalty(std::span<const T> w) const {
    if (p_->l2 == 0.0) return 0.0;
    double squares = 0.0;
    for (const Layer& layer : p_->layers) {
      for (const T each :
           w.subspan(layer.weights, layer.inputs * layer.outputs)) {
        squares += static_cast<double>(each) * static_cast<double>(each);
      }
    }
    return 0.5 * p_->l2 * squares;
  }

  void AddPenaltyGradient(std::span<const T> w, std::span<T> gradient) const {
    if (p_->l2 == 0.0) return;
    for (const Layer& layer : p_->layers) {
      AddScaled(&w[layer.weights], static_cast<T>(p_->l2),
                layer.inputs * layer.outputs, &gradient[layer.weights]);
    }
  }

  static std::ptrdiff_t Offset(std::size_t n) {
    return static_cast<std::ptrdiff_t>(n);
  }

  std::shared_ptr<const NetworkProblem> p_;

  // Scratch of this copy, for up to `reserved_rows_` rows.
  std::size_t reserved_rows_ = 0;
  AlignedVector<T> gathered_;
  const T* input_ = nullptr;                 // dense rows of the last Forward
  std::vector<AlignedVector<T>> outputs_;    // [layer][rows x outputs]
  std::vector<AlignedVector<T>> residuals_;  // [layer][rows x outputs]
};

// Layers between `columns` inputs and `classes` logits, one after the other:
// [W1, b1, W2, b2, ...].
std::vector<Layer> Stack(std::size_t columns,
                         const std::vector<std::size_t>& hidden,
                         std::size_t classes) {
  std::vector<std::size_t> widths = hidden;
  widths.push_back(classes);
  std::vector<Layer> layers;
  std::size_t inputs = columns;
  std::size_t next = 0;
  double total = 0.0;  // cannot wrap around, unlike `next`
  for (const std::size_t outputs : widths) {
    total += (static_cast<double>(inputs) + 1.0) * static_cast<double>(outputs);
    layers.push_back({inputs, outputs, next, next + inputs * outputs});
    next += (inputs + 1) * outputs;
    inputs = outputs;
  }
  if (total > 0x1p40) {
    throw std::invalid_argument(
        "hidden: these layers have more than 2^40 parameters; make them "
        "narrower");
  }
  return layers;
}

}  // namespace

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeNetwork(const StockProblem& problem) {
  const bool is_softmax = problem.name == "softmax";
  if (!is_softmax && problem.name != "mlp") return nullptr;
  auto shared = std::make_shared<NetworkProblem>();
  shared->labels = ClassLabels(problem.name, *problem.data, problem.train);
  shared->data = problem.data;
  shared->layers =
      Stack(problem.train.num_columns(),
            is_softmax ? std::vector<std::size_t>{} : problem.options.hidden,
            problem.train.classes().size());
  shared->l2 = problem.options.l2;
  shared->starts_at_zero = is_softmax;
  return std::make_unique<Network<T>>(std::move(shared));
}

template std::unique_ptr<AnyObjective<float>> MakeNetwork(const StockProblem&);
template std::unique_ptr<AnyObjective<double>> MakeNetwork(const StockProblem&);

}  // namespace tortoise::internal
