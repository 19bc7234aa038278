// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include "tortoise/experiment/experiment.h"

namespace tortoise::internal {

/// Calls `function.operator()<T>()` with the type that `precision` names.
template <typename Function>
auto WithPrecision(Precision precision, const Function& function) {
  return precision == Precision::kFloat
             ? function.template operator()<float>()
             : function.template operator()<double>();
}

}  // namespace tortoise::internal
