// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/files/toml_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "core/text.h"
#include "experiment/files/toml_screen.h"
#include "tortoise/core/error.h"

// toml++ 3.3.0 asserts on faulty input. The screen refuses what is known to get
// there; should anything slip through, it becomes an exception and neither an
// abort nor, under NDEBUG, undefined behaviour.
namespace tortoise::internal {
namespace {
[[noreturn]] void RefuseToml() { throw std::logic_error("is not valid TOML"); }
}  // namespace
}  // namespace tortoise::internal
#undef NDEBUG
#define TOML_ASSERT(expression) \
  ((expression) ? void() : tortoise::internal::RefuseToml())
#define TOML_HEADER_ONLY 1
#include <toml++/toml.h>
static_assert(TOML_LIB_MAJOR == 3 && TOML_LIB_MINOR == 3,
              "toml_screen.cc is for toml++ 3.3: see if this version still "
              "aborts on the texts of toml_screen_test.cc, and drop it if not");

namespace tortoise::internal {
namespace {

using Kind = TomlValue::Kind;

std::string Joined(const std::string& path, std::string_view key) {
  return path.empty() ? std::string(key) : fmt::format("{}.{}", path, key);
}

class Converter {
 public:
  explicit Converter(const std::string& file) : file_(file) {}

  TomlValue Convert(const toml::node& node, const std::string& path,
                    std::size_t line) const {
    TomlValue value;
    value.path = path;
    value.where = {file_, line};
    if (const auto* table = node.as_table()) {
      ConvertTable(*table, value);
    } else if (const auto* array = node.as_array()) {
      ConvertList(*array, value);
    } else if (const auto* text = node.as_string()) {
      value.kind = Kind::kString;
      value.text = text->get();
    } else if (const auto* integer = node.as_integer()) {
      value.kind = Kind::kInteger;
      value.integer = integer->get();
    } else if (const auto* number = node.as_floating_point()) {
      value.kind = Kind::kNumber;
      value.number = number->get();
    } else if (const auto* boolean = node.as_boolean()) {
      value.kind = Kind::kBoolean;
      value.boolean = boolean->get();
    } else {
      value.kind = Kind::kDate;
    }
    return value;
  }

 private:
  // toml++ sorts by name; the order of the file is what messages and the names
  // of racers follow.
  void ConvertTable(const toml::table& table, TomlValue& value) const {
    value.kind = Kind::kTable;
    std::vector<const toml::key*> keys;
    for (const auto& [key, node] : table) keys.push_back(&key);
    std::sort(keys.begin(), keys.end(),
              [](const toml::key* a, const toml::key* b) {
                const auto& left = a->source().begin;
                const auto& right = b->source().begin;
                return std::tie(left.line, left.column) <
                       std::tie(right.line, right.column);
              });
    for (const toml::key* key : keys) {
      const toml::node& node = *table.get(key->str());
      value.members.push_back(
          {std::string(key->str()),
           Convert(node, Joined(value.path, Printable(key->str())),
                   key->source().begin.line)});
    }
  }

  void ConvertList(const toml::array& array, TomlValue& value) const {
    value.kind = Kind::kList;
    for (const toml::node& node : array) {
      // Only tables are told apart by their number: racer.0, racer.1.
      const std::string path =
          node.is_table()
              ? Joined(value.path, std::to_string(value.items.size()))
              : value.path;
      value.items.push_back(Convert(node, path, node.source().begin.line));
    }
  }

  const std::string& file_;
};

}  // namespace

const TomlValue* TomlValue::Find(std::string_view dotted) const {
  const std::size_t dot = dotted.find('.');
  for (const TomlMember& member : members) {
    if (member.key != dotted.substr(0, dot)) continue;
    return dot == std::string_view::npos
               ? &member.value
               : member.value.Find(dotted.substr(dot + 1));
  }
  return nullptr;
}

TomlValue* TomlValue::Find(std::string_view dotted) {
  return const_cast<TomlValue*>(std::as_const(*this).Find(dotted));
}

void TomlValue::Put(std::string_view dotted, TomlValue value) {
  if (!is_table()) {
    throw InputError(value.where.file, value.where.line,
                     fmt::format("{} is {} and has no keys", path, Show()));
  }
  const std::size_t dot = dotted.find('.');
  const std::string_view key = dotted.substr(0, dot);
  TomlValue* member = Find(key);
  if (member == nullptr) {
    members.push_back({std::string(key), {}});
    member = &members.back().value;
    member->path = Joined(path, key);
    member->where = value.where;
  }
  if (dot == std::string_view::npos) {
    *member = std::move(value);
  } else {
    member->Put(dotted.substr(dot + 1), std::move(value));
  }
}

double TomlValue::AsNumber() const {
  return kind == Kind::kInteger ? static_cast<double>(integer) : number;
}

double TomlValue::AsSeconds() const {
  return kind == Kind::kString ? ParseDuration(text).value() : AsNumber();
}

std::string TomlValue::Show() const {
  switch (kind) {
    case Kind::kBoolean:
      return boolean ? "true" : "false";
    case Kind::kInteger:
      return std::to_string(integer);
    case Kind::kNumber:
      return ShortestDecimal(number);
    case Kind::kString:
      return '"' + Printable(text) + '"';
    case Kind::kDate:
      return "a date";
    case Kind::kList:
      return "a list";
    case Kind::kTable:
      break;
  }
  return "a table";
}

InputError ErrorAt(const TomlValue& value, const std::string& text) {
  const bool says_path =
      value.path.empty() || value.where.file == "--set " + value.path;
  return {value.where.file, value.where.line,
          says_path ? text : value.path + ": " + text};
}

TomlValue ParseToml(std::string_view text, const std::string& file) {
  CheckTomlText(text, file);
  try {
    const toml::table root = toml::parse(text, file);
    return Converter(file).Convert(root, "", 0);
  } catch (const toml::parse_error& error) {
    throw InputError(file, error.source().begin.line,
                     Printable(error.description()));
  } catch (const std::logic_error& error) {
    throw InputError(file, 0, error.what());
  }
}

std::string TomlString(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      quoted += {'\\', c};
    } else if (byte < 0x20 || byte == 0x7f) {
      quoted += fmt::format("\\u{:04X}", byte);
    } else {
      quoted += c;
    }
  }
  return quoted + '"';
}

std::string TomlNumber(double value) {
  const std::string text = ShortestDecimal(value + 0.0);  // no "-0"
  // A TOML integer ends at 2^63, so long ones have to be written as floats.
  const bool is_integer = text.find_first_of(".en") == std::string::npos;
  return is_integer && text.size() > 15 ? text + ".0" : text;
}

}  // namespace tortoise::internal
