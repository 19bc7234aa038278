// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

#include "core/lines.h"
#include "core/parallel.h"
#include "core/text.h"
#include "tortoise/core/error.h"
#include "tortoise/data/read.h"

namespace tortoise {
namespace {

using internal::LineError;

constexpr std::uint64_t kLargestId = std::uint64_t{1} << 32;

// The rows of one piece of the text.
struct Rows {
  std::vector<std::uint64_t> ends{};  // in `index`, one per row
  std::vector<std::uint32_t> index{};
  std::vector<float> value{};
  std::vector<double> labels{};
  std::uint64_t largest_id = 0;
};

// Cuts the next token off `line`; empty at its end.
std::string_view TakeToken(std::string_view* line) {
  const std::size_t begin = line->find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  line->remove_prefix(begin);
  const std::string_view token = line->substr(0, line->find_first_of(" \t"));
  line->remove_prefix(token.size());
  return token;
}

std::uint64_t ReadId(std::string_view digits, std::string_view token) {
  std::uint64_t id = 0;
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), id);
  if (error == std::errc::invalid_argument ||
      end != digits.data() + digits.size()) {
    throw LineError(
        fmt::format("id in {} is not a whole number from 1", Quote(token)));
  }
  if (error != std::errc() || id > kLargestId) {
    throw LineError(fmt::format("id in {} is above 2^32", Quote(token)));
  }
  if (id == 0) {
    throw LineError(
        fmt::format("id in {} is 0; ids count from 1", Quote(token)));
  }
  return id;
}

void CheckOrder(std::uint64_t id, std::uint64_t previous, std::uint64_t limit) {
  if (id == previous) throw LineError(fmt::format("id {} appears twice", id));
  if (id < previous) {
    throw LineError(
        fmt::format("id {} follows id {}; ids must increase", id, previous));
  }
  if (limit > 0 && id > limit) {
    throw LineError(
        fmt::format("id {} is above {}, the number of columns", id, limit));
  }
}

void ParseRow(std::string_view line, std::uint64_t limit, Rows* rows) {
  line = line.substr(0, line.find('#'));
  std::string_view token = TakeToken(&line);
  if (token.empty()) return;
  const double label = internal::ReadDouble(token, "label");
  std::uint64_t previous = 0;
  while (!(token = TakeToken(&line)).empty()) {
    const std::size_t colon = token.find(':');
    if (colon == std::string_view::npos) {
      throw LineError(fmt::format("{} is not id:value", Quote(token)));
    }
    const std::uint64_t id = ReadId(token.substr(0, colon), token);
    CheckOrder(id, previous, limit);
    const float value = internal::ReadFloat(token.substr(colon + 1), "value");
    rows->index.push_back(static_cast<std::uint32_t>(id - 1));
    rows->value.push_back(value);
    previous = id;
  }
  rows->largest_id = std::max(rows->largest_id, previous);
  rows->labels.push_back(label);
  rows->ends.push_back(rows->index.size());
}

template <typename T>
void Append(const std::vector<T>& more, std::vector<T>* all) {
  all->insert(all->end(), more.begin(), more.end());
}

// One after the other, and each piece freed once copied.
Rows Concatenate(std::vector<Rows>* pieces) {
  std::size_t entries = 0;
  std::size_t labels = 0;
  for (const Rows& piece : *pieces) {
    entries += piece.index.size();
    labels += piece.labels.size();
  }
  Rows all;
  all.ends.reserve(labels + 1);
  all.ends.push_back(0);
  all.index.reserve(entries);
  all.value.reserve(entries);
  all.labels.reserve(labels);
  for (Rows& piece : *pieces) {
    const std::uint64_t before = all.index.size();
    for (const std::uint64_t end : piece.ends) all.ends.push_back(before + end);
    Append(piece.index, &all.index);
    Append(piece.value, &all.value);
    Append(piece.labels, &all.labels);
    all.largest_id = std::max(all.largest_id, piece.largest_id);
    piece = Rows{};
  }
  return all;
}

}  // namespace

Dataset ParseLibsvm(std::string_view text, const std::string& name,
                    const ReadOptions& options) {
  const std::vector<std::string_view> texts = internal::SplitAtLines(text);
  std::vector<Rows> pieces(texts.size());
  std::vector<internal::PieceStatus> status(texts.size());
  ForEachBlock(texts.size(), [&](std::size_t i) {
    status[i] = internal::ForEachLine(texts[i], [&](std::string_view line) {
      ParseRow(line, options.num_columns, &pieces[i]);
    });
  });
  internal::ThrowFirstFault(status, name, 0);

  Rows all = Concatenate(&pieces);
  if (all.labels.empty()) throw InputError(name, 0, "holds no rows");
  const std::size_t columns =
      std::max<std::size_t>(options.num_columns, all.largest_id);
  if (columns == 0) throw InputError(name, 0, "no row has a feature");
  return Dataset::Sparse(std::move(all.ends), std::move(all.index),
                         std::move(all.value), std::move(all.labels), columns);
}

}  // namespace tortoise
