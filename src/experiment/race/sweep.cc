// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "core/text.h"
#include "experiment/settings/keys.h"

namespace tortoise {
namespace {

using internal::Key;
using Choice = RacerSettings::Choice;

const Choice* FindChoice(const RacerSettings& racer, const std::string& key) {
  const auto found = std::ranges::find(racer.choices, key, &Choice::key);
  return found == racer.choices.end() ? nullptr : &*found;
}

const Key* FindKey(const std::string& key) {
  for (const auto keys : {internal::RacerKeys(), internal::CommonKeys()}) {
    const auto found = std::ranges::find(keys, key, &Key::path);
    if (found != keys.end()) return &*found;
  }
  return nullptr;
}

[[noreturn]] void ThrowNoList(const std::string& key) {
  const std::string file = "--best " + Printable(key);
  std::vector<std::string> known;
  for (const auto keys : {internal::RacerKeys(), internal::CommonKeys()}) {
    for (const Key& each : keys) known.push_back(each.path);
  }
  // A number of a law, such as workers.delay.mean, is in no table of keys.
  const bool is_of_law = key.starts_with("workers.delay.") ||
                         key.starts_with("communication.round_delay.");
  if (is_of_law || std::ranges::find(known, key) != known.end()) {
    throw InputError(file, 0,
                     "no racer has a list of values for it; give it one, as in "
                     "--set KEY=[...]");
  }
  const std::string meant = DidYouMean(key, known);
  throw InputError(file, 0,
                   meant.empty() ? "racers have no such key"
                                 : "there is no such key" + meant);
}

// All that tells the racers of a group from others.
std::string Identity(const RacerSettings& racer, const std::string& key) {
  std::string identity = std::to_string(racer.table);
  for (const Choice& choice : racer.choices) {
    if (choice.key == key) continue;
    identity += fmt::format("\n{} = {}", choice.key, choice.value);
  }
  return identity;
}

// The name without what the value added to it.
std::string Label(const RacerSettings& racer, const Choice* choice) {
  std::string name = racer.name;
  if (choice == nullptr || choice->suffix.empty()) return name;
  const std::size_t at = name.rfind(choice->suffix);
  return at == name.npos ? name : name.erase(at, choice->suffix.size());
}

// No value could lie beyond the end of the list.
bool IsLimit(double value, bool is_largest, const RacerSettings& racer,
             const std::string& key) {
  if (key == "quorum" && is_largest) {
    return value == static_cast<double>(racer.options.method.num_workers);
  }
  const Key* known = FindKey(key);
  if (known == nullptr) return false;
  return is_largest ? value >= known->type.high
                    : value <= known->type.low && !known->type.is_above_low;
}

bool IsAtEdge(const Experiment& experiment, std::size_t best,
              const std::string& key) {
  const Choice* choice = FindChoice(experiment.racers[best], key);
  if (choice == nullptr || !choice->number) return false;
  const double value = *choice->number;
  bool has_smaller = false;
  bool has_larger = false;
  for (std::size_t r = 0; r < experiment.racers.size(); ++r) {
    if (experiment.racers[r].group != experiment.racers[best].group) continue;
    const Choice* other = FindChoice(experiment.racers[r], key);
    if (other == nullptr || !other->number) return false;
    has_smaller |= *other->number < value;
    has_larger |= *other->number > value;
  }
  const RacerSettings& racer = experiment.racers[best];
  return (has_smaller && !has_larger && !IsLimit(value, true, racer, key)) ||
         (has_larger && !has_smaller && !IsLimit(value, false, racer, key));
}

}  // namespace

void GroupByKey(const std::string& key, Experiment& experiment) {
  const bool has_list =
      std::ranges::any_of(experiment.racers, [&](const RacerSettings& racer) {
        return FindChoice(racer, key) != nullptr;
      });
  if (!has_list) ThrowNoList(key);
  std::map<std::string, std::string> label_of;  // by identity
  std::map<std::string, int> times;             // that a label was used
  for (std::size_t r = 0; r < experiment.racers.size(); ++r) {
    const RacerSettings& racer = experiment.racers[r];
    const auto [known, is_new] = label_of.emplace(Identity(racer, key), "");
    if (is_new) {
      known->second = Label(racer, FindChoice(racer, key));
      const int count = ++times[known->second];
      if (count > 1) known->second += fmt::format(" #{}", count);
    }
    experiment.racers[r].group = known->second;
  }
}

std::vector<BestValue> BestValues(const std::string& key,
                                  const Experiment& experiment,
                                  const RaceResult& result) {
  std::vector<BestValue> values;
  for (const BestOfGroup& best : BestOfGroups(experiment.Racers(), result)) {
    const RacerSettings& racer = experiment.racers[best.racer];
    const Choice* choice = FindChoice(racer, key);
    values.push_back({.group = best.group,
                      .name = racer.name,
                      .key = key,
                      .value = choice ? choice->value : "",
                      .number = choice ? choice->number : std::nullopt,
                      .tried = best.tried,
                      .is_at_edge = IsAtEdge(experiment, best.racer, key)});
  }
  return values;
}

RaceResult OnlyBest(const RaceResult& result,
                    const std::vector<BestValue>& best) {
  RaceResult only;
  only.target_loss = result.target_loss;
  for (const RaceEntry& entry : result.entries) {
    if (std::ranges::find(best, entry.name, &BestValue::name) != best.end()) {
      only.entries.push_back(entry);
    }
  }
  return only;
}

std::map<std::string, std::string> BestNotes(
    const std::vector<BestValue>& best) {
  std::map<std::string, std::string> notes;
  for (const BestValue& each : best) {
    if (each.value.empty()) continue;
    notes[each.name] =
        fmt::format("{} = {}, best of {}{}", each.key, each.value, each.tried,
                    each.is_at_edge ? " (at the edge)" : "");
  }
  return notes;
}

std::vector<std::string> BestWarnings(const std::vector<BestValue>& best) {
  std::vector<std::string> warnings;
  for (const BestValue& each : best) {
    if (!each.is_at_edge) continue;
    warnings.push_back(
        fmt::format("{}: the best {} = {} is at the edge of the {} values "
                    "tried; a better one may lie beyond",
                    each.group, each.key, each.value, each.tried));
  }
  return warnings;
}

}  // namespace tortoise
