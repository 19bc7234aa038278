// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <string>
#include <string_view>

#include "experiment/settings/data_keys.h"
#include "experiment/settings/keys.h"

namespace tortoise {
namespace {

using internal::BasicKey;

constexpr std::string_view kIntroduction = R"(# Experiment files

<!-- Written by `tortoise check --keys`. -->

An experiment file is TOML. Unknown keys, wrong types and impossible values are
errors that name the file, the line and the key. Times are numbers (seconds) or
strings with a unit: "250us", "5ms", "2s", "1.5min". Integers are accepted where
numbers are. Relative paths are relative to the file.

`--set key=value` replaces what the file says: `--set workers.count=4`,
`--set racer.0.quorum=2`, counting the `[[racer]]` tables from 0. The value is
TOML; a bare word is a string.
)";

constexpr std::string_view kRacers = R"(
## [[racer]]

One per racer. It also takes every key of `[workers]`, `[communication]` and
`[step]` by its path, such as `step.size = 0.05`, in place of the common one. A
delay law that names its `distribution` (or `trace`) replaces the common law;
without it, single keys of the common law are changed.

A list where a single value is expected makes one racer per value, several
lists their product. The names of these racers are the protocol (or `name`)
with ` K=`, ` tau=`, ` s=` or the last part of the key, and the value:
`quorum = [2, 4]` under `k-async` gives "k-async K=2" and "k-async K=4". Names
must differ. A list in `[workers]`, `[communication]` or `[step]` does the same
to every racer that does not give the key itself.
)";

constexpr std::string_view kLaws = R"(
## Delay laws

`{ distribution = "NAME", ... }` with the keys below; all of them are required.

| distribution | times | numbers |
|---|---|---|
)";

constexpr std::string_view kTraces = R"(
`workers.delay` may instead be `{ trace = "FILE.csv" }`: a CSV file with the
header `worker,gradient,seconds`. Workers and gradients count from 0, rows come
in any order; a gap, a duplicate or too few workers is an error.
)";

constexpr std::string_view kGenerators = R"(
## Data generators

`{ generate = "NAME", ... }` in place of a path, with these keys:
)";

// A cell of a Markdown table.
std::string Cell(std::string_view text) {
  std::string cell;
  for (const char c : text) {
    if (c == '|') cell += '\\';
    cell += c;
  }
  return cell;
}

std::string DefaultCell(const std::string& fallback) {
  if (fallback.empty()) return "";
  return fallback == internal::kRequired ? fallback : '`' + fallback + '`';
}

template <typename Target>
std::string Row(const BasicKey<Target>& key) {
  return fmt::format("| `{}` | {} | {} | {} |\n", key.path,
                     Cell(key.type.Describe()), DefaultCell(key.fallback),
                     Cell(key.meaning));
}

constexpr std::string_view kHead =
    "\n| key | value | default | meaning |\n|---|---|---|---|\n";

template <typename Target>
void AddTable(std::span<const BasicKey<Target>> keys, std::string& text) {
  text += kHead;
  for (const BasicKey<Target>& key : keys) text += Row(key);
}

// One table for each run of keys that share their first part.
void AddSections(std::span<const internal::Key> keys, std::string& text) {
  std::string_view section = "-";
  for (const internal::Key& key : keys) {
    const std::string_view path = key.path;
    const std::size_t dot = path.find('.');
    const auto own = path.substr(0, dot == path.npos ? 0 : dot);
    if (own != section) {
      text +=
          own.empty() ? "\n## Top level\n" : fmt::format("\n## [{}]\n", own);
      text += kHead;
      section = own;
    }
    text += Row(key);
  }
}

void AddRacers(std::string& text) {
  text += kRacers;
  AddTable(internal::RacerKeys(), text);
  text += "\n| protocol | what it does |\n|---|---|\n";
  for (const Preset& preset : Presets()) {
    text += fmt::format("| `{}` | {} |\n", preset.name, preset.summary);
  }
}

void AddLaws(std::string& text) {
  text += kLaws;
  for (const DelayLawInfo& law : DelayLaws()) {
    std::string times;
    std::string numbers;
    for (const DelayLawInfo::Key& key : law.keys) {
      std::string& cell = key.is_time ? times : numbers;
      cell += fmt::format("{}`{}`{}", cell.empty() ? "" : ", ", key.name,
                          key.is_list ? " (a list)" : "");
    }
    text += fmt::format("| `{}` | {} | {} |\n", law.name, times, numbers);
  }
  text += kTraces;
}

void AddGenerators(std::string& text) {
  text += kGenerators;
  text += "\n`digits`: 28 x 28 grey images of the ten digits.\n";
  AddTable(internal::DigitsKeys(), text);
  text +=
      "\n`sparse-classification`: sparse rows of unit norm, labels -1 and +1 "
      "from a\nplanted linear model.\n";
  AddTable(internal::SparseClassificationKeys(), text);
  text += "\n`regression`: normal rows, target from a planted linear model.\n";
  AddTable(internal::RegressionKeys(), text);
}

}  // namespace

std::string DescribeKeys() {
  std::string text(kIntroduction);
  AddSections(internal::ExperimentKeys(), text);
  AddSections(internal::CommonKeys(), text);
  AddRacers(text);
  AddLaws(text);
  AddGenerators(text);
  text += "\n## Not in this version\n\n";
  for (const auto& key : internal::UnavailableKeys()) {
    text += fmt::format("- `{}` {}.\n", key.path, key.reason);
  }
  return text;
}

}  // namespace tortoise
