// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "tortoise/experiment/experiment.h"

namespace tortoise::internal {

struct TomlMember;

/// A value of a TOML file that knows where it stands. Own type, so that only
/// one file sees toml++ and so that overrides can be put in.
struct TomlValue {
  enum class Kind {
    kBoolean,
    kInteger,
    kNumber,
    kString,
    kDate,
    kList,
    kTable,
  };

  Kind kind = Kind::kTable;
  bool boolean = false;
  std::int64_t integer = 0;
  double number = 0.0;
  std::string text = {};
  std::vector<TomlValue> items;     // kList; they share the list's path
  std::vector<TomlMember> members;  // kTable, in order of the file

  std::string path = {};  // "racer.0.quorum"; of the root: empty
  Experiment::Location where = {};

  [[nodiscard]] bool is_list() const { return kind == Kind::kList; }
  [[nodiscard]] bool is_table() const { return kind == Kind::kTable; }

  /// The value at a path of tables below this one, or null.
  [[nodiscard]] const TomlValue* Find(std::string_view dotted) const;
  [[nodiscard]] TomlValue* Find(std::string_view dotted);

  /// Puts `value` at a path below this table, creating tables on the way and
  /// replacing what was there. Throws InputError if something on the way is no
  /// table.
  void Put(std::string_view dotted, TomlValue value);

  /// Of a number or an integer.
  [[nodiscard]] double AsNumber() const;
  /// Of a number, an integer or a string with a unit. Requires a valid one.
  [[nodiscard]] double AsSeconds() const;

  /// For messages: `"text"`, `3`, `a list`.
  [[nodiscard]] std::string Show() const;
};

struct TomlMember {
  std::string key;
  TomlValue value;
};

/// "FILE:LINE: PATH: TEXT" at this value.
[[nodiscard]] InputError ErrorAt(const TomlValue& value,
                                 const std::string& text);

/// Parses a file. Throws InputError with file and line for anything that is not
/// TOML 1.0.
[[nodiscard]] TomlValue ParseToml(std::string_view text,
                                  const std::string& file);

/// `text` as a TOML string with its quotes.
[[nodiscard]] std::string TomlString(std::string_view text);

/// `value` as a TOML number that reads back as the same double.
[[nodiscard]] std::string TomlNumber(double value);

}  // namespace tortoise::internal
