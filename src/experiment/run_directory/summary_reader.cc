// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/summary_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <filesystem>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>
#include <system_error>
#include <utility>

#include "experiment/run_directory/run_directory.h"
#include "tortoise/core/error.h"

namespace tortoise::internal {
namespace {

using nlohmann::json;

// A value of the file that knows where it stands.
class Node {
 public:
  Node(const json& value, std::string place, const std::string& file)
      : value_(value), place_(std::move(place)), file_(file) {}

  [[nodiscard]] Node At(const char* key) const {
    if (!value_.is_object()) Fail("an object");
    const auto found = value_.find(key);
    const std::string place = place_.empty() ? key : place_ + '.' + key;
    if (found == value_.end()) {
      throw InputError(file_, 0, place + " is missing");
    }
    return {*found, place, file_};
  }

  [[nodiscard]] std::vector<Node> Items() const {
    if (!value_.is_array()) Fail("a list");
    std::vector<Node> items;
    for (const json& item : value_) {
      items.emplace_back(item, fmt::format("{}[{}]", place_, items.size()),
                         file_);
    }
    return items;
  }

  [[nodiscard]] std::string Text() const {
    if (!value_.is_string()) Fail("a string");
    return value_.get<std::string>();
  }

  [[nodiscard]] std::optional<double> NumberOrNull() const {
    if (value_.is_null()) return std::nullopt;
    if (!value_.is_number()) Fail("a number or null");
    return value_.get<double>();
  }

  // What was not measured is NaN.
  [[nodiscard]] double Number() const {
    return NumberOrNull().value_or(std::numeric_limits<double>::quiet_NaN());
  }

  [[nodiscard]] std::optional<std::int64_t> CountOrNull() const {
    return value_.is_null() ? std::nullopt : std::optional(Count());
  }

  [[nodiscard]] std::int64_t Count() const {
    constexpr auto kMost =
        static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
    if (!value_.is_number_unsigned() || value_.get<std::uint64_t>() > kMost) {
      Fail("an integer >= 0");
    }
    return value_.get<std::int64_t>();
  }

  [[noreturn]] void Fail(const char* right) const {
    throw InputError(file_, 0,
                     fmt::format("{} must be {}",
                                 place_.empty() ? "the file" : place_, right));
  }

 private:
  const json& value_;
  std::string place_;
  const std::string& file_;
};

// "seconds": one of the words of an enum.
template <Worded E>
E ReadWord(const Node& node) {
  const auto value = Parse<E>(node.Text());
  if (value) return *value;
  node.Fail(fmt::format("one of {}", fmt::join(AllWords<E>(), ", ")).c_str());
}

int ReadWorkers(const Node& node) {
  const std::int64_t count = node.Count();
  if (count < 1 || count > std::numeric_limits<int>::max()) {
    node.Fail("a number of workers");
  }
  return static_cast<int>(count);
}

Summary ReadSummary(const Node& node, int version) {
  Summary summary;
  summary.termination = ReadWord<Termination>(node.At("termination"));
  summary.message = node.At("message").Text();
  summary.num_workers = ReadWorkers(node.At("workers"));
  summary.seconds = node.At("seconds").Number();
  summary.last_update_seconds = node.At("last_update_seconds").Number();
  summary.updates = node.At("updates").Count();
  const Node gradients = node.At("gradients");
  summary.gradients = {
      .started = gradients.At("started").Count(),
      .applied = gradients.At("applied").Count(),
      .cancelled = gradients.At("cancelled").Count(),
      // Version 2 knows none.
      .dropped = version == 2 ? 0 : gradients.At("dropped").Count(),
      .unfinished = gradients.At("unfinished").Count()};
  const Node times = node.At("worker_seconds");
  summary.worker_seconds = {.computing = times.At("computing").Number(),
                            .straggling = times.At("straggling").Number(),
                            .waiting = times.At("waiting").Number(),
                            .communicating = times.At("communicating").Number(),
                            .cancelled = times.At("cancelled").Number()};
  const Node overshoot = node.At("delay_overshoot");
  summary.delay_overshoot = {.p50 = overshoot.At("p50").NumberOrNull(),
                             .p99 = overshoot.At("p99").NumberOrNull()};
  summary.compute_load = node.At("compute_load").NumberOrNull();
  summary.computing_per_gradient =
      node.At("computing_per_gradient").NumberOrNull();
  summary.parameters_checksum = node.At("parameters_checksum").Text();
  const Node records = node.At("records");
  summary.contributions_recorded = records.At("contributions").Count();
  summary.contributions_kept = records.At("contributions_kept").Count();
  summary.updates_kept = records.At("updates_kept").Count();
  return summary;
}

SummaryEntry ReadEntry(const Node& node, int version) {
  SummaryEntry read;
  read.entry.name = node.At("name").Text();
  read.entry.repeat = static_cast<std::uint64_t>(node.At("repeat").Count());
  read.entry.summary = ReadSummary(node, version);
  read.entry.seconds_to_target = node.At("seconds_to_target").NumberOrNull();
  read.final_loss = node.At("loss").At("final").NumberOrNull();
  const Node staleness = node.At("staleness");
  read.mean_staleness = staleness.At("mean").NumberOrNull();
  read.max_staleness = staleness.At("max").CountOrNull();
  return read;
}

json ParseFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::error_code ignored;
  if (!file || std::filesystem::is_directory(path, ignored)) {
    throw InputError(path, 0, "cannot be opened");
  }
  try {
    return json::parse(file);
  } catch (const json::exception& error) {
    throw InputError(path, 0, fmt::format("is not JSON: {}", error.what()));
  }
}

}  // namespace

RaceSummary ReadSummaryJson(const std::string& path) {
  const json document = ParseFile(path);
  const Node root(document, "", path);
  const std::int64_t version = root.At("format_version").Count();
  if (version != 2 && version != RunDirectory::kFormatVersion) {
    throw InputError(path, 0,
                     fmt::format("format_version = {} must be 2 or {}: another "
                                 "version of this program wrote it",
                                 version, RunDirectory::kFormatVersion));
  }
  RaceSummary race;
  race.format_version = static_cast<int>(version);
  race.clock = ReadWord<Clock>(root.At("clock"));
  const Node problem = root.At("problem");
  if (const auto count = problem.At("num_samples").CountOrNull()) {
    race.num_samples = static_cast<std::size_t>(*count);
  }
  race.num_parameters =
      static_cast<std::size_t>(problem.At("num_parameters").Count());
  race.target_loss = root.At("target_loss").NumberOrNull();
  for (const Node& item : root.At("racers").Items()) {
    race.entries.push_back(ReadEntry(item, race.format_version));
  }
  return race;
}

}  // namespace tortoise::internal
