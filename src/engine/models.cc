// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/models.h"

#include <algorithm>
#include <utility>

#include "tortoise/optimizer/steps.h"

namespace tortoise::internal {

template <typename T>
ServerModel<T>::ServerModel(std::span<const T> initial, std::size_t reserved)
    : pool_(initial.size(), reserved + 1),
      current_(pool_.Acquire()),
      sum_(initial.size()) {
  std::ranges::copy(initial, current_.Mutable().parameters.begin());
  current_.Mutable().version = 0;
}

template <typename T>
void ServerModel<T>::Add(const Arrival<T>& arrival, double weight,
                         const Pace& pace) {
  const std::span<const T> vector = arrival.contribution.vector;
  const double scale =
      weight * ServerScale(arrival.release.pace.local_steps, pace.step);
  if (scale == 0.0) return;
  if (pace.quorum == 1) {
    total_ = vector;
    scale_ = scale;
  } else if (scale_ == 0.0) {
    std::ranges::copy(vector, sum_.begin());
    total_ = sum_;
    scale_ = scale;
  } else if (scale == scale_) {
    Accumulate<T>(sum_, vector);
  } else {
    // Another weight, or gradients beside changes after local steps.
    tortoise::AddScaled<T>(sum_, vector, static_cast<T>(scale / scale_));
  }
}

template <typename T>
bool ServerModel<T>::Update(const Pace& pace) {
  ModelRef<T> next = pool_.Acquire();
  AlignedVector<T>& after = next.Mutable().parameters;
  const double scale = std::exchange(scale_, 0.0) / pace.quorum;
  if (scale == 0.0) {
    after = current_->parameters;  // nothing had any weight
  } else {
    ServerStep<T>(current_->parameters, total_, static_cast<T>(scale), after);
    if (!IsFinite<T>(after)) return false;
  }
  next.Mutable().version = current_->version + 1;
  current_ = std::move(next);
  return true;
}

template <typename T>
std::unique_ptr<Models<T>> MakeModels(const Method&, std::span<const T> initial,
                                      std::size_t reserved) {
  return std::make_unique<ServerModel<T>>(initial, reserved);
}

template class ServerModel<float>;
template class ServerModel<double>;
template std::unique_ptr<Models<float>> MakeModels(const Method&,
                                                   std::span<const float>,
                                                   std::size_t);
template std::unique_ptr<Models<double>> MakeModels(const Method&,
                                                    std::span<const double>,
                                                    std::size_t);

}  // namespace tortoise::internal
