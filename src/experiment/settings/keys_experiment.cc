// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "experiment/settings/data_keys.h"
#include "experiment/settings/keys.h"

namespace tortoise::internal {
namespace {

constexpr std::int64_t kAll = std::numeric_limits<std::int64_t>::max();

std::vector<std::string> Objectives() {
  std::vector<std::string> names = StockObjectives();
  names.emplace_back("quadratic");
  names.emplace_back("none");
  return names;
}

// Those that have a loss.
std::vector<std::string> LossObjectives() {
  std::vector<std::string> names = Objectives();
  names.pop_back();
  return names;
}

const std::vector<std::string> kLinear = {"least-squares", "logistic", "hinge",
                                          "squared-hinge"};
const std::vector<std::string> kQuadratic = {"quadratic"};

std::string Write(bool value) { return value ? "true" : "false"; }

// Infinity means never, and then there is nothing to write.
std::string WriteFinite(double value) {
  return std::isfinite(value) ? TomlNumber(value) : "";
}

std::string Write(const std::optional<double>& value) {
  return value ? TomlNumber(*value) : "";
}

void AddTopLevel(std::vector<Key>& keys) {
  keys.push_back(
      {"name", KeyType::Text(), "", "Of the race; default: the file's stem.",
       [](Draft& d, const TomlValue& v) { d.experiment.name = v.text; },
       [](const Draft& d) { return TomlString(d.experiment.name); }});
  keys.push_back(
      {"seed", KeyType::Integer(0), "1",
       "Of all random numbers: delays, samples, initial parameters, data.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.seed = static_cast<std::uint64_t>(v.integer);
       },
       [](const Draft& d) { return std::to_string(d.experiment.seed); }});
  keys.push_back(
      {"repeats", KeyType::Integer(1, 1'000'000), "1",
       "Times that every racer runs; each repeat has draws of its own.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.repeats = static_cast<std::uint64_t>(v.integer);
       },
       [](const Draft& d) { return std::to_string(d.experiment.repeats); }});
  keys.push_back(
      {"clock", KeyType::OneOf({"wall", "virtual"}), "\"wall\"",
       "Real threads, or virtual time: delays alone pass, so that a race is "
       "quick and the same, bit for bit, every time.",
       [](Draft& d, const TomlValue& v) { d.experiment.clock = v.text; },
       [](const Draft& d) { return TomlString(d.experiment.clock); }});
}

void AddData(std::vector<Key>& keys) {
  const KeyType source = {.kind = KeyType::Kind::kData};
  keys.push_back(
      {"problem.data", source, kRequired,
       "Training data: a file (LIBSVM, CSV or IDX, plain or .gz) or a "
       "generator. Not for quadratic and none.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.problem.data =
             ReadDataSource(v, d.base_dir, d.experiment.seed);
       },
       [](const Draft& d) {
         return WriteDataSource(d.experiment.problem.data);
       },
       StockObjectives()});
  keys.push_back(
      {"problem.test_data", source, "",
       "Test data, of the width of the training data; default: none. A "
       "generator that has the seed of the training data (the default) "
       "continues with the rows after them.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.problem.test_data = ReadDataSource(
             v, d.base_dir,
             SeedOf(d.experiment.problem.data, d.experiment.seed));
       },
       [](const Draft& d) {
         return WriteDataSource(d.experiment.problem.test_data);
       },
       StockObjectives()});
}

void AddFormat(std::vector<Key>& keys) {
  keys.push_back({"problem.format",
                  KeyType::OneOf({"auto", "libsvm", "csv", "idx"}), "\"auto\"",
                  "Of data files; auto looks at their first bytes.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.problem.format = ReadFormat(v.text);
                  },
                  [](const Draft& d) {
                    return TomlString(ToString(d.experiment.problem.format));
                  },
                  StockObjectives()});
  keys.push_back(
      {"problem.target",
       {.kind = KeyType::Kind::kColumn},
       "",
       "CSV: the column that holds the label, by name or number; default: "
       "the last.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.problem.target = v.kind == TomlValue::Kind::kInteger
                                           ? std::to_string(v.integer)
                                           : v.text;
       },
       [](const Draft& d) {
         const std::string& target = d.experiment.problem.target;
         return target.empty() ? "" : TomlString(target);
       },
       StockObjectives()});
}

void AddModel(std::vector<Key>& keys) {
  keys.push_back(
      {"problem.l2", KeyType::Number(0), "0",
       "(l2 / 2) |weights|^2 is added to every loss.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.problem.stock.l2 = v.AsNumber();
       },
       [](const Draft& d) { return TomlNumber(d.experiment.problem.stock.l2); },
       StockObjectives()});
  keys.push_back({"problem.intercept", KeyType::Boolean(), "false",
                  "Linear models: one more parameter that is not regularised.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.problem.stock.intercept = v.boolean;
                  },
                  [](const Draft& d) {
                    return Write(d.experiment.problem.stock.intercept);
                  },
                  kLinear});
  keys.push_back({"problem.hidden",
                  KeyType::Integer(1, 1'000'000).List(),
                  "[128]",
                  "mlp: widths of the hidden layers.",
                  [](Draft& d, const TomlValue& v) {
                    auto& hidden = d.experiment.problem.stock.hidden;
                    hidden.clear();
                    for (const TomlValue& item : v.items) {
                      hidden.push_back(static_cast<std::size_t>(item.integer));
                    }
                  },
                  [](const Draft& d) {
                    return fmt::format(
                        "[{}]",
                        fmt::join(d.experiment.problem.stock.hidden, ", "));
                  },
                  {"mlp"}});
}

void AddQuadratic(std::vector<Key>& keys) {
  keys.push_back({"problem.parameters", KeyType::Integer(1, 100'000'000), "10",
                  "quadratic: number of parameters.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.problem.quadratic.parameters =
                        static_cast<std::size_t>(v.integer);
                  },
                  [](const Draft& d) {
                    return std::to_string(
                        d.experiment.problem.quadratic.parameters);
                  },
                  kQuadratic});
  // The three numbers differ only in their member.
  const auto add = [&](const char* path, const KeyType& type,
                       const char* fallback, const char* meaning,
                       double QuadraticOptions::*member) {
    keys.push_back({path, type, fallback, meaning,
                    [member](Draft& d, const TomlValue& v) {
                      d.experiment.problem.quadratic.*member = v.AsNumber();
                    },
                    [member](const Draft& d) {
                      return TomlNumber(d.experiment.problem.quadratic.*member);
                    },
                    kQuadratic});
  };
  add("problem.L", KeyType::Number(0).AboveLow(), "1",
      "quadratic: smoothness, the largest curvature; at least c.",
      &QuadraticOptions::L);
  add("problem.c", KeyType::Number(0).AboveLow(), "0.1",
      "quadratic: strong convexity, the smallest curvature.",
      &QuadraticOptions::c);
  add("problem.sigma", KeyType::Number(0), "1",
      "quadratic: standard deviation of the noise of one gradient.",
      &QuadraticOptions::sigma);
}

void AddProblem(std::vector<Key>& keys) {
  keys.push_back({"problem.objective", KeyType::OneOf(Objectives()), kRequired,
                  "What is minimised; none: nothing, in virtual time only, "
                  "for what depends on time alone.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.problem.objective = v.text;
                  },
                  [](const Draft& d) {
                    return TomlString(d.experiment.problem.objective);
                  }});
  keys.push_back(
      {"problem.precision", KeyType::OneOf({"float", "double"}), "\"float\"",
       "Type of the parameters.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.problem.precision =
             v.text == "double" ? Precision::kDouble : Precision::kFloat;
       },
       [](const Draft& d) {
         return TomlString(d.experiment.problem.precision == Precision::kDouble
                               ? "double"
                               : "float");
       }});
  AddData(keys);
  AddFormat(keys);
  AddModel(keys);
  AddQuadratic(keys);
}

void AddReport(std::vector<Key>& keys) {
  keys.push_back({"report.snapshots", KeyType::Integer(1, 1'000'000), "60",
                  "Points of a racer's loss curve, evenly spaced in time.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.report.snapshots = static_cast<int>(v.integer);
                  },
                  [](const Draft& d) {
                    return std::to_string(d.experiment.report.snapshots);
                  }});
  keys.push_back(
      {"report.target_loss", KeyType::Number(), "",
       "The loss that seconds_to_target counts to; default: "
       "stop.target_loss, else the worst of the racers' best losses.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.report.target_loss = v.AsNumber();
       },
       [](const Draft& d) { return Write(d.experiment.report.target_loss); },
       LossObjectives()});
  keys.push_back({"report.contributions",
                  KeyType::Integer(0).Or({"all", "none"}), "1000000",
                  "Rows of contributions.csv and updates.csv that are kept, "
                  "for each racer and repeat.",
                  [](Draft& d, const TomlValue& v) {
                    const bool is_word = v.kind == TomlValue::Kind::kString;
                    d.experiment.report.contributions =
                        !is_word ? v.integer : (v.text == "all" ? kAll : 0);
                  },
                  [](const Draft& d) -> std::string {
                    const std::int64_t rows = d.experiment.report.contributions;
                    if (rows == kAll) return "\"all\"";
                    return rows == 0 ? "\"none\"" : std::to_string(rows);
                  }});
}

void AddStop(std::vector<Key>& keys) {
  keys.push_back(
      {"stop.seconds", KeyType::Time().AboveLow(), "",
       "Of the clock. One of seconds, updates and epochs is required; the "
       "first that holds ends the racer.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.stop.seconds = v.AsSeconds();
       },
       [](const Draft& d) { return WriteFinite(d.experiment.stop.seconds); }});
  keys.push_back({"stop.updates", KeyType::Integer(1), "", "Number of updates.",
                  [](Draft& d, const TomlValue& v) {
                    d.experiment.stop.updates = v.integer;
                  },
                  [](const Draft& d) -> std::string {
                    const std::int64_t updates = d.experiment.stop.updates;
                    return updates == StopRule::kNever
                               ? ""
                               : std::to_string(updates);
                  }});
  keys.push_back(
      {"stop.epochs", KeyType::Number(0).AboveLow(), "",
       "Applied gradients x batch_size / number of samples.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.stop.epochs = v.AsNumber();
       },
       [](const Draft& d) { return WriteFinite(d.experiment.stop.epochs); },
       StockObjectives()});
  keys.push_back(
      {"stop.target_loss", KeyType::Number(), "",
       "Training loss; confirmed with the clock stopped.",
       [](Draft& d, const TomlValue& v) {
         d.experiment.stop.target_loss = v.AsNumber();
       },
       [](const Draft& d) { return Write(d.experiment.stop.target_loss); },
       LossObjectives()});
}

}  // namespace

std::span<const Key> ExperimentKeys() {
  static const std::vector<Key> kKeys = [] {
    std::vector<Key> keys;
    AddTopLevel(keys);
    AddProblem(keys);
    AddReport(keys);
    AddStop(keys);
    AddTheoryKeys(keys);
    return keys;
  }();
  return kKeys;
}

}  // namespace tortoise::internal
