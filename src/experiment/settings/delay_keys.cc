// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/delay_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <stdexcept>
#include <vector>

#include "core/text.h"
#include "experiment/settings/data_keys.h"

namespace tortoise::internal {
namespace {

const DelayLawInfo& FindLaw(const TomlValue& table) {
  const TomlValue* name = table.Find("distribution");
  if (name == nullptr) {
    throw ErrorAt(table,
                  "needs distribution, such as { distribution = "
                  "\"exponential\", mean = \"5ms\" }");
  }
  std::vector<std::string> names;
  for (const DelayLawInfo& law : DelayLaws()) names.push_back(law.name);
  KeyType::OneOf(names).Check(*name);
  for (const DelayLawInfo& law : DelayLaws()) {
    if (law.name == name->text) return law;
  }
  throw ErrorAt(*name, "is unknown");  // not reached: it was one of the names
}

std::vector<std::string> KeyNames(const DelayLawInfo& law) {
  std::vector<std::string> names;
  for (const auto& key : law.keys) names.push_back(key.name);
  return names;
}

void CheckKeys(const TomlValue& table, const DelayLawInfo& law) {
  const std::vector<std::string> names = KeyNames(law);
  for (const TomlMember& member : table.members) {
    if (member.key == "distribution") continue;
    if (std::ranges::find(names, member.key) != names.end()) continue;
    const std::string meant = DidYouMean(member.key, names);
    throw ErrorAt(member.value,
                  meant.empty()
                      ? fmt::format("{} takes no such key, but {}", law.name,
                                    fmt::join(names, " and "))
                      : "unknown key" + meant);
  }
}

std::vector<double> ReadKey(const DelayLawInfo::Key& key,
                            const TomlValue& value) {
  KeyType type = key.is_time ? KeyType::Time() : KeyType::Number();
  if (key.is_list) type = type.List();
  type.Check(value);
  const auto number = [&](const TomlValue& each) {
    return key.is_time ? each.AsSeconds() : each.AsNumber();
  };
  if (!key.is_list) return {number(value)};
  std::vector<double> numbers;
  for (const TomlValue& item : value.items) numbers.push_back(number(item));
  return numbers;
}

// The member that breaks a rule, or the table.
const TomlValue& LocationOf(const TomlValue& table,
                            const std::string& setting) {
  const TomlValue* value = table.Find(setting);
  return value != nullptr ? *value : table;
}

std::shared_ptr<const Trace> ReadTraceOnce(ParsedFile& file,
                                           const TomlValue& at,
                                           const std::string& path) {
  std::shared_ptr<const Trace>& trace = file.traces[path];
  if (trace == nullptr) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw ErrorAt(at, "there is no file " + path);
    }
    try {
      trace = std::make_shared<const Trace>(ReadTrace(path));
    } catch (const InputError& fault) {
      if (fault.line() > 0) throw;
      throw ErrorAt(at, fault.what());
    }
  }
  return trace;
}

}  // namespace

DelayLaw ReadLaw(const TomlValue& table) {
  const DelayLawInfo& law = FindLaw(table);
  CheckKeys(table, law);
  std::map<std::string, std::vector<double>> keys;
  for (const DelayLawInfo::Key& key : law.keys) {
    const TomlValue* value = table.Find(key.name);
    if (value == nullptr) {
      throw ErrorAt(table, fmt::format("{} needs {}", law.name, key.name));
    }
    keys[key.name] = ReadKey(key, *value);
  }
  try {
    return DelayLaw::Make(law.name, keys);
  } catch (const SettingError& error) {
    throw ErrorAt(LocationOf(table, error.setting()), error.what());
  } catch (const std::invalid_argument& error) {
    throw ErrorAt(table, error.what());
  }
}

void ReadDelay(ParsedFile& file, const TomlValue& table) {
  const TomlValue* trace = table.Find("trace");
  if (trace == nullptr) {
    file.racer.trace.clear();
    file.racer.options.delay = ReadLaw(table);
    return;
  }
  KeyType::Text().Check(*trace);
  for (const TomlMember& member : table.members) {
    if (member.key == "trace") continue;
    throw ErrorAt(member.value, "a delay from a trace takes no other key");
  }
  file.racer.trace = AbsolutePath(*trace, file.base_dir);
  file.racer.options.delay = ReadTraceOnce(file, *trace, file.racer.trace);
}

std::string WriteLaw(const DelayLaw& law) {
  std::string text =
      fmt::format("{{ distribution = {}", TomlString(law.name()));
  for (const DelayLawInfo& info : DelayLaws()) {
    if (info.name != law.name()) continue;
    for (const DelayLawInfo::Key& key : info.keys) {
      std::vector<std::string> numbers;
      for (const double each : law.keys().at(key.name)) {
        numbers.push_back(TomlNumber(each));
      }
      const std::string list = fmt::format("{}", fmt::join(numbers, ", "));
      text += fmt::format(", {} = {}", key.name,
                          key.is_list ? '[' + list + ']' : list);
    }
  }
  return text + " }";
}

std::string WriteDelay(const RacerSettings& settings) {
  if (const DelayLaw* law = settings.options.delay.law()) return WriteLaw(*law);
  return fmt::format("{{ trace = {} }}", TomlString(settings.trace));
}

bool IsListOfLaw(const std::string& key) {
  for (const DelayLawInfo& law : DelayLaws()) {
    for (const DelayLawInfo::Key& each : law.keys) {
      if (each.name == key && each.is_list) return true;
    }
  }
  return false;
}

}  // namespace tortoise::internal
