// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <concepts>
#include <optional>
#include <string>
#include <string_view>

namespace tortoise::internal {

/// `text` as a JSON string with its quotes. Bytes that are no UTF-8 become
/// U+FFFD, so that the result is JSON whatever a file is called.
[[nodiscard]] std::string JsonQuoted(std::string_view text);

/// Builds an indented JSON text member by member, in the order of the calls.
/// Numbers are the shortest decimals that read back as the same double; NaN,
/// infinity and nothing become null.
class JsonWriter {
 public:
  void BeginObject() {
    Separate();
    Open('{');
  }
  void BeginObject(std::string_view key) {
    Key(key);
    Open('{');
  }
  void BeginArray(std::string_view key) {
    Key(key);
    Open('[');
  }
  void EndObject() { Close('}'); }
  void EndArray() { Close(']'); }

  template <typename T>
  void Member(std::string_view key, const T& value) {
    Key(key);
    Value(value);
  }
  template <typename T>
  void Element(const T& value) {
    Separate();
    Value(value);
  }

  /// Requires as many ends as begins.
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  void Separate();  // comma, new line, indentation
  void Key(std::string_view key);
  void Open(char bracket);
  void Close(char bracket);

  void Value(double value);
  void Value(bool value) { text_ += value ? "true" : "false"; }
  void Value(std::string_view value) { text_ += JsonQuoted(value); }
  void Value(const std::string& value) { text_ += JsonQuoted(value); }
  void Value(const char* value) { text_ += JsonQuoted(value); }
  void Value(std::integral auto value) { text_ += std::to_string(value); }
  template <typename T>
  void Value(const std::optional<T>& value) {
    if (value) {
      Value(*value);
    } else {
      text_ += "null";
    }
  }

  std::string text_;
  int depth_ = 0;
};

}  // namespace tortoise::internal
