// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "core/check.h"

#include <fmt/format.h>

#include <stdexcept>

#include "core/text.h"

namespace tortoise::internal {

namespace {

Violation Compose(std::string_view name, std::string_view value,
                  std::string_view rule) {
  return {std::string(name.substr(0, name.find('['))),
          fmt::format("{} = {} must be {}", name, value, rule)};
}

}  // namespace

Violation Broken(std::string_view name, double value, std::string_view rule) {
  return Compose(name, ShortestDecimal(value), rule);
}

Violation Broken(std::string_view name, std::int64_t value,
                 std::string_view rule) {
  return Compose(name, std::to_string(value), rule);
}

void Refuse(std::string_view name, double value, std::string_view rule) {
  throw SettingError(Broken(name, value, rule));
}

void Require(bool holds, const std::string& text) {
  if (!holds) throw std::invalid_argument(text);
}

}  // namespace tortoise::internal
