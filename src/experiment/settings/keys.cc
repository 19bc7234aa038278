// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include "core/text.h"

namespace tortoise::internal {
namespace {

using Kind = KeyType::Kind;
using ValueKind = TomlValue::Kind;

std::string Quoted(const std::vector<std::string>& words) {
  std::vector<std::string> quoted;
  for (const std::string& word : words) quoted.push_back('"' + word + '"');
  return fmt::format("{}", fmt::join(quoted, ", "));
}

std::string Limit(const KeyType& type, double limit) {
  return type.kind == Kind::kInteger ? fmt::format("{:.0f}", limit)
                                     : ShortestDecimal(limit);
}

std::string Range(const KeyType& type) {
  if (!std::isfinite(type.low)) return "";
  const std::string low = Limit(type, type.low);
  if (std::isfinite(type.high)) {
    return fmt::format(" {} {} to {}", type.is_above_low ? "above" : "from",
                       low, Limit(type, type.high));
  }
  return (type.is_above_low ? " above " : " of at least ") + low;
}

std::string DescribeOne(const KeyType& type) {
  switch (type.kind) {
    case Kind::kBoolean:
      return "true or false";
    case Kind::kInteger:
      return "an integer" + Range(type);
    case Kind::kNumber:
      return "a number" + Range(type);
    case Kind::kTime:
      return "a time" + Range(type) +
             " (seconds, or a string with a unit such as \"5ms\")";
    case Kind::kText:
      return type.words.empty() ? "a string" : "one of " + Quoted(type.words);
    case Kind::kColumn:
      return "a name or a number from 0";
    case Kind::kTraceable:
      return "a table such as { distribution = \"exponential\", mean = "
             "\"5ms\" } or { trace = \"delays.csv\" }";
    case Kind::kLaw:
      return "a table such as { distribution = \"constant\", value = "
             "\"2ms\" }";
    case Kind::kData:
      break;
  }
  return "the path of a file, or a table such as { generate = \"digits\" }";
}

bool IsInRange(const KeyType& type, double value) {
  return std::isfinite(value) && value <= type.high &&
         (type.is_above_low ? value > type.low : value >= type.low);
}

bool IsNumber(const TomlValue& value) {
  return value.kind == ValueKind::kInteger || value.kind == ValueKind::kNumber;
}

bool AcceptsText(const KeyType& type, const std::string& text) {
  const bool is_word = std::ranges::find(type.words, text) != type.words.end();
  switch (type.kind) {
    case Kind::kTime: {
      const std::optional<double> seconds = ParseDuration(text);
      return is_word || (seconds && IsInRange(type, *seconds));
    }
    case Kind::kText:
      return is_word || type.words.empty();
    case Kind::kColumn:
    case Kind::kData:
      return true;
    default:
      return is_word;
  }
}

bool Accepts(const KeyType& type, const TomlValue& value) {
  if (value.kind == ValueKind::kString) return AcceptsText(type, value.text);
  switch (type.kind) {
    case Kind::kBoolean:
      return value.kind == ValueKind::kBoolean;
    case Kind::kColumn:
      return value.kind == ValueKind::kInteger && value.integer >= 0;
    case Kind::kInteger:
      return value.kind == ValueKind::kInteger &&
             IsInRange(type, value.AsNumber());
    case Kind::kNumber:
    case Kind::kTime:
      return IsNumber(value) && IsInRange(type, value.AsNumber());
    case Kind::kText:
      return false;
    default:
      return value.is_table();
  }
}

// Text that stands in files and messages must be one line.
void CheckPrintable(const TomlValue& value) {
  for (const char c : value.text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) {
      throw ErrorAt(value, "must not contain control characters");
    }
  }
}

void CheckOne(const KeyType& type, const TomlValue& value) {
  if (Accepts(type, value)) return CheckPrintable(value);
  std::string hint;
  if (value.kind == ValueKind::kString && !type.words.empty()) {
    hint = DidYouMean(value.text, type.words, "\"");
  } else if (value.is_list() && !value.path.starts_with("racer.")) {
    hint = " (a list makes racers only of keys that racers have)";
  }
  throw ErrorAt(value, fmt::format("must be {}, not {}{}", DescribeOne(type),
                                   value.Show(), hint));
}

std::string_view LastPart(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  return dot == path.npos ? path : path.substr(dot + 1);
}

std::string_view Table(std::string_view path) {
  return path.substr(0, path.size() - LastPart(path).size());
}

// What a user may have meant by the unknown key `path` (relative to the root
// or the racer): a key of the same table, or one of another table.
std::string Suggestion(const std::string& path,
                       std::span<const std::string> known) {
  std::vector<std::string> siblings;
  std::vector<std::string> last_parts;
  for (const std::string& other : known) {
    last_parts.emplace_back(LastPart(other));
    if (!other.starts_with(Table(path))) continue;
    const std::string rest = other.substr(Table(path).size());
    siblings.push_back(rest.substr(0, rest.find('.')));
  }
  const std::string key(LastPart(path));
  if (const auto sibling = Closest(key, siblings)) {
    return fmt::format("; did you mean {}{}?", Table(path), *sibling);
  }
  if (const auto last = Closest(key, last_parts)) {
    const auto found = std::ranges::find(last_parts, *last);
    const std::string& meant =
        known[static_cast<std::size_t>(found - last_parts.begin())];
    return meant.starts_with("racer.")
               ? fmt::format("; did you mean {} in [[racer]]?", *last)
               : fmt::format("; did you mean {}?", meant);
  }
  return "";
}

void CheckKnownBelow(const TomlValue& table, const std::string& prefix,
                     std::span<const std::string> known) {
  for (const TomlMember& member : table.members) {
    const std::string path = prefix + Printable(member.key);
    const TomlValue& value = member.value;
    for (const UnavailableKey& key : UnavailableKeys()) {
      if (key.path == path) throw ErrorAt(value, key.reason);
    }
    const bool is_plain = member.key.find('.') == member.key.npos;
    if (is_plain && std::ranges::find(known, path) != known.end()) continue;
    const bool is_table =
        std::ranges::any_of(known, [&](const std::string& other) {
          return other.starts_with(path + '.');
        });
    if (!is_table || !is_plain) {
      throw ErrorAt(value, "unknown key" + Suggestion(path, known));
    }
    if (!value.is_table()) {
      throw ErrorAt(value, "must be a table, not " + value.Show());
    }
    CheckKnownBelow(value, path + '.', known);
  }
}

}  // namespace

KeyType KeyType::AboveLow() const {
  KeyType type = *this;
  type.is_above_low = true;
  return type;
}

KeyType KeyType::List() const {
  KeyType type = *this;
  type.is_list = true;
  return type;
}

KeyType KeyType::Or(std::vector<std::string> more) const {
  KeyType type = *this;
  type.words = std::move(more);
  return type;
}

std::string KeyType::Describe() const {
  std::string text = DescribeOne(*this);
  if (kind != Kind::kText && !words.empty()) text += " or " + Quoted(words);
  return is_list ? "a list, each entry " + text : text;
}

void KeyType::Check(const TomlValue& value) const {
  if (!is_list) return CheckOne(*this, value);
  if (!value.is_list()) {
    throw ErrorAt(value,
                  fmt::format("must be {}, not {}", Describe(), value.Show()));
  }
  if (value.items.empty()) throw ErrorAt(value, "must not be an empty list");
  for (const TomlValue& item : value.items) CheckOne(*this, item);
}

std::span<const UnavailableKey> UnavailableKeys() {
  static const std::vector<UnavailableKey> kKeys = {
      {"communication.latency",
       "is not available in this version; use communication.round_delay"},
      {"communication.bandwidth",
       "is not available in this version; use communication.round_delay"}};
  return kKeys;
}

std::string PathOfSetting(std::string_view setting) {
  for (const auto keys : {ExperimentKeys(), CommonKeys(), RacerKeys()}) {
    for (const Key& key : keys) {
      const std::string_view path = key.path;
      const bool is_meant =
          key.setting.empty()
              ? path == setting || path.ends_with(fmt::format(".{}", setting))
              : key.setting == setting;
      if (is_meant) return key.path;
    }
  }
  return "";
}

void CheckKnownKeys(const TomlValue& table,
                    std::span<const std::string> known_paths) {
  CheckKnownBelow(table, "", known_paths);
}

TomlValue ParseFallback(const std::string& toml) {
  return *ParseToml("x = " + toml, "default").Find("x");
}

}  // namespace tortoise::internal
