// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// IDX images and labels, cut from one input: its first byte says how many of
// the others are the labels.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "fuzz_check.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes,
                                      std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest = tortoise::Text(bytes + 1, size - 1);
  const std::string_view labels =
      rest.substr(0, std::min<std::size_t>(bytes[0], rest.size()));
  const std::string_view images = rest.substr(labels.size());
  try {
    const tortoise::Dataset data = tortoise::ParseIdx(images, labels, "fuzz");
    tortoise::CheckDataset(data);
    tortoise::Check(data.num_nonzeros() < images.size());
  } catch (const tortoise::InputError&) {
  }
  return 0;
}
