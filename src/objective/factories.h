// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <memory>
#include <string>

#include "tortoise/objective/stock.h"

namespace tortoise::internal {

/// The arguments of MakeStockObjective, checked as far as they are common to
/// all objectives.
struct StockProblem {
  const std::string& name;
  std::shared_ptr<const Dataset> data;
  const StockOptions& options;
  const Dataset& train;
};

/// least-squares, logistic, hinge, squared-hinge; null for another name.
template <typename T>
std::unique_ptr<AnyObjective<T>> MakeLinear(const StockProblem& problem);

/// softmax, mlp; null for another name.
template <typename T>
std::unique_ptr<AnyObjective<T>> MakeNetwork(const StockProblem& problem);

}  // namespace tortoise::internal
