// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cmath>
#include <concepts>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "experiment/settings/delay_keys.h"
#include "experiment/settings/keys.h"
#include "tortoise/core/words.h"

namespace tortoise::internal {

// How a member of a type is read and written. Every value was checked already.

inline void Read(const TomlValue& value, bool& member) {
  member = value.boolean;
}
template <std::integral T>
void Read(const TomlValue& value, T& member) {
  member = static_cast<T>(value.integer);
}
// Of a time, seconds.
inline void Read(const TomlValue& value, double& member) {
  member = value.AsSeconds();
}
inline void Read(const TomlValue& value, std::string& member) {
  member = value.kind == TomlValue::Kind::kInteger
               ? std::to_string(value.integer)
               : value.text;
}
template <Worded E>
void Read(const TomlValue& value, E& member) {
  member = *Parse<E>(value.text);
}
inline void Read(const TomlValue& value, DelayLaw& member) {
  member = ReadLaw(value);
}
template <typename T>
void Read(const TomlValue& value, std::optional<T>& member) {
  Read(value, member.emplace());
}
template <typename T>
void Read(const TomlValue& value, std::vector<T>& member) {
  member.clear();
  for (const TomlValue& item : value.items) Read(item, member.emplace_back());
}

// As TOML; empty if there is nothing to write.

inline std::string Write(bool member) { return member ? "true" : "false"; }
template <std::integral T>
std::string Write(T member) {
  return std::to_string(member);
}
// Infinity means never, which has no number.
inline std::string Write(double member) {
  return std::isfinite(member) ? TomlNumber(member) : "";
}
inline std::string Write(const std::string& member) {
  return member.empty() ? "" : TomlString(member);
}
template <Worded E>
std::string Write(E member) {
  return TomlString(ToString(member));
}
inline std::string Write(const DelayLaw& member) { return WriteLaw(member); }
template <typename T>
std::string Write(const std::optional<T>& member) {
  return member ? Write(*member) : "";
}
template <typename T>
std::string Write(const std::vector<T>& member) {
  std::string text;
  for (const T& each : member)
    text += (text.empty() ? "[" : ", ") + Write(each);
  return text.empty() ? "" : text + ']';
}

/// A key that is one member of its target: `member` is a generic lambda that
/// returns a reference to it.
template <typename Target, typename Member>
BasicKey<Target> BindTo(std::string path, KeyType type, std::string fallback,
                        std::string meaning, Member member,
                        std::vector<std::string> objectives = {}) {
  return {
      .path = std::move(path),
      .type = std::move(type),
      .fallback = std::move(fallback),
      .meaning = std::move(meaning),
      .read = [member](Target& target,
                       const TomlValue& value) { Read(value, member(target)); },
      .write = [member](const Target& target) { return Write(member(target)); },
      .objectives = std::move(objectives)};
}

/// The same for a key of the file.
template <typename Member>
Key Bind(std::string path, KeyType type, std::string fallback,
         std::string meaning, Member member,
         std::vector<std::string> objectives = {}) {
  return BindTo<ParsedFile>(std::move(path), std::move(type),
                            std::move(fallback), std::move(meaning), member,
                            std::move(objectives));
}

}  // namespace tortoise::internal
