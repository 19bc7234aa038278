// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "tortoise/core/error.h"
#include "tortoise/data/generate.h"
#include "tortoise/data/read.h"
#include "tortoise/engine/race.h"
#include "tortoise/objective/stock.h"
#include "tortoise/theory/error_bounds.h"

namespace tortoise {

/// A data file (its absolute path) or a generator with its settings.
using DataSource = std::variant<std::string, DigitsOptions,
                                SparseClassificationOptions, RegressionOptions>;

/// The type of the parameters.
enum class Precision { kFloat, kDouble };
inline constexpr Word<Precision> kPrecisionWords[] = {
    {Precision::kFloat, "float"}, {Precision::kDouble, "double"}};
constexpr std::span<const Word<Precision>> WordsOf(Precision) {
  return kPrecisionWords;
}

/// What [problem] says.
struct ProblemSpec {
  std::string objective;           // "softmax", ..., "quadratic" or "none"
  std::optional<DataSource> data;  // nothing for quadratic and none
  std::optional<DataSource> test_data;
  DataFormat format = DataFormat::kAuto;  // of files
  std::string target;                     // CSV column; empty: the last
  Precision precision = Precision::kFloat;
  StockOptions stock;          // all objectives with data
  QuadraticOptions quadratic;  // quadratic
};

/// What one [[racer]] says after its lists were expanded, with what all racers
/// share filled in; or only what they share. `options` are ready to be run,
/// and a setting that they have has its one home there.
struct RacerSettings : Racer {
  // As given. `options.method` is made of them and of the protocol.
  std::string protocol;
  std::optional<int> num_workers;
  MethodSettings method;
  std::optional<double> step_size;  // as given

  std::string trace;              // absolute path, if the delay is one
  bool measures_compute = false;  // until `MeasureCompute` has done so

  /// One value of a list that made racers.
  struct Choice {
    std::string key;               // "step.size"
    std::string value;             // as in an experiment file: "0.1"
    std::optional<double> number;  // the same, if it is a number or a time
    std::string suffix;            // what it adds to the name: " size=0.1"
  };
  std::vector<Choice> choices;
  std::size_t table = 0;  // its [[racer]] in the file, from 0
};

/// A race as an experiment file describes it: checked, complete, and free of
/// relative paths.
struct Experiment {
  /// Where a key was given, for messages.
  struct Location {
    std::string file;      // or "--set KEY"
    std::size_t line = 0;  // from 1; 0 if there is none
  };

  std::string file;  // as given; stands in messages
  std::string name;
  std::uint64_t repeats = 1;
  ProblemSpec problem;
  TheoryConstants theory;  // what [theory] knows of the problem
  // What all racers share: clock, seed, [report] and [stop]; and [workers],
  // [communication] and [step], unless a racer gives its own.
  RacerSettings common;
  std::vector<RacerSettings> racers;

  // By path: "problem.objective". Keys left at their defaults are absent.
  std::map<std::string, Location> locations;

  [[nodiscard]] Clock clock() const { return common.options.clock; }
  [[nodiscard]] std::uint64_t seed() const { return common.options.seed; }
  [[nodiscard]] const StopRule& stop() const { return common.options.stop; }
  [[nodiscard]] const ReportOptions& report() const {
    return common.options.report;
  }

  /// The racers, for `Race`.
  [[nodiscard]] std::vector<Racer> Racers() const {
    return {racers.begin(), racers.end()};
  }

  /// "FILE:LINE: KEY: TEXT", to be thrown.
  [[nodiscard]] InputError ErrorAt(const std::string& key,
                                   const std::string& text) const;
};

/// Reads and checks an experiment file. `overrides` are "key=value" as given
/// to --set: a path ("workers.delay.mean", "racer.0.quorum", counting the
/// [[racer]] tables of the file from 0) and a TOML value; a bare word is a
/// string. They replace what the file says before anything is checked.
///
/// Throws InputError for everything that can be known without the data: its
/// message is "FILE:LINE: workers.count: ...", or "--set workers.count: ..." if
/// the fault came from an override. Reads delay traces, no data.
[[nodiscard]] Experiment ReadExperiment(
    const std::string& path, const std::vector<std::string>& overrides = {});

/// The same for text in memory. `file` stands in messages and gives the default
/// name; relative paths are relative to `base_dir`.
[[nodiscard]] Experiment ParseExperiment(
    std::string_view text, const std::string& file, const std::string& base_dir,
    const std::vector<std::string>& overrides = {});

/// The experiment as a file with every default spelled out, absolute paths and
/// one [[racer]] per racer. Reading it gives an equal experiment, and resolving
/// that the same text.
[[nodiscard]] std::string ResolvedToml(const Experiment& experiment);

/// The reference of every key in Markdown: type, default, range, meaning. From
/// the table that the reader uses; docs/experiment-file.md is this text.
[[nodiscard]] std::string DescribeKeys();

}  // namespace tortoise
