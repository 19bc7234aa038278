// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/toml_screen.h"

#include <fmt/format.h>

#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

constexpr std::size_t kMaxDepth = 32;  // of brackets, and of dots in one key

bool IsKeyStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
         (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '"' ||
         c == '\'';
}

// Knows just enough of TOML to tell strings, comments and headers apart. Up to
// the first fault that toml++ reports, both see the same tokens.
class TomlScreen {
 public:
  TomlScreen(std::string_view text, const std::string& file)
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
      if (open_.empty()) {
        starts_statement_ = true;
        in_value_ = false;
      }
      in_header_ = false;
      dots_ = 0;
      Skip(1);
    } else if (c == ' ' || c == '\t' || c == '\r') {
      Skip(1);
    } else if (c == '#') {
      while (!rest_.empty() && rest_.front() != '\n') SkipTextByte();
    } else if (c == '"' || c == '\'') {
      starts_statement_ = false;
      CheckMayOpen("quotation mark");
      SkipString(c);
    } else {
      CheckPlain(c);
      Symbol(c);
      starts_statement_ = false;
    }
  }

  void Symbol(char c) {
    if (starts_statement_ && c == '[') {
      CheckHeader();
    } else if (in_header_) {
      CountDots(c);
    } else if (c == '[' || c == '{') {
      CheckMayOpen("bracket");
      open_ += c;
      if (open_.size() > kMaxDepth) Fail("brackets are nested too deeply");
      in_value_ = c == '[';
    } else if (c == ']' || c == '}') {
      if (!open_.empty()) open_.pop_back();
      in_value_ = true;
    } else if (c == ',') {
      in_value_ = !open_.ends_with('{');
    } else if (in_value_) {
      return SkipBareValue();
    } else {
      in_value_ = c == '=';
      CountDots(c);
    }
    Skip(1);
  }

  void CountDots(char c) {
    dots_ = c == '.' ? dots_ + 1 : (c == '=' ? 0 : dots_);
    if (dots_ > kMaxDepth) Fail("a key has too many parts");
  }

  // A number, a date or a word, up to what ends it for toml++. To it a quote or
  // bracket inside (0"a, 9['a) opens nothing, so that what follows is not
  // inside of it.
  void SkipBareValue() {
    constexpr std::string_view kEnd = " \t\r\n]},#";
    while (!rest_.empty() && kEnd.find(rest_.front()) == kEnd.npos) {
      const char c = rest_.front();
      CheckPlain(c);
      if (std::string_view("\"'[{=").find(c) != std::string_view::npos) {
        Fail(fmt::format("{} stands inside a value; strings need quotes", c));
      }
      Skip(1);
    }
  }

  void CheckPlain(char c) const {
    if (static_cast<unsigned char>(c) >= 0x80) {
      Fail(
          "a character outside ASCII stands where only strings and comments "
          "may have one");
    }
    CheckControl(c);
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

  // Nothing opens right behind another value or a key.
  void CheckMayOpen(const char* what) const {
    constexpr std::string_view kBefore = " \t\n=,.[{";
    if (kBefore.find(previous_) == std::string_view::npos) {
      Fail(fmt::format("a {} stands where none may open", what));
    }
  }

  // One of "...", '...', """...""", '''...'''.
  void SkipString(char quote) {
    const bool is_long = rest_.starts_with(std::string(3, quote));
    Skip(is_long ? 3 : 1);
    while (!rest_.empty()) {
      const char c = rest_.front();
      if (c == '\n' && !is_long) return;  // toml++ reports the missing quote
      if (c == '\\' && quote == '"') {
        SkipEscape();
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

  // A backslash and what it escapes: one character, or all blanks up to the
  // next text of a long string. toml++ asks of that text whether it is blank,
  // which is undefined for letters outside ASCII.
  void SkipEscape() {
    Skip(1);
    bool is_blank = false;
    while (!rest_.empty() && (rest_.front() == ' ' || rest_.front() == '\t' ||
                              rest_.front() == '\r' || rest_.front() == '\n')) {
      is_blank = true;
      Skip(1);
    }
    if (rest_.empty()) return;
    if (static_cast<unsigned char>(rest_.front()) >= 0x80) {
      Fail("a character outside ASCII must not follow a backslash");
    }
    if (!is_blank) SkipTextByte();
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
    previous_ = rest_[count - 1];
    rest_.remove_prefix(count);
  }

  std::string_view rest_;
  const std::string& file_;
  std::size_t line_ = 1;
  char previous_ = '\n';  // the byte before `rest_`
  bool starts_statement_ = true;
  bool in_header_ = false;
  bool in_value_ = false;  // else in a key
  std::string open_;       // brackets that wait for their partner
  std::size_t dots_ = 0;   // of the key so far
};

}  // namespace

void CheckTomlText(std::string_view text, const std::string& file) {
  if (text.size() > kMaxTomlBytes) {
    throw InputError(file, 0,
                     fmt::format("is larger than {} MiB, which no experiment "
                                 "file needs",
                                 kMaxTomlBytes >> 20));
  }
  TomlScreen(text, file).Check();
}

}  // namespace tortoise::internal
