// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <string>

namespace tortoise::internal {

/// Members keep their order. NaN and infinity, which JSON does not have, become
/// null; other numbers read back as the same double.
using Json = nlohmann::ordered_json;

template <typename T>
[[nodiscard]] Json OrNull(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

/// As text. Bytes that are not UTF-8 become U+FFFD, so that the result is JSON
/// whatever a file is called. `indent` < 0: on one line.
[[nodiscard]] inline std::string JsonText(const Json& json, int indent = 2) {
  return json.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tortoise::internal
