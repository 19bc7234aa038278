// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
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

struct Layout {
  std::vector<std::string> names{};  // empty without a header
  std::size_t columns = 0;           // with the target
  std::size_t target = 0;
};

struct Rows {
  std::vector<float> values{};
  std::vector<double> labels{};
};

std::string_view TakeField(std::string_view* line) {
  const std::string_view field = line->substr(0, line->find(','));
  line->remove_prefix(std::min(field.size() + 1, line->size()));
  return internal::Trim(field);
}

std::size_t CountFields(std::string_view line) {
  return static_cast<std::size_t>(std::ranges::count(line, ',')) + 1;
}

// A field that is empty, or a number that is not finite, does not make a
// header: else a faulty first row would be dropped in silence.
bool IsHeader(std::string_view line) {
  for (std::size_t left = CountFields(line); left > 0; --left) {
    const std::string_view field = TakeField(&line);
    if (!field.empty() && !internal::LooksNumeric(field)) return true;
  }
  return false;
}

// Names may stand in double quotes, which then may hold commas; a quote
// inside is doubled.
std::vector<std::string> ReadHeader(std::string_view line) {
  std::vector<std::string> names(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '"' && quoted && line.substr(i + 1).starts_with('"')) {
      names.back() += line[i++];
    } else if (line[i] == '"') {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      names.emplace_back();
    } else {
      names.back() += line[i];
    }
  }
  if (quoted) throw LineError("a quote in the header is not closed");
  for (std::string& name : names) name = std::string(internal::Trim(name));
  return names;
}

std::string ColumnText(const Layout& layout, std::size_t column) {
  const bool named = column < layout.names.size();
  return fmt::format("column {}{}", column,
                     named ? " " + Quote(layout.names[column]) : "");
}

std::string UnknownTarget(const Layout& layout, const std::string& target) {
  std::string text =
      fmt::format("no column {} for the target; columns are numbered 0 to {}",
                  Quote(target), layout.columns - 1);
  const auto close = Closest(target, layout.names);
  if (close) text += fmt::format("; did you mean {}?", Quote(*close));
  return text;
}

std::size_t FindTarget(const Layout& layout, const std::string& target) {
  if (target.empty()) return layout.columns - 1;
  const auto found = std::ranges::find(layout.names, target);
  if (found != layout.names.end()) {
    if (std::ranges::count(layout.names, target) > 1) {
      throw LineError(
          fmt::format("more than one column is named {}", Quote(target)));
    }
    return static_cast<std::size_t>(found - layout.names.begin());
  }
  std::size_t number = 0;
  const char* const end = target.data() + target.size();
  const auto [rest, error] = std::from_chars(target.data(), end, number);
  if (error != std::errc() || rest != end || number >= layout.columns) {
    throw LineError(UnknownTarget(layout, target));
  }
  return number;
}

// From the first line that is not blank.
Layout ReadLayout(std::string_view line, const ReadOptions& options) {
  Layout layout;
  if (IsHeader(line)) layout.names = ReadHeader(line);
  layout.columns =
      layout.names.empty() ? CountFields(line) : layout.names.size();
  layout.target = FindTarget(layout, options.target);
  if (layout.columns == 1) {
    throw LineError("has one column only; a target and features are needed");
  }
  if (options.num_columns > 0 && layout.columns - 1 != options.num_columns) {
    throw LineError(fmt::format("has {} columns beside the target, must be {}",
                                layout.columns - 1, options.num_columns));
  }
  return layout;
}

void ParseRow(std::string_view line, const Layout& layout, Rows* rows) {
  if (internal::Trim(line).empty()) return;
  const std::size_t fields = CountFields(line);
  if (fields != layout.columns) {
    throw LineError(fmt::format("has {} fields, the first line has {}", fields,
                                layout.columns));
  }
  for (std::size_t column = 0; column < fields; ++column) {
    const std::string_view field = TakeField(&line);
    try {
      if (column == layout.target) {
        rows->labels.push_back(internal::ReadDouble(field, "field"));
      } else {
        rows->values.push_back(internal::ReadFloat(field, "field"));
      }
    } catch (const LineError& error) {
      throw LineError(ColumnText(layout, column) + ": " + error.what());
    }
  }
}

Dataset Concatenate(const std::vector<Rows>& pieces, std::size_t columns) {
  std::vector<std::size_t> before;
  std::vector<double> labels;
  for (const Rows& piece : pieces) {
    before.push_back(labels.size() * columns);
    labels.insert(labels.end(), piece.labels.begin(), piece.labels.end());
  }
  AlignedVector<float> values(labels.size() * columns);
  ForEachBlock(pieces.size(), [&](std::size_t i) {
    std::ranges::copy(pieces[i].values, values.data() + before[i]);
  });
  return Dataset::Dense(std::move(values), std::move(labels), columns);
}

}  // namespace

Dataset ParseCsv(std::string_view text, const std::string& name,
                 const ReadOptions& options) {
  std::size_t lines_before = 0;
  std::string_view rest = text;
  std::string_view line;
  while (internal::Trim(line).empty()) {
    if (rest.empty()) throw InputError(name, 0, "holds no rows");
    text = rest;
    line = internal::TakeLine(&rest);
    ++lines_before;
  }
  Layout layout;
  try {
    layout = ReadLayout(line, options);
  } catch (const LineError& error) {
    throw InputError(name, lines_before, error.what());
  }
  const bool has_header = !layout.names.empty();
  if (!has_header) --lines_before;

  const auto texts = internal::SplitAtLines(has_header ? rest : text);
  std::vector<Rows> pieces(texts.size());
  std::vector<internal::PieceStatus> status(texts.size());
  ForEachBlock(texts.size(), [&](std::size_t i) {
    status[i] = internal::ForEachLine(texts[i], [&](std::string_view row) {
      ParseRow(row, layout, &pieces[i]);
    });
  });
  internal::ThrowFirstFault(status, name, lines_before);
  const bool empty = std::ranges::all_of(
      pieces, [](const Rows& rows) { return rows.labels.empty(); });
  if (empty) throw InputError(name, 0, "holds a header, but no rows");
  return Concatenate(pieces, layout.columns - 1);
}

}  // namespace tortoise
