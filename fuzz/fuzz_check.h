// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tortoise/data/dataset.h"

namespace tortoise {

inline std::string_view Text(const std::uint8_t* bytes, std::size_t size) {
  return {reinterpret_cast<const char*>(bytes), size};
}

/// Aborts, which a fuzzer reports, whatever the build type.
inline void Check(bool holds) {
  if (!holds) std::abort();
}

/// What holds for any data set that a reader returns.
inline void CheckDataset(const Dataset& data) {
  Check(data.num_rows() > 0);
  Check(data.num_columns() > 0);
  Check(data.labels().size() == data.num_rows());
  std::size_t entries = 0;
  for (std::size_t row = 0; row < data.num_rows(); ++row) {
    if (!data.is_sparse()) {
      for (const float x : data.DenseRow(row)) Check(x - x == 0.0f);
      entries += data.DenseRow(row).size();
      continue;
    }
    const SparseRow x = data.Row(row);
    Check(x.index.size() == x.value.size());
    for (std::size_t k = 0; k < x.index.size(); ++k) {
      Check(x.index[k] < data.num_columns());
      Check(k == 0 || x.index[k - 1] < x.index[k]);
      Check(x.value[k] - x.value[k] == 0.0f);  // finite
    }
    entries += x.index.size();
  }
  Check(entries == data.num_nonzeros());
  for (const double label : data.labels()) Check(label - label == 0.0);
}

}  // namespace tortoise
