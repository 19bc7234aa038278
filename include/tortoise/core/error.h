// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <optional>
#include <stdexcept>
#include <string>

namespace tortoise {

/// Bad input from a file: an experiment, a data set, a trace. Its message
/// stands alone: "FILE:LINE: what is wrong and what would be right".
///
/// Thrown before any thread starts. Bad arguments from a program are plain
/// std::invalid_argument, of which this is a kind.
class InputError : public std::invalid_argument {
 public:
  /// `line` counts from 1; 0 means the fault has no line.
  InputError(const std::string& file, std::size_t line, const std::string& what)
      : std::invalid_argument(Message(file, line, what)), line_(line) {}

  /// 1 for the first line; 0 if the fault has no line.
  [[nodiscard]] std::size_t line() const { return line_; }

 private:
  static std::string Message(std::string text, std::size_t line,
                             const std::string& what) {
    if (line > 0) text.append(":").append(std::to_string(line));
    return text.append(": ").append(what);
  }

  std::size_t line_;
};

/// The first rule that a setting breaks.
struct Violation {
  std::string setting;  // as C++ knows it: "step_size", "stop.seconds"
  std::string text;     // "step_size = 0 must be a finite number > 0"

  bool operator==(const Violation&) const = default;
};

/// A setting that breaks a rule: bad arguments from a program.
class SettingError : public std::invalid_argument {
 public:
  explicit SettingError(const Violation& violation)
      : std::invalid_argument(violation.text), setting_(violation.setting) {}

  [[nodiscard]] const std::string& setting() const { return setting_; }

 private:
  std::string setting_;
};

/// A file could not be written (disk full, no permission, no such folder).
class OutputError : public std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace tortoise
