// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "experiment/files/toml_tree.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise::internal {

/// What a value of an experiment file may be.
struct KeyType {
  enum class Kind {
    kBoolean,
    kInteger,
    kNumber,
    kTime,  // a number of seconds, or a string with a unit
    kText,
    kColumn,     // text or an integer
    kTraceable,  // a table with a delay law, or with a trace
    kLaw,        // a table with a delay law
    kData,       // the path of a file, or a table with a generator
  };
  static constexpr double kInfinity = std::numeric_limits<double>::infinity();

  Kind kind = Kind::kText;
  double low = -kInfinity;
  double high = kInfinity;    // finite values only, all the same
  bool is_above_low = false;  // `low` itself is excluded
  bool is_list = false;
  // Strings that are accepted: the only ones of kText, besides numbers else.
  std::vector<std::string> words = {};

  static KeyType Boolean() { return {.kind = Kind::kBoolean}; }
  static KeyType Integer(double low, double high = kInfinity) {
    return {.kind = Kind::kInteger, .low = low, .high = high};
  }
  static KeyType Number(double low = -kInfinity, double high = kInfinity) {
    return {.kind = Kind::kNumber, .low = low, .high = high};
  }
  static KeyType Time() { return {.kind = Kind::kTime, .low = 0.0}; }
  static KeyType Text() { return {}; }
  static KeyType OneOf(std::vector<std::string> words) {
    return KeyType().Or(std::move(words));
  }
  [[nodiscard]] KeyType AboveLow() const;                    // low excluded
  [[nodiscard]] KeyType List() const;                        // of such values
  [[nodiscard]] KeyType Or(std::vector<std::string>) const;  // or a word

  /// "an integer from 1 to 4096".
  [[nodiscard]] std::string Describe() const;

  /// Throws InputError at the value if it is not of this type.
  void Check(const TomlValue& value) const;
};

/// One key: how it is checked, read, written down again and documented.
/// `Target` is what it is read into.
template <typename Target>
struct BasicKey {
  std::string path = {};  // "workers.batch_size"
  KeyType type = {};
  // The default as TOML, kRequired, or empty if absence has a meaning.
  std::string fallback = {};
  std::string meaning = {};
  std::function<void(Target&, const TomlValue&)> read = {};
  // As TOML; empty if there is nothing to write.
  std::function<std::string(const Target&)> write = {};
  // Objectives that take it; empty: all.
  std::vector<std::string> objectives = {};
  // What a Violation calls it, if that is not the last part of the path.
  std::string setting = {};
};
inline constexpr const char* kRequired = "required";

/// What keys are read into and written from.
struct ParsedFile {
  Experiment experiment;  // name, repeats, [problem], [theory]
  RacerSettings racer;    // all else: first of all racers, then of each
  std::string base_dir;   // of relative paths; absolute
  // Traces that were read, by path: racers share them.
  std::map<std::string, std::shared_ptr<const Trace>> traces;
};
using Key = BasicKey<ParsedFile>;

/// The keys of the whole file but [[racer]], in order of the resolved file.
// Top level, problem, report, stop, theory.
std::span<const Key> ExperimentKeys();
std::span<const Key> CommonKeys();  // workers, communication, step
std::span<const Key> RacerKeys();   // "protocol", "quorum", ...

/// Appends those of [theory].
void AddTheoryKeys(std::vector<Key>& keys);

/// Keys of DESIGN that this version knows and refuses: path and reason.
struct UnavailableKey {
  std::string path;
  std::string reason;
};
std::span<const UnavailableKey> UnavailableKeys();

/// The path of the key that a Violation calls `setting`; empty if it is none of
/// the file's.
std::string PathOfSetting(std::string_view setting);

/// Refuses members of `table` (the root, or one racer) that are in none of the
/// tables of keys, with a suggestion.
void CheckKnownKeys(const TomlValue& table,
                    std::span<const std::string> known_paths);

/// Reads every key of `keys` that `table` has, or its default, into `target`.
template <typename Target>
void ReadKeys(std::span<const BasicKey<Target>> keys, const TomlValue& table,
              Target& target);

/// A default, or any other single value, as it would stand in a file.
TomlValue ParseFallback(const std::string& toml);

template <typename Target>
void ReadKeys(std::span<const BasicKey<Target>> keys, const TomlValue& table,
              Target& target) {
  for (const BasicKey<Target>& key : keys) {
    if (const TomlValue* value = table.Find(key.path)) {
      key.type.Check(*value);
      key.read(target, *value);
    } else if (!key.fallback.empty() && key.fallback != kRequired) {
      key.read(target, ParseFallback(key.fallback));
    }
  }
}

}  // namespace tortoise::internal
