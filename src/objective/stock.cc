// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/objective/stock.h"

#include <cmath>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/text.h"
#include "objective/factories.h"

namespace tortoise {
namespace {

void CheckName(const std::string& name) {
  const std::vector<std::string> known = StockObjectives();
  std::string list;
  for (const std::string& each : known) {
    if (each == name) return;
    list += (list.empty() ? "" : ", ") + each;
  }
  const std::string meant = DidYouMean(name, known);
  throw std::invalid_argument(
      "objective \"" + name + "\" is unknown" +
      (meant.empty() ? "; it must be one of " + list : meant));
}

void CheckOptions(const StockOptions& options) {
  if (!std::isfinite(options.l2) || options.l2 < 0.0) {
    throw std::invalid_argument("l2 = " + ShortestDecimal(options.l2) +
                                " must be a finite number >= 0");
  }
  for (const std::size_t width : options.hidden) {
    if (width == 0) {
      throw std::invalid_argument("hidden = 0 must be >= 1 in every layer");
    }
  }
}

void CheckData(const Dataset* data) {
  if (data == nullptr) {
    throw std::invalid_argument("data = null must be a data set");
  }
}

// A sparse row may be narrower than the model, since its missing columns are
// zeros; a dense row has no such excuse.
void CheckShape(const Dataset& data, const Dataset& train) {
  if (data.num_rows() == 0 || train.num_rows() == 0) {
    throw std::invalid_argument("the data set has no rows; it needs one");
  }
  const std::size_t columns = data.num_columns();
  const bool fits = data.is_sparse() ? columns <= train.num_columns()
                                     : columns == train.num_columns();
  if (!fits) {
    throw std::invalid_argument("the test data have " +
                                std::to_string(columns) + " columns; " +
                                (data.is_sparse() ? "at most " : "exactly ") +
                                std::to_string(train.num_columns()) +
                                " are needed, as in the training data");
  }
}

}  // namespace

std::vector<std::string> StockObjectives() {
  return {"least-squares", "logistic", "hinge",
          "squared-hinge", "softmax",  "mlp"};
}

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeStockObjective(
    const std::string& name, std::shared_ptr<const Dataset> data,
    const StockOptions& options, const Dataset& train) {
  CheckName(name);
  CheckOptions(options);
  CheckData(data.get());
  CheckShape(*data, train);
  const internal::StockProblem problem = {name, std::move(data), options,
                                          train};
  if (auto linear = internal::MakeLinear<T>(problem)) return linear;
  return internal::MakeNetwork<T>(problem);
}

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeStockObjective(
    const std::string& name, std::shared_ptr<const Dataset> data,
    const StockOptions& options) {
  CheckData(data.get());
  const Dataset& train = *data;
  return MakeStockObjective<T>(name, std::move(data), options, train);
}

template std::unique_ptr<AnyObjective<float>> MakeStockObjective(
    const std::string&, std::shared_ptr<const Dataset>, const StockOptions&);
template std::unique_ptr<AnyObjective<double>> MakeStockObjective(
    const std::string&, std::shared_ptr<const Dataset>, const StockOptions&);
template std::unique_ptr<AnyObjective<float>> MakeStockObjective(
    const std::string&, std::shared_ptr<const Dataset>, const StockOptions&,
    const Dataset&);
template std::unique_ptr<AnyObjective<double>> MakeStockObjective(
    const std::string&, std::shared_ptr<const Dataset>, const StockOptions&,
    const Dataset&);

}  // namespace tortoise
