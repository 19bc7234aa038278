// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/run.h"

#include <stdexcept>
#include <string>

#include "engine/coordinated_run.h"
#include "engine/in_place_run.h"
#include "tortoise/optimizer/rules.h"

namespace tortoise {

template <typename T>
Summary RunOnThreads(const AnyObjective<T>& train, const AnyObjective<T>* test,
                     const RunOptions& options, std::span<T> w,
                     const RunControl& control) {
  if (const auto violation = options.Violation(train.num_samples())) {
    throw std::invalid_argument(*violation);
  }
  if (w.size() != train.num_parameters()) {
    throw std::invalid_argument("w has " + std::to_string(w.size()) +
                                " parameters, the objective " +
                                std::to_string(train.num_parameters()));
  }
  if (test && test->num_parameters() != train.num_parameters()) {
    throw std::invalid_argument("the test objective has " +
                                std::to_string(test->num_parameters()) +
                                " parameters, the training objective " +
                                std::to_string(train.num_parameters()));
  }
  if (!IsFinite<T>(w)) {
    throw std::invalid_argument("an initial parameter is NaN or infinite");
  }
  if (options.method.in_place) {
    return internal::InPlaceRun<T>(train, test, options, w, control).Execute(w);
  }
  return internal::CoordinatedRun<T>(train, test, options, w, control)
      .Execute(w);
}

template Summary RunOnThreads<float>(const AnyObjective<float>&,
                                     const AnyObjective<float>*,
                                     const RunOptions&, std::span<float>,
                                     const RunControl&);
template Summary RunOnThreads<double>(const AnyObjective<double>&,
                                      const AnyObjective<double>*,
                                      const RunOptions&, std::span<double>,
                                      const RunControl&);

}  // namespace tortoise
