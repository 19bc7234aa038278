// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <memory>

#include "tortoise/data/dataset.h"
#include "tortoise/experiment/experiment.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise {

/// What an experiment races on. T is float or double; which one an experiment
/// asks for is in Experiment::problem.precision.
template <typename T>
struct Problem {
  std::shared_ptr<const Dataset> train_data;  // null without data
  std::shared_ptr<const Dataset> test_data;   // null without test data
  std::unique_ptr<AnyObjective<T>> train;     // never null
  std::unique_ptr<AnyObjective<T>> test;      // null without test data
  std::size_t num_samples = 0;                // 0: unlimited, or none
  std::size_t num_parameters = 0;             // 0: objective none
};

/// Reads or generates the data of an experiment and makes its objectives.
///
/// Throws InputError: what `ReadDataset` says of a data file, or the
/// experiment's own file, line and key if data and objective do not fit.
template <typename T>
[[nodiscard]] Problem<T> LoadProblem(const Experiment& experiment);

}  // namespace tortoise
