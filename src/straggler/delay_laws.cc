// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <stdexcept>

#include "core/text.h"
#include "tortoise/straggler/delay_law.h"

namespace tortoise {
namespace {

using Keys = std::map<std::string, std::vector<double>>;

// The one table of laws: `Make`, `DelayLaws` and through it the experiment
// file know no other list.
struct Row {
  DelayLawInfo info;
  DelayLaw (*make)(const Keys&);  // the keys are complete when it is called
};

double Number(const Keys& keys, const char* key) { return keys.at(key)[0]; }

constexpr bool kTime = true;
constexpr bool kPure = false;
constexpr bool kOne = false;
constexpr bool kList = true;

const std::vector<Row>& Table() {
  static const std::vector<Row> kTable = {
      {{"constant", {{"value", kTime, kOne}}},
       [](const Keys& k) { return DelayLaw::Constant(Number(k, "value")); }},
      {{"uniform", {{"low", kTime, kOne}, {"high", kTime, kOne}}},
       [](const Keys& k) {
         return DelayLaw::Uniform(Number(k, "low"), Number(k, "high"));
       }},
      {{"exponential", {{"mean", kTime, kOne}}},
       [](const Keys& k) { return DelayLaw::Exponential(Number(k, "mean")); }},
      {{"shifted-exponential", {{"shift", kTime, kOne}, {"mean", kTime, kOne}}},
       [](const Keys& k) {
         return DelayLaw::ShiftedExponential(Number(k, "shift"),
                                             Number(k, "mean"));
       }},
      {{"gamma", {{"shape", kPure, kOne}, {"mean", kTime, kOne}}},
       [](const Keys& k) {
         return DelayLaw::Gamma(Number(k, "shape"), Number(k, "mean"));
       }},
      {{"lognormal", {{"median", kTime, kOne}, {"sigma", kPure, kOne}}},
       [](const Keys& k) {
         return DelayLaw::Lognormal(Number(k, "median"), Number(k, "sigma"));
       }},
      {{"weibull", {{"shape", kPure, kOne}, {"scale", kTime, kOne}}},
       [](const Keys& k) {
         return DelayLaw::Weibull(Number(k, "shape"), Number(k, "scale"));
       }},
      {{"pareto", {{"scale", kTime, kOne}, {"shape", kPure, kOne}}},
       [](const Keys& k) {
         return DelayLaw::Pareto(Number(k, "scale"), Number(k, "shape"));
       }},
      {{"two-speed",
        {{"fast", kTime, kOne},
         {"slow", kTime, kOne},
         {"probability", kPure, kOne}}},
       [](const Keys& k) {
         return DelayLaw::TwoSpeed(Number(k, "fast"), Number(k, "slow"),
                                   Number(k, "probability"));
       }},
      {{"hyper-exponential",
        {{"means", kTime, kList}, {"probabilities", kPure, kList}}},
       [](const Keys& k) {
         return DelayLaw::HyperExponential(k.at("means"),
                                           k.at("probabilities"));
       }}};
  return kTable;
}

const Row& FindRow(const std::string& name) {
  std::vector<std::string> names;
  for (const Row& row : Table()) {
    if (row.info.name == name) return row;
    names.push_back(row.info.name);
  }
  const std::string meant = DidYouMean(name, names);
  throw std::invalid_argument(fmt::format(
      "unknown distribution \"{}\"{}", name,
      meant.empty() ? fmt::format("; there are {}", fmt::join(names, ", "))
                    : meant));
}

void CheckKeys(const DelayLawInfo& law, const Keys& keys) {
  std::vector<std::string> names;
  for (const auto& key : law.keys) names.push_back(key.name);
  for (const auto& [key, values] : keys) {
    if (std::find(names.begin(), names.end(), key) != names.end()) continue;
    throw std::invalid_argument(
        fmt::format("{} takes no {}; it takes {}{}", law.name, key,
                    fmt::join(names, " and "), DidYouMean(key, names)));
  }
  for (const auto& key : law.keys) {
    const auto given = keys.find(key.name);
    if (given == keys.end()) {
      throw std::invalid_argument(
          fmt::format("{} needs {}", law.name, key.name));
    }
    if (!key.is_list && given->second.size() != 1) {
      throw std::invalid_argument(fmt::format("{} must be one number, not {}",
                                              key.name, given->second.size()));
    }
  }
}

}  // namespace

DelayLaw DelayLaw::Make(const std::string& name, const Keys& keys) {
  const Row& row = FindRow(name);
  CheckKeys(row.info, keys);
  return row.make(keys);
}

std::span<const DelayLawInfo> DelayLaws() {
  static const std::vector<DelayLawInfo> kLaws = [] {
    std::vector<DelayLawInfo> laws;
    for (const Row& row : Table()) laws.push_back(row.info);
    return laws;
  }();
  return kLaws;
}

}  // namespace tortoise
