// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <tuple>
#include <utility>

#include "tortoise/core/error.h"
#include "tortoise/core/text.h"
#include "tortoise/straggler/delay_tape.h"

namespace tortoise {
namespace {

constexpr std::string_view kHeader = "worker,gradient,seconds";

struct Entry {
  std::uint64_t worker;
  std::uint64_t gradient;
  std::size_t line;
  double seconds;
};

// What a message shows of a bad field: short and printable whatever it was.
std::string Quoted(std::string_view text) {
  constexpr std::size_t kLongest = 32;
  std::string shown(text.substr(0, kLongest));
  for (char& c : shown) {
    if (c < ' ' || c > '~') c = '?';
  }
  return '"' + shown + (text.size() > kLongest ? "...\"" : "\"");
}

// Reads one file; knows its name and the line for messages.
class TraceReader {
 public:
  TraceReader(std::string_view text, const std::string& name)
      : rest_(text), name_(name) {}

  std::vector<Entry> Entries() {
    if (rest_.starts_with("\x1f\x8b")) {
      throw InputError(name_, 0, "is compressed; unpack it first");
    }
    const std::string_view header = NextLine();
    if (header != kHeader) {
      throw InputError(
          name_, 1,
          fmt::format("header {} must be \"{}\"", Quoted(header), kHeader));
    }
    std::vector<Entry> entries;
    while (!rest_.empty()) entries.push_back(ParseRow(NextLine()));
    if (entries.empty()) throw InputError(name_, 0, "has no rows");
    return entries;
  }

 private:
  // Lines end with LF or CRLF; the last one may lack its end.
  std::string_view NextLine() {
    ++line_;
    const std::size_t end = std::min(rest_.find('\n'), rest_.size());
    std::string_view line = rest_.substr(0, end);
    rest_.remove_prefix(std::min(end + 1, rest_.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
  }

  Entry ParseRow(std::string_view row) const {
    std::array<std::string_view, 3> column;
    const auto commas = std::count(row.begin(), row.end(), ',');
    if (commas != 2) {
      throw InputError(name_, line_,
                       row.empty() ? std::string("line is empty")
                                   : fmt::format("row has {} columns and must "
                                                 "have 3 ({})",
                                                 commas + 1, kHeader));
    }
    for (std::string_view& field : column) {
      const std::size_t end = std::min(row.find(','), row.size());
      field = row.substr(0, end);
      row.remove_prefix(std::min(end + 1, row.size()));
    }
    return {ParseIndex("worker", column[0]), ParseIndex("gradient", column[1]),
            line_, ParseSeconds(column[2])};
  }

  std::uint64_t ParseIndex(std::string_view key, std::string_view text) const {
    std::uint64_t value = 0;
    const char* const end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, value);
    if (error != std::errc() || stop != end) {
      throw InputError(
          name_, line_,
          fmt::format("{} = {} must be an integer >= 0", key, Quoted(text)));
    }
    return value;
  }

  double ParseSeconds(std::string_view text) const {
    const std::optional<double> value = ParseNumber(text);
    if (!value || *value < 0) {
      throw InputError(name_, line_,
                       fmt::format("seconds = {} must be a finite number >= 0",
                                   Quoted(text)));
    }
    return *value + 0.0;  // "-0" becomes 0
  }

  std::string_view rest_;
  const std::string& name_;
  std::size_t line_ = 0;
};

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
  std::vector<Entry> entries = TraceReader(text, name).Entries();
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
