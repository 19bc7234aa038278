// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/json.h"

#include <fmt/format.h>

#include <cmath>
#include <cstddef>

#include "tortoise/core/text.h"

namespace tortoise::internal {
namespace {

// Length of the well-formed UTF-8 sequence at the start of `text`, 0 if there
// is none. Overlong forms, surrogates and values above U+10FFFF are none.
std::size_t Utf8Length(std::string_view text) {
  const auto byte = [&](std::size_t i) {
    return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u;
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  if (first < 0xc2 || first > 0xf4) return 0;
  const std::size_t length = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0u) != 0x80u) return 0;
  }
  const bool overlong =
      (first == 0xe0 && byte(1) < 0xa0) || (first == 0xf0 && byte(1) < 0x90);
  const bool beyond =
      (first == 0xed && byte(1) > 0x9f) || (first == 0xf4 && byte(1) > 0x8f);
  return overlong || beyond ? 0 : length;
}

}  // namespace

std::string JsonQuoted(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = Utf8Length(text);
    const char c = text.front();
    if (length == 0) {
      quoted += "\\ufffd";
    } else if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      quoted += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
    } else {
      quoted += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  quoted += '"';
  return quoted;
}

void JsonWriter::Separate() {
  if (text_.empty()) return;
  if (text_.back() != '{' && text_.back() != '[') text_ += ',';
  text_ += '\n';
  text_.append(2 * static_cast<std::size_t>(depth_), ' ');
}

void JsonWriter::Key(std::string_view key) {
  Separate();
  text_ += JsonQuoted(key);
  text_ += ": ";
}

void JsonWriter::Open(char bracket) {
  text_ += bracket;
  ++depth_;
}

void JsonWriter::Close(char bracket) {
  --depth_;
  if (text_.back() != '{' && text_.back() != '[') {
    text_ += '\n';
    text_.append(2 * static_cast<std::size_t>(depth_), ' ');
  }
  text_ += bracket;
  if (depth_ == 0) text_ += '\n';
}

void JsonWriter::Value(double value) {
  text_ += std::isfinite(value) ? ShortestDecimal(value) : "null";
}

}  // namespace tortoise::internal
