// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/race/problem.h"

#include <unistd.h>

#include <filesystem>
#include <new>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace tortoise {
namespace {

// The rows of `data` from `first` on.
Dataset Tail(const Dataset& data, std::size_t first) {
  std::vector<double> labels(
      data.labels().begin() + static_cast<std::ptrdiff_t>(first),
      data.labels().end());
  if (!data.is_sparse()) {
    AlignedVector<float> values;
    values.reserve(labels.size() * data.num_columns());
    for (std::size_t row = first; row < data.num_rows(); ++row) {
      const auto x = data.DenseRow(row);
      values.insert(values.end(), x.begin(), x.end());
    }
    return Dataset::Dense(std::move(values), std::move(labels),
                          data.num_columns());
  }
  std::vector<std::uint64_t> offsets = {0};
  std::vector<std::uint32_t> index;
  std::vector<float> value;
  for (std::size_t row = first; row < data.num_rows(); ++row) {
    const SparseRow x = data.Row(row);
    index.insert(index.end(), x.index.begin(), x.index.end());
    value.insert(value.end(), x.value.begin(), x.value.end());
    offsets.push_back(index.size());
  }
  return Dataset::Sparse(std::move(offsets), std::move(index), std::move(value),
                         std::move(labels), data.num_columns());
}

Dataset Generate(const DigitsOptions& options) {
  return GenerateDigits(options);
}
Dataset Generate(const SparseClassificationOptions& options) {
  return GenerateSparseClassification(options);
}
Dataset Generate(const RegressionOptions& options) {
  return GenerateRegression(options);
}

// Rows of a generator that the training data have used up: the same generator
// with the same seed would make them once more.
template <typename Options>
std::size_t UsedRows(const Options& options, const DataSource* train) {
  const auto* used = train != nullptr ? std::get_if<Options>(train) : nullptr;
  return used != nullptr && used->seed == options.seed ? used->rows : 0;
}

// What generated rows need, roughly: memory is given out before it is used, so
// asking for too much is not refused but kills.
double Bytes(const DigitsOptions& options) {
  return static_cast<double>(options.rows) * 784 * sizeof(float);
}
double Bytes(const SparseClassificationOptions& options) {
  return static_cast<double>(options.rows) *
         static_cast<double>(options.nonzeros) *
         (sizeof(float) + sizeof(std::uint32_t));
}
double Bytes(const RegressionOptions& options) {
  return static_cast<double>(options.rows) *
         static_cast<double>(options.columns) * sizeof(float);
}

double MemoryBytes() {
  return static_cast<double>(sysconf(_SC_PHYS_PAGES)) *
         static_cast<double>(sysconf(_SC_PAGESIZE));
}

class Loader {
 public:
  explicit Loader(const Experiment& experiment) : experiment_(experiment) {}

  // `train` and `train_columns` are those of the training data, or nothing
  // while they are being loaded.
  std::shared_ptr<const Dataset> Load(const std::string& key,
                                      const DataSource& source,
                                      const DataSource* train,
                                      std::size_t train_columns) const {
    try {
      return std::make_shared<const Dataset>(std::visit(
          [&](const auto& each) {
            return Make(key, each, train, train_columns);
          },
          source));
    } catch (const InputError&) {
      throw;  // it names the data file
    } catch (const std::invalid_argument& error) {
      throw experiment_.ErrorAt(key, error.what());
    } catch (const std::bad_alloc&) {
      throw experiment_.ErrorAt(key, "does not fit into memory");
    } catch (const std::length_error&) {
      throw experiment_.ErrorAt(key, "does not fit into memory");
    }
  }

 private:
  Dataset Make(const std::string& key, const std::string& path,
               const DataSource*, std::size_t train_columns) const {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      throw experiment_.ErrorAt(key, "there is no file " + path);
    }
    try {
      return ReadDataset(path, {.format = experiment_.problem.format,
                                .target = experiment_.problem.target,
                                .num_columns = train_columns});
    } catch (const InputError& fault) {
      if (fault.line() > 0) throw;
      // A fault of the file as a whole: say also where it was asked for.
      throw experiment_.ErrorAt(key, fault.what());
    }
  }

  template <typename Options>
  Dataset Make(const std::string& key, Options options, const DataSource* train,
               std::size_t) const {
    const std::size_t used = UsedRows(options, train);
    options.rows += used;
    if (Bytes(options) > MemoryBytes()) {
      throw experiment_.ErrorAt(key + ".rows", "does not fit into memory");
    }
    Dataset data = Generate(options);
    return used == 0 ? std::move(data) : Tail(data, used);
  }

  const Experiment& experiment_;
};

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeObjective(
    const Experiment& experiment, const std::string& key,
    const std::shared_ptr<const Dataset>& data, const Dataset& train) {
  try {
    return MakeStockObjective<T>(experiment.problem.objective, data,
                                 experiment.problem.stock, train);
  } catch (const InputError&) {
    throw;
  } catch (const std::invalid_argument& error) {
    throw experiment.ErrorAt(key, error.what());
  }
}

}  // namespace

template <typename T>
Problem<T> LoadProblem(const Experiment& experiment) {
  const ProblemSpec& spec = experiment.problem;
  Problem<T> problem;
  if (spec.objective == "none") {
    problem.train = MakeNone<T>();
    return problem;
  }
  if (spec.objective == "quadratic") {
    problem.train = MakeQuadratic<T>(spec.quadratic);
    problem.num_parameters = problem.train->num_parameters();
    return problem;
  }
  const Loader loader(experiment);
  problem.train_data = loader.Load("problem.data", *spec.data, nullptr, 0);
  problem.train = MakeObjective<T>(experiment, "problem.objective",
                                   problem.train_data, *problem.train_data);
  if (spec.test_data) {
    problem.test_data =
        loader.Load("problem.test_data", *spec.test_data, &*spec.data,
                    problem.train_data->num_columns());
    problem.test = MakeObjective<T>(experiment, "problem.test_data",
                                    problem.test_data, *problem.train_data);
  }
  problem.num_samples = problem.train->num_samples();
  problem.num_parameters = problem.train->num_parameters();
  return problem;
}

template Problem<float> LoadProblem(const Experiment&);
template Problem<double> LoadProblem(const Experiment&);

}  // namespace tortoise
