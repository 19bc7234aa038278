// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/check.h"

#include <fmt/format.h>

#include <stdexcept>

#include "tortoise/core/text.h"

namespace tortoise::internal {

std::string Broken(std::string_view name, double value, std::string_view rule) {
  return fmt::format("{} = {} must be {}", name, ShortestDecimal(value), rule);
}

void Refuse(std::string_view name, double value, std::string_view rule) {
  throw std::invalid_argument(Broken(name, value, rule));
}

void Require(bool holds, const std::string& text) {
  if (!holds) throw std::invalid_argument(text);
}

}  // namespace tortoise::internal
