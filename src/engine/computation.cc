// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/computation.h"

#include <algorithm>

#include "tortoise/optimizer/rules.h"

namespace tortoise::internal {

template <typename T>
Computation<T>::Computation(const AnyObjective<T>& objective,
                            const RunOptions& options)
    : objective_(objective.Clone()),
      sampler_(options, objective.num_samples()),
      contribution_(objective.num_parameters()) {
  if (static_cast<std::size_t>(options.batch_size) > kChunk) {
    chunk_gradient_.resize(contribution_.size());
  }
  SetLocalSteps(options.method.local_steps, options.step_size);
}

template <typename T>
void Computation<T>::SetLocalSteps(int local_steps, double step_size) {
  local_steps_ = local_steps;
  step_size_ = static_cast<T>(step_size);
  if (local_steps_ > 1) local_.resize(contribution_.size());
}

template <typename T>
std::optional<double> Computation<T>::Contribute(int worker,
                                                 std::span<const T> snapshot,
                                                 std::int64_t gradient,
                                                 const Cancelled& cancelled) {
  if (local_steps_ == 1) return Gradient(worker, snapshot, gradient, cancelled);
  std::copy(snapshot.begin(), snapshot.end(), local_.begin());
  double loss = 0.0;
  for (int step = 0; step < local_steps_; ++step) {
    if (cancelled()) return std::nullopt;
    const auto step_loss = Gradient(worker, local_, gradient + step, cancelled);
    if (!step_loss) return std::nullopt;
    loss += *step_loss;
    AddScaled<T>(local_, contribution_, -step_size_);
  }
  for (std::size_t j = 0; j < local_.size(); ++j) {
    contribution_[j] = local_[j] - snapshot[j];
  }
  return loss / local_steps_;
}

template <typename T>
double Computation<T>::ContributeSparse(int worker, SparseView<T>& view,
                                        std::int64_t gradient) {
  view.Clear();
  return objective_->SparseGradient(view, sampler_.Draw(worker, gradient));
}

template <typename T>
std::optional<double> Computation<T>::Gradient(int worker, std::span<const T> w,
                                               std::int64_t gradient,
                                               const Cancelled& cancelled) {
  const Batch batch = sampler_.Draw(worker, gradient);
  if (batch.size() <= kChunk) {
    return objective_->Gradient(w, batch, contribution_);
  }
  // Mean over the batch = sum over chunks of (chunk size / batch size) x mean
  // over the chunk.
  double loss = 0.0;
  std::fill(contribution_.begin(), contribution_.end(), T{0});
  for (std::size_t begin = 0; begin < batch.size(); begin += kChunk) {
    if (cancelled()) return std::nullopt;
    const Batch chunk =
        batch.subspan(begin, std::min(kChunk, batch.size() - begin));
    const double share =
        static_cast<double>(chunk.size()) / static_cast<double>(batch.size());
    loss += share * objective_->Gradient(w, chunk, chunk_gradient_);
    AddScaled<T>(contribution_, chunk_gradient_, static_cast<T>(share));
  }
  return loss;
}

template class Computation<float>;
template class Computation<double>;

}  // namespace tortoise::internal
