// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/computation.h"

#include <algorithm>

#include "tortoise/optimizer/steps.h"

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
}

template <typename T>
std::optional<Contribution<T>> Computation<T>::Contribute(
    const Ticket<T>& ticket, const Cancelled& cancelled) {
  const Release& release = ticket.release;
  const std::optional<double> loss =
      release.pace.local_steps == 1
          ? Gradient(release.worker, ticket.snapshot->parameters,
                     release.gradient, cancelled)
          : LocalSteps(ticket, cancelled);
  if (!loss) return std::nullopt;
  return Contribution<T>{.vector = contribution_,
                         .loss = *loss,
                         .bytes = contribution_.size() * sizeof(T),
                         .state = ticket.state};
}

template <typename T>
std::optional<double> Computation<T>::LocalSteps(const Ticket<T>& ticket,
                                                 const Cancelled& cancelled) {
  const Pace& pace = ticket.release.pace;
  const AlignedVector<T>& snapshot = ticket.snapshot->parameters;
  const T step_size = static_cast<T>(pace.step);
  local_ = snapshot;
  double loss = 0.0;
  for (int step = 0; step < pace.local_steps; ++step) {
    if (cancelled()) return std::nullopt;
    const auto step_loss = Gradient(ticket.release.worker, local_,
                                    ticket.release.gradient + step, cancelled);
    if (!step_loss) return std::nullopt;
    loss += *step_loss;
    AddScaled<T>(local_, contribution_, -step_size);
  }
  for (std::size_t j = 0; j < local_.size(); ++j) {
    contribution_[j] = local_[j] - snapshot[j];
  }
  return loss / pace.local_steps;
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
