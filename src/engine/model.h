// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>

#include "engine/pool.h"
#include "tortoise/core/aligned.h"

namespace tortoise::internal {

/// One version of a model.
template <typename T>
struct Model {
  std::int64_t version = 0;
  AlignedVector<T> parameters;
};

template <typename T>
using ModelRef = Ref<Model<T>>;

/// Models of one size.
template <typename T>
class ModelPool : public Pool<Model<T>> {
 public:
  explicit ModelPool(std::size_t num_parameters, std::size_t reserved = 0)
      : Pool<Model<T>>(
            [num_parameters](Model<T>& model) {
              model.parameters.resize(num_parameters);
            },
            reserved) {}
};

}  // namespace tortoise::internal
