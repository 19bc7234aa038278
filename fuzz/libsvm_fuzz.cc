// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// LIBSVM text: any bytes give a sound data set or an InputError.

#include <cstddef>
#include <cstdint>

#include "fuzz_check.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  for (const std::size_t columns : {0u, 5u}) {
    try {
      const tortoise::Dataset data = tortoise::ParseLibsvm(
          tortoise::Text(bytes, size), "fuzz", {.num_columns = columns});
      tortoise::CheckDataset(data);
      tortoise::Check(columns == 0 || data.num_columns() == columns);
    } catch (const tortoise::InputError&) {
    }
  }
  return 0;
}
