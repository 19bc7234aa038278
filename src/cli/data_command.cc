// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>

#include "cli/commands.h"
#include "cli/output.h"
#include "core/text.h"
#include "tortoise/data/read.h"

namespace tortoise::cli {
namespace {

// What can be told only from the entries themselves.
struct Entries {
  std::size_t nonzeros = 0;  // stored zeros of dense rows do not count
  std::size_t empty_rows = 0;
  double low = std::numeric_limits<double>::infinity();
  double high = -std::numeric_limits<double>::infinity();
};

Entries Scan(const Dataset& data) {
  Entries entries;
  for (std::size_t r = 0; r < data.num_rows(); ++r) {
    const auto values = data.is_sparse() ? data.Row(r).value : data.DenseRow(r);
    std::size_t nonzeros = 0;
    for (const double value : values) {
      nonzeros += value != 0.0 ? 1 : 0;
      entries.low = std::min(entries.low, value);
      entries.high = std::max(entries.high, value);
    }
    entries.nonzeros += nonzeros;
    entries.empty_rows += nonzeros == 0 ? 1 : 0;
    // Entries that a sparse row does not hold are zeros.
    if (values.size() < data.num_columns()) {
      entries.low = std::min(entries.low, 0.0);
      entries.high = std::max(entries.high, 0.0);
    }
  }
  return entries;
}

void PrintLabels(const Dataset& data) {
  Print(fmt::format("labels        {}\n", ToString(data.label_kind())));
  if (data.label_kind() == LabelKind::kReal) {
    const auto [low, high] = std::ranges::minmax(data.labels());
    Print(fmt::format("  from {} to {}\n", ShortestDecimal(low),
                      ShortestDecimal(high)));
    return;
  }
  std::map<double, std::size_t> counts;
  for (const double label : data.labels()) ++counts[label];
  for (const auto& [label, count] : counts) {
    Print(fmt::format("  {:<11} {:>12} {:6.2f} %\n", ShortestDecimal(label),
                      Grouped(count),
                      100.0 * static_cast<double>(count) /
                          static_cast<double>(data.num_rows())));
  }
}

}  // namespace

int DataCommand(const Arguments& arguments) {
  const Dataset data = ReadDataset(
      arguments.file, {.format = arguments.format, .target = arguments.target});
  const Entries entries = Scan(data);
  const double cells = static_cast<double>(data.num_rows()) *
                       static_cast<double>(data.num_columns());
  Print(fmt::format("rows          {}\n", Grouped(data.num_rows())));
  Print(fmt::format("columns       {}\n", Grouped(data.num_columns())));
  Print(fmt::format("stored as     {} rows\n",
                    data.is_sparse() ? "sparse" : "dense"));
  Print(fmt::format("nonzeros      {}\n", Grouped(entries.nonzeros)));
  if (cells > 0.0) {
    Print(fmt::format("density       {:.4g} %\n",
                      100.0 * static_cast<double>(entries.nonzeros) / cells));
    Print(fmt::format("values        from {} to {}\n",
                      ShortestDecimal(entries.low),
                      ShortestDecimal(entries.high)));
  }
  Print(fmt::format("empty rows    {}\n", Grouped(entries.empty_rows)));
  PrintLabels(data);
  return kFine;
}

}  // namespace tortoise::cli
