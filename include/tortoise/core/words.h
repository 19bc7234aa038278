// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <concepts>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace tortoise {

/// The word that stands for a value of an enum in files and messages.
template <typename E>
struct Word {
  E value;
  const char* word;
};

/// An enum with one table of words, which a function `WordsOf` beside it
/// returns. Files, messages and options all take their words from there.
template <typename E>
concept Worded = requires(E value) {
  { WordsOf(value) } -> std::convertible_to<std::span<const Word<E>>>;
};

/// Empty for a value that the table lacks.
template <Worded E>
[[nodiscard]] constexpr const char* ToString(E value) {
  for (const Word<E>& each : WordsOf(E())) {
    if (each.value == value) return each.word;
  }
  return "";
}

/// The value of a word, or nothing.
template <Worded E>
[[nodiscard]] constexpr std::optional<E> Parse(std::string_view word) {
  for (const Word<E>& each : WordsOf(E())) {
    if (each.word == word) return each.value;
  }
  return std::nullopt;
}

/// All words, in order of the table.
template <Worded E>
[[nodiscard]] std::vector<std::string> AllWords() {
  std::vector<std::string> words;
  for (const Word<E>& each : WordsOf(E())) words.emplace_back(each.word);
  return words;
}

}  // namespace tortoise
