// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/server_model.h"

#include <algorithm>
#include <utility>

#include "tortoise/optimizer/rules.h"

namespace tortoise::internal {

template <typename T>
ServerModel<T>::ServerModel(std::span<const T> initial, std::size_t reserved)
    : pool_(initial.size(), reserved + 1),
      current_(pool_.Acquire()),
      sum_(initial.size()) {
  std::copy(initial.begin(), initial.end(),
            current_.Mutable().parameters.begin());
  current_.Mutable().version = 0;
}

template <typename T>
void ServerModel<T>::Add(std::span<const T> contribution, int quorum) {
  if (quorum == 1) {
    total_ = contribution;
  } else if (num_added_ == 0) {
    std::copy(contribution.begin(), contribution.end(), sum_.begin());
    total_ = sum_;
  } else {
    Accumulate<T>(sum_, contribution);
  }
  ++num_added_;
}

template <typename T>
bool ServerModel<T>::Update(int quorum, int local_steps, double step) {
  const double scale = (local_steps == 1 ? -step : 1.0) / quorum;
  ModelRef<T> next = pool_.Acquire();
  AlignedVector<T>& after = next.Mutable().parameters;
  ServerStep<T>(current_.parameters(), total_, static_cast<T>(scale), after);
  num_added_ = 0;
  if (!IsFinite<T>(after)) return false;
  next.Mutable().version = current_.version() + 1;
  current_ = std::move(next);
  return true;
}

template class ServerModel<float>;
template class ServerModel<double>;

}  // namespace tortoise::internal
