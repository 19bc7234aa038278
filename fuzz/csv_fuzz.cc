// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// CSV text, with the last column and with column "b" as the target: any bytes
// give a sound data set or an InputError.

#include <cstddef>
#include <cstdint>

#include "fuzz_check.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  for (const char* target : {"", "b"}) {
    try {
      const tortoise::Dataset data = tortoise::ParseCsv(
          tortoise::Text(bytes, size), "fuzz", {.target = target});
      tortoise::CheckDataset(data);
    } catch (const tortoise::InputError&) {
    }
  }
  return 0;
}
