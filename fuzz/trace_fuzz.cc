// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Any bytes are a trace or an InputError. What is read must be complete: every
// worker has rows, and every number is a time.

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tortoise/core/error.h"
#include "tortoise/straggler/delay_tape.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  try {
    const tortoise::Trace trace = tortoise::ParseTrace(text, "fuzz.csv");
    if (trace.seconds.empty()) std::abort();
    for (const auto& worker : trace.seconds) {
      if (worker.empty()) std::abort();
      for (const double seconds : worker) {
        if (!std::isfinite(seconds) || seconds < 0) std::abort();
      }
    }
  } catch (const tortoise::InputError&) {
  }
  return 0;
}
