// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/median.h"

#include <algorithm>
#include <limits>

namespace tortoise {

double internal::Median(std::vector<double> values) {
  if (values.empty()) return std::numeric_limits<double>::quiet_NaN();
  std::sort(values.begin(), values.end());
  const std::size_t n = values.size();
  return (values[(n - 1) / 2] + values[n / 2]) / 2.0;
}

}  // namespace tortoise
