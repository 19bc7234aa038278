// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.
//
// Any bytes are an experiment or an InputError, and an experiment resolves to
// a text that reads back as the same text.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "tortoise/experiment/experiment.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data,
                                      std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  tortoise::Experiment experiment;
  try {
    experiment = tortoise::ParseExperiment(text, "fuzz.toml", "/nowhere");
  } catch (const tortoise::InputError&) {
    return 0;
  }
  const std::string resolved = tortoise::ResolvedToml(experiment);
  const tortoise::Experiment again =
      tortoise::ParseExperiment(resolved, "resolved.toml", "/");
  if (tortoise::ResolvedToml(again) != resolved) std::abort();
  if (again.racers.size() != experiment.racers.size()) std::abort();
  return 0;
}
