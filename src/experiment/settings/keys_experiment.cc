// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <cstdint>
#include <string>
#include <vector>

#include "experiment/settings/bind.h"
#include "experiment/settings/data_keys.h"
#include "experiment/settings/keys.h"

namespace tortoise::internal {
namespace {

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

void AddTopLevel(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "name", KeyType::Text(), "", "Of the race; default: the file's stem.",
      [](auto& f) -> auto& { return f.experiment.name; }));
  keys.push_back(Bind(
      "seed", KeyType::Integer(0), "1",
      "Of all random numbers: delays, samples, initial parameters, data.",
      [](auto& f) -> auto& { return f.racer.options.seed; }));
  keys.push_back(Bind(
      "repeats", KeyType::Integer(1, 1'000'000), "1",
      "Times that every racer runs; each repeat has draws of its own.",
      [](auto& f) -> auto& { return f.experiment.repeats; }));
  keys.push_back(Bind(
      "clock", KeyType::OneOf(AllWords<Clock>()), "\"wall\"",
      "Real threads, or virtual time: delays alone pass, so that a race "
      "is quick and the same, bit for bit, every time.",
      [](auto& f) -> auto& { return f.racer.options.clock; }));
}

void AddData(std::vector<Key>& keys) {
  const KeyType source = {.kind = KeyType::Kind::kData};
  keys.push_back({.path = "problem.data",
                  .type = source,
                  .fallback = kRequired,
                  .meaning = "Training data: a file (LIBSVM, CSV or IDX, plain "
                             "or .gz) or a generator. Not for quadratic and "
                             "none.",
                  .read =
                      [](ParsedFile& f, const TomlValue& v) {
                        f.experiment.problem.data =
                            ReadDataSource(v, f.base_dir, f.racer.options.seed);
                      },
                  .write =
                      [](const ParsedFile& f) {
                        return WriteDataSource(f.experiment.problem.data);
                      },
                  .objectives = StockObjectives()});
  keys.push_back(
      {.path = "problem.test_data",
       .type = source,
       .meaning = "Test data, of the width of the training data; default: "
                  "none. A generator that has the seed of the training data "
                  "(the default) continues with the rows after them.",
       .read =
           [](ParsedFile& f, const TomlValue& v) {
             ProblemSpec& problem = f.experiment.problem;
             problem.test_data = ReadDataSource(
                 v, f.base_dir, SeedOf(problem.data, f.racer.options.seed));
           },
       .write =
           [](const ParsedFile& f) {
             return WriteDataSource(f.experiment.problem.test_data);
           },
       .objectives = StockObjectives()});
}

void AddFormat(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "problem.format", KeyType::OneOf(AllWords<DataFormat>()), "\"auto\"",
      "Of data files; auto looks at their first bytes.",
      [](auto& f) -> auto& { return f.experiment.problem.format; },
      StockObjectives()));
  keys.push_back(Bind(
      "problem.target", {.kind = KeyType::Kind::kColumn}, "",
      "CSV: the column that holds the label, by name or number; default: "
      "the last.",
      [](auto& f) -> auto& { return f.experiment.problem.target; },
      StockObjectives()));
}

void AddModel(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "problem.l2", KeyType::Number(0), "0",
      "(l2 / 2) |weights|^2 is added to every loss.",
      [](auto& f) -> auto& { return f.experiment.problem.stock.l2; },
      StockObjectives()));
  keys.push_back(Bind(
      "problem.intercept", KeyType::Boolean(), "false",
      "Linear models: one more parameter that is not regularised.",
      [](auto& f) -> auto& { return f.experiment.problem.stock.intercept; },
      kLinear));
  keys.push_back(
      Bind("problem.hidden", KeyType::Integer(1, 1'000'000).List(), "[128]",
           "mlp: widths of the hidden layers.",
           [](auto& f) -> auto& { return f.experiment.problem.stock.hidden; },
           {"mlp"}));
}

void AddQuadratic(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "problem.parameters", KeyType::Integer(1, 100'000'000), "10",
      "quadratic: number of parameters.", [](auto& f) -> auto& {
        return f.experiment.problem.quadratic.parameters;
      },
      kQuadratic));
  keys.push_back(Bind(
      "problem.L", KeyType::Number(0).AboveLow(), "1",
      "quadratic: smoothness, the largest curvature; at least c.",
      [](auto& f) -> auto& { return f.experiment.problem.quadratic.L; },
      kQuadratic));
  keys.push_back(Bind(
      "problem.c", KeyType::Number(0).AboveLow(), "0.1",
      "quadratic: strong convexity, the smallest curvature.",
      [](auto& f) -> auto& { return f.experiment.problem.quadratic.c; },
      kQuadratic));
  keys.push_back(Bind(
      "problem.sigma", KeyType::Number(0), "1",
      "quadratic: standard deviation of the noise of one gradient.",
      [](auto& f) -> auto& { return f.experiment.problem.quadratic.sigma; },
      kQuadratic));
}

void AddProblem(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "problem.objective", KeyType::OneOf(Objectives()), kRequired,
      "What is minimised; none: nothing, in virtual time only, for what "
      "depends on time alone.",
      [](auto& f) -> auto& { return f.experiment.problem.objective; }));
  keys.push_back(Bind(
      "problem.precision", KeyType::OneOf(AllWords<Precision>()), "\"float\"",
      "Type of the parameters.",
      [](auto& f) -> auto& { return f.experiment.problem.precision; }));
  AddData(keys);
  AddFormat(keys);
  AddModel(keys);
  AddQuadratic(keys);
}

// "all" and "none" are numbers of rows as well.
Key ContributionsKey() {
  return {.path = "report.contributions",
          .type = KeyType::Integer(0).Or({"all", "none"}),
          .fallback = "1000000",
          .meaning =
              "Rows of contributions.csv and updates.csv that are kept, for "
              "each racer and repeat.",
          .read =
              [](ParsedFile& f, const TomlValue& v) {
                const bool is_word = v.kind == TomlValue::Kind::kString;
                f.racer.options.report.contributions =
                    !is_word ? v.integer
                             : (v.text == "all" ? StopRule::kNever : 0);
              },
          .write = [](const ParsedFile& f) -> std::string {
            const std::int64_t rows = f.racer.options.report.contributions;
            if (rows == StopRule::kNever) return "\"all\"";
            return rows == 0 ? "\"none\"" : std::to_string(rows);
          }};
}

void AddReport(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "report.snapshots", KeyType::Integer(1, 1'000'000), "60",
      "Points of a racer's loss curve, evenly spaced in time.",
      [](auto& f) -> auto& { return f.racer.options.report.snapshots; }));
  keys.push_back(Bind(
      "report.target_loss", KeyType::Number(), "",
      "The loss that seconds_to_target counts to; default: stop.target_loss, "
      "else the worst of the racers' best losses.",
      [](auto& f) -> auto& { return f.racer.options.report.target_loss; },
      LossObjectives()));
  keys.push_back(ContributionsKey());
}

// The largest integer means never.
Key UpdatesKey() {
  return {.path = "stop.updates",
          .type = KeyType::Integer(1),
          .meaning = "Number of updates.",
          .read =
              [](ParsedFile& f, const TomlValue& v) {
                f.racer.options.stop.updates = v.integer;
              },
          .write = [](const ParsedFile& f) -> std::string {
            const std::int64_t updates = f.racer.options.stop.updates;
            return updates == StopRule::kNever ? "" : std::to_string(updates);
          }};
}

void AddStop(std::vector<Key>& keys) {
  keys.push_back(Bind(
      "stop.seconds", KeyType::Time().AboveLow(), "",
      "Of the clock. One of seconds, updates and epochs is required; the "
      "first that holds ends the racer.",
      [](auto& f) -> auto& { return f.racer.options.stop.seconds; }));
  keys.push_back(UpdatesKey());
  keys.push_back(Bind(
      "stop.epochs", KeyType::Number(0).AboveLow(), "",
      "Applied gradients x batch_size / number of samples.",
      [](auto& f) -> auto& { return f.racer.options.stop.epochs; },
      StockObjectives()));
  keys.push_back(Bind(
      "stop.target_loss", KeyType::Number(), "",
      "Training loss; confirmed with the clock stopped.",
      [](auto& f) -> auto& { return f.racer.options.stop.target_loss; },
      LossObjectives()));
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
