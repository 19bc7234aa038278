// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/overrides.h"

#include <fmt/format.h>

#include <charconv>
#include <string_view>
#include <utility>

#include "core/text.h"

namespace tortoise::internal {
namespace {

constexpr std::string_view kBare =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

void CheckPath(const std::string& path) {
  std::string_view rest = path;
  while (true) {
    const std::size_t dot = rest.find('.');
    const std::string_view part = rest.substr(0, dot);
    if (part.empty() || part.find_first_not_of(kBare) != rest.npos) {
      throw InputError("--set " + Printable(path), 0,
                       "must be a path such as workers.delay.mean=5ms");
    }
    if (dot == rest.npos) return;
    rest.remove_prefix(dot + 1);
  }
}

// A value that was parsed under another path, as it stands at `path`.
void Rebase(TomlValue& value, const std::string& path,
            const Experiment::Location& where) {
  value.path = path;
  value.where = where;
  for (std::size_t k = 0; k < value.items.size(); ++k) {
    TomlValue& item = value.items[k];
    Rebase(item, item.is_table() ? fmt::format("{}.{}", path, k) : path, where);
  }
  for (TomlMember& member : value.members) {
    Rebase(member.value, path + '.' + Printable(member.key), where);
  }
}

// "5ms", "softmax", "../data.csv": made of characters of which none starts a
// string, a list, a table, a comment or another key.
bool IsWord(std::string_view text) {
  return !text.empty() &&
         text.find_first_of(" \t\r\n\"'[]{}#=,\\") == text.npos;
}

TomlValue ParseValue(const std::string& text, const std::string& name) {
  if (text.find_first_of("\n\r") != text.npos) {
    throw InputError(name, 0, "must be a value on one line");
  }
  try {
    TomlValue table = ParseToml("x = " + text, name);
    if (const TomlValue* value = table.Find("x")) return *value;
  } catch (const InputError&) {
    if (!IsWord(text)) {
      throw InputError(
          name, 0,
          fmt::format("{} is not a TOML value; strings with blanks or brackets "
                      "need quotes",
                      text.empty() ? "nothing" : Printable(text)));
    }
  }
  TomlValue word;
  word.kind = TomlValue::Kind::kString;
  word.text = text;
  return word;
}

// The table numbered by `part` of the list `list`.
TomlValue& ItemAt(TomlValue& list, std::string_view part,
                  const std::string& name) {
  std::size_t index = 0;
  const auto [end, error] =
      std::from_chars(part.data(), part.data() + part.size(), index);
  if (error != std::errc() || end != part.data() + part.size() ||
      index >= list.items.size()) {
    throw InputError(
        name, 0,
        fmt::format("{} has {} tables, counted from 0; there is no {}",
                    list.path, list.items.size(), part));
  }
  return list.items[index];
}

}  // namespace

void ApplyOverride(const std::string& override, TomlValue& root) {
  const std::size_t equals = override.find('=');
  if (equals == override.npos) {
    throw InputError("--set " + Printable(override), 0,
                     "must be key=value, such as seed=7");
  }
  const std::string path = override.substr(0, equals);
  CheckPath(path);
  const std::string name = "--set " + path;
  TomlValue value = ParseValue(override.substr(equals + 1), name);
  Rebase(value, path, {name, 0});

  const std::size_t dot = path.find('.');
  TomlValue* list = root.Find(path.substr(0, dot));
  if (dot == path.npos || list == nullptr || !list->is_list()) {
    root.Put(path, std::move(value));
    return;
  }
  const std::string_view rest = std::string_view(path).substr(dot + 1);
  const std::size_t second = rest.find('.');
  TomlValue& item = ItemAt(*list, rest.substr(0, second), name);
  if (second == rest.npos) {
    item = std::move(value);
  } else {
    item.Put(rest.substr(second + 1), std::move(value));
  }
}

}  // namespace tortoise::internal
