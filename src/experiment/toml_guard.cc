// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "toml_guard.h"

#include <fmt/format.h>

#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

constexpr int kMaxDepth = 32;  // of brackets, and of dots in one key

bool IsKeyStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '"' ||
         c == '\'';
}

// Knows just enough of TOML to tell strings, comments and headers apart. Up to
// the first fault that toml++ reports, both see the same tokens.
class Guard {
 public:
  Guard(std::string_view text, const std::string& file)
      : rest_(text), file_(file) {}

  void Check() {
    if (rest_.starts_with("\xef\xbb\xbf")) rest_.remove_prefix(3);
    while (!rest_.empty()) Token();
  }

 private:
  [[noreturn]] void Fail(const std::string& what) const {
    throw InputError(file_, line_, what);
  }

  void Token() {
    const char c = rest_.front();
    if (c == '\n') {
      if (depth_ == 0) starts_statement_ = true;
      in_header_ = false;
      dots_ = 0;
      Skip(1);
    } else if (c == ' ' || c == '\t' || c == '\r') {
      Skip(1);
    } else if (c == '#') {
      while (!rest_.empty() && rest_.front() != '\n') SkipTextByte();
    } else if (c == '"' || c == '\'') {
      starts_statement_ = false;
      SkipString(c);
    } else {
      Symbol(c);
    }
  }

  void Symbol(char c) {
    if (static_cast<unsigned char>(c) >= 0x80) {
      Fail(
          "a character outside ASCII stands where only strings and comments "
          "may have one");
    }
    CheckControl(c);
    if (starts_statement_ && c == '[') {
      CheckHeader();
    } else if (!in_header_) {
      if (c == '[' || c == '{') ++depth_;
      if ((c == ']' || c == '}') && depth_ > 0) --depth_;
      if (depth_ > kMaxDepth) Fail("brackets are nested too deeply");
    }
    if (c == '.') ++dots_;
    if (c == '=' || c == ',' || c == '{') dots_ = 0;
    if (dots_ > kMaxDepth) Fail("a key has too many parts");
    starts_statement_ = false;
    Skip(1);
  }

  // `rest_` begins with the first bracket of "[table]" or "[[list]]".
  void CheckHeader() {
    in_header_ = true;
    std::size_t k = rest_.starts_with("[[") ? 2 : 1;
    while (k < rest_.size() && (rest_[k] == ' ' || rest_[k] == '\t')) ++k;
    if (k == rest_.size() || !IsKeyStart(rest_[k])) {
      Fail(
          "a table header must look like [problem] or [[racer]]: a name in "
          "one or two pairs of brackets");
    }
  }

  // One of "...", '...', """...""", '''...'''.
  void SkipString(char quote) {
    const bool is_long = rest_.starts_with(std::string(3, quote));
    Skip(is_long ? 3 : 1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\n' && !is_long) return;  // toml++ reports the missing quote
      if (c == '\\' && quote == '"' && rest_.size() > 1) {
        Skip(1);
        SkipTextByte();
      } else if (c != quote) {
        SkipTextByte();
      } else if (!is_long) {
        return Skip(1);
      } else if (rest_.starts_with(std::string(3, quote))) {
        return Skip(LengthOfRun(quote));
      } else {
        Skip(1);
      }
    }
  }

  // A long string may end with two quotes of its own before the closing three.
  std::size_t LengthOfRun(char quote) const {
    std::size_t length = 3;
    while (length < 5 && length < rest_.size() && rest_[length] == quote) {
      ++length;
    }
    return length;
  }

  void SkipTextByte() {
    if (rest_.front() != '\n' && rest_.front() != '\r') {
      CheckControl(rest_.front());
    }
    Skip(1);
  }

  void CheckControl(char c) const {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) {
      Fail(fmt::format("control character 0x{:02x} is not text", byte));
    }
  }

  void Skip(std::size_t count) {
    for (std::size_t k = 0; k < count; ++k) {
      if (rest_[k] == '\n') ++line_;
    }
    rest_.remove_prefix(count);
  }

  std::string_view rest_;
  const std::string& file_;
  std::size_t line_ = 1;
  bool starts_statement_ = true;
  bool in_header_ = false;
  int depth_ = 0;
  int dots_ = 0;
};

}  // namespace

void CheckTomlText(std::string_view text, const std::string& file) {
  if (text.size() > kMaxTomlBytes) {
    throw InputError(file, 0,
                     fmt::format("is larger than {} MiB, which no experiment "
                                 "file needs",
                                 kMaxTomlBytes >> 20));
  }
  Guard(text, file).Check();
}

}  // namespace tortoise::internal
