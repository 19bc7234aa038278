// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/settings/data_keys.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>
#include <type_traits>
#include <utility>
#include <vector>

#include "core/text.h"
#include "experiment/settings/bind.h"

namespace tortoise::internal {
namespace {

const std::vector<std::string> kGenerators = {"digits", "sparse-classification",
                                              "regression"};

constexpr double kMaxRows = 1e9;
constexpr double kMaxColumns = 4294967295.0;  // ids are 32-bit

template <typename Options>
BasicKey<Options> Seed() {
  return BindTo<Options>(
      "seed", KeyType::Integer(0), "",
      "Of the generator; default: the experiment's.",
      [](auto& o) -> auto& { return o.seed; });
}

template <typename Options>
Options ReadGenerator(std::span<const BasicKey<Options>> keys,
                      const TomlValue& table, std::uint64_t default_seed) {
  std::vector<std::string> known = {"generate"};
  for (const BasicKey<Options>& key : keys) known.push_back(key.path);
  for (const TomlMember& member : table.members) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    const std::string meant = DidYouMean(member.key, known);
    throw ErrorAt(member.value,
                  "unknown key" +
                      (meant.empty() ? fmt::format("; this generator takes {}",
                                                   fmt::join(known.begin() + 1,
                                                             known.end(), ", "))
                                     : meant));
  }
  Options options;
  options.seed = default_seed;
  ReadKeys(keys, table, options);
  return options;
}

template <typename Options>
std::string WriteGenerator(const char* name,
                           std::span<const BasicKey<Options>> keys,
                           const Options& options) {
  std::string text = fmt::format("{{ generate = \"{}\"", name);
  for (const BasicKey<Options>& key : keys) {
    text += fmt::format(", {} = {}", key.path, key.write(options));
  }
  return text + " }";
}

// Refuses what would need more memory than any machine has.
void CheckSize(const TomlValue& table, std::size_t rows, std::size_t columns) {
  constexpr double kMost = 1e11;
  const double entries =
      static_cast<double>(rows) * static_cast<double>(columns);
  if (entries > kMost) {
    throw ErrorAt(table, fmt::format("{} rows with {} entries each do not fit "
                                     "into memory",
                                     rows, columns));
  }
}

SparseClassificationOptions ReadSparse(const TomlValue& table,
                                       std::uint64_t default_seed) {
  const auto options =
      ReadGenerator(SparseClassificationKeys(), table, default_seed);
  CheckSize(table, options.rows, options.nonzeros);
  if (options.nonzeros > options.columns) {
    const TomlValue* given = table.Find("nonzeros");
    throw ErrorAt(given != nullptr ? *given : table,
                  fmt::format("nonzeros = {} must be at most columns = {}",
                              options.nonzeros, options.columns));
  }
  return options;
}

}  // namespace

std::span<const BasicKey<DigitsOptions>> DigitsKeys() {
  using Options = DigitsOptions;
  static const std::vector<BasicKey<Options>> kKeys = {
      BindTo<Options>(
          "rows", KeyType::Integer(1, kMaxRows), "10000", "Number of images.",
          [](auto& o) -> auto& { return o.rows; }),
      BindTo<Options>(
          "noise", KeyType::Number(0), "0.1", "Standard deviation of a pixel.",
          [](auto& o) -> auto& { return o.noise; }),
      Seed<Options>()};
  return kKeys;
}

std::span<const BasicKey<SparseClassificationOptions>>
SparseClassificationKeys() {
  using Options = SparseClassificationOptions;
  static const std::vector<BasicKey<Options>> kKeys = {
      BindTo<Options>(
          "rows", KeyType::Integer(1, kMaxRows), "10000", "Number of rows.",
          [](auto& o) -> auto& { return o.rows; }),
      BindTo<Options>(
          "columns", KeyType::Integer(1, kMaxColumns), "10000",
          "Number of features.", [](auto& o) -> auto& { return o.columns; }),
      BindTo<Options>(
          "nonzeros", KeyType::Integer(1, kMaxColumns), "50",
          "Features of a row on average; at most columns.",
          [](auto& o) -> auto& { return o.nonzeros; }),
      BindTo<Options>(
          "label_noise", KeyType::Number(0, 0.5), "0.05",
          "Share of flipped labels.",
          [](auto& o) -> auto& { return o.label_noise; }),
      Seed<Options>()};
  return kKeys;
}

std::span<const BasicKey<RegressionOptions>> RegressionKeys() {
  using Options = RegressionOptions;
  static const std::vector<BasicKey<Options>> kKeys = {
      BindTo<Options>(
          "rows", KeyType::Integer(1, kMaxRows), "10000", "Number of rows.",
          [](auto& o) -> auto& { return o.rows; }),
      BindTo<Options>(
          "columns", KeyType::Integer(1, kMaxColumns), "20",
          "Number of features.", [](auto& o) -> auto& { return o.columns; }),
      BindTo<Options>(
          "noise", KeyType::Number(0), "0.1",
          "Standard deviation of the target.",
          [](auto& o) -> auto& { return o.noise; }),
      Seed<Options>()};
  return kKeys;
}

DataSource ReadDataSource(const TomlValue& value, const std::string& base_dir,
                          std::uint64_t default_seed) {
  if (value.kind == TomlValue::Kind::kString) {
    return AbsolutePath(value, base_dir);
  }
  const TomlValue* generator = value.Find("generate");
  if (generator == nullptr) {
    throw ErrorAt(value,
                  "a table needs generate, such as { generate = "
                  "\"digits\" }; a file is a string");
  }
  KeyType::OneOf(kGenerators).Check(*generator);
  if (generator->text == "digits") {
    const auto options = ReadGenerator(DigitsKeys(), value, default_seed);
    CheckSize(value, options.rows, 784);
    return options;
  }
  if (generator->text == "regression") {
    const auto options = ReadGenerator(RegressionKeys(), value, default_seed);
    CheckSize(value, options.rows, options.columns);
    return options;
  }
  return ReadSparse(value, default_seed);
}

std::uint64_t SeedOf(const std::optional<DataSource>& source,
                     std::uint64_t otherwise) {
  if (!source) return otherwise;
  return std::visit(
      [&](const auto& each) -> std::uint64_t {
        if constexpr (std::is_same_v<decltype(each), const std::string&>) {
          return otherwise;
        } else {
          return each.seed;
        }
      },
      *source);
}

std::string WriteDataSource(const std::optional<DataSource>& source) {
  if (!source) return "";
  if (const auto* path = std::get_if<std::string>(&*source)) {
    return TomlString(*path);
  }
  if (const auto* digits = std::get_if<DigitsOptions>(&*source)) {
    return WriteGenerator("digits", DigitsKeys(), *digits);
  }
  if (const auto* regression = std::get_if<RegressionOptions>(&*source)) {
    return WriteGenerator("regression", RegressionKeys(), *regression);
  }
  return WriteGenerator("sparse-classification", SparseClassificationKeys(),
                        std::get<SparseClassificationOptions>(*source));
}

std::string AbsolutePath(const TomlValue& value, const std::string& base_dir) {
  if (value.text.empty()) throw ErrorAt(value, "must not be an empty path");
  return (std::filesystem::path(base_dir) / value.text)
      .lexically_normal()
      .string();
}

}  // namespace tortoise::internal
