// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string_view>
#include <system_error>
#include <tuple>
#include <utility>

#include "core/lines.h"
#include "core/text.h"
#include "tortoise/core/error.h"
#include "tortoise/straggler/delay_source.h"

namespace tortoise {
namespace {

constexpr std::string_view kHeader = "worker,gradient,seconds";

struct Entry {
  std::uint64_t worker;
  std::uint64_t gradient;
  std::size_t line;
  double seconds;
};

std::uint64_t ReadIndex(std::string_view key, std::string_view text) {
  std::uint64_t value = 0;
  const char* const end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc() || stop != end) {
    throw internal::LineError(
        fmt::format("{} = {} must be an integer >= 0", key, Quote(text)));
  }
  return value;
}

double ReadSeconds(std::string_view text) {
  const std::optional<double> value = ParseNumber(text);
  if (!value || *value < 0) {
    throw internal::LineError(
        fmt::format("seconds = {} must be a finite number >= 0", Quote(text)));
  }
  return *value + 0.0;  // "-0" becomes 0
}

Entry ReadRow(std::string_view row, std::size_t line) {
  if (row.empty()) throw internal::LineError("line is empty");
  const auto columns = std::ranges::count(row, ',') + 1;
  if (columns != 3) {
    throw internal::LineError(fmt::format(
        "row has {} columns and must have 3 ({})", columns, kHeader));
  }
  const std::size_t first = row.find(',');
  const std::size_t second = row.find(',', first + 1);
  return {ReadIndex("worker", row.substr(0, first)),
          ReadIndex("gradient", row.substr(first + 1, second - first - 1)),
          line, ReadSeconds(row.substr(second + 1))};
}

std::vector<Entry> ReadEntries(std::string_view text, const std::string& name) {
  if (text.starts_with("\x1f\x8b")) {
    throw InputError(name, 0, "is compressed; unpack it first");
  }
  const std::string_view header = internal::TakeLine(&text);
  if (header != kHeader) {
    throw InputError(
        name, 1,
        fmt::format("header {} must be \"{}\"", Quote(header), kHeader));
  }
  std::vector<Entry> entries;
  const auto status = internal::ForEachLine(text, [&](std::string_view row) {
    entries.push_back(ReadRow(row, entries.size() + 2));
  });
  internal::ThrowFirstFault({status}, name, 1);
  if (entries.empty()) throw InputError(name, 0, "has no rows");
  return entries;
}

// `entry` comes next in order of worker and gradient, so it must continue what
// is there. Nothing is ever allocated for an index, only for a row.
void Append(const Entry& entry, const std::string& name, const Entry* previous,
            Trace& trace) {
  auto& workers = trace.seconds;
  if (previous != nullptr && previous->worker == entry.worker &&
      previous->gradient == entry.gradient) {
    throw InputError(name, entry.line,
                     fmt::format("worker {}, gradient {} is given twice; the "
                                 "first time on line {}",
                                 entry.worker, entry.gradient, previous->line));
  }
  if (entry.worker > workers.size()) {
    throw InputError(name, entry.line,
                     fmt::format("worker {} has rows, but worker {} has none",
                                 entry.worker, workers.size()));
  }
  if (entry.worker == workers.size()) workers.emplace_back();
  std::vector<double>& seconds = workers.back();
  if (entry.gradient > seconds.size()) {
    throw InputError(name, entry.line,
                     fmt::format("worker {} has gradient {}, but not gradient "
                                 "{}",
                                 entry.worker, entry.gradient, seconds.size()));
  }
  seconds.push_back(entry.seconds);
}

}  // namespace

double Trace::Mean() const {
  double sum = 0.0;
  std::size_t count = 0;
  for (const std::vector<double>& worker : seconds) {
    for (const double value : worker) sum += value;
    count += worker.size();
  }
  return count == 0 ? 0.0 : sum / static_cast<double>(count);
}

Trace ParseTrace(std::string_view text, const std::string& name) {
  std::vector<Entry> entries = ReadEntries(text, name);
  std::sort(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
    return std::tie(a.worker, a.gradient, a.line) <
           std::tie(b.worker, b.gradient, b.line);
  });
  Trace trace;
  const Entry* previous = nullptr;
  for (const Entry& entry : entries) {
    Append(entry, name, previous, trace);
    previous = &entry;
  }
  return trace;
}

Trace ReadTrace(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) {
    throw InputError(path, 0, "is a folder, not a trace");
  }
  std::ifstream file(path, std::ios::binary);
  if (!file) throw InputError(path, 0, "cannot be opened");
  std::ostringstream text;
  text << file.rdbuf();
  if (file.bad() || text.bad()) throw InputError(path, 0, "cannot be read");
  return ParseTrace(text.str(), path);
}

}  // namespace tortoise
