// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// gzip: any bytes are decompressed or give an InputError, and what was
// decompressed is no larger than deflate allows.

#include <cstddef>
#include <cstdint>
#include <string>

#include "fuzz_check.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  constexpr std::size_t kMostPerByte = 1'032;
  try {
    const std::string text =
        tortoise::Gunzip(tortoise::Text(bytes, size), "fuzz");
    tortoise::Check(text.size() <= size * kMostPerByte);
  } catch (const tortoise::InputError&) {
  }
  return 0;
}
