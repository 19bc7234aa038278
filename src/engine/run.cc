// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/run.h"

#include <stdexcept>
#include <string>

#include "engine/thread_in_place_run.h"
#include "engine/thread_server_run.h"
#include "engine/virtual_server_run.h"
#include "engine/virtual_time_run.h"
#include "tortoise/optimizer/steps.h"

namespace tortoise {
namespace {

template <typename T>
void Check(const AnyObjective<T>& train, const AnyObjective<T>* test,
           const RunOptions& options, std::span<const T> w) {
  if (const auto violation = options.Violation(train.num_samples())) {
    throw SettingError(*violation);
  }
  const std::size_t num_parameters = train.num_parameters();
  if (w.size() != num_parameters) {
    throw std::invalid_argument("w has " + std::to_string(w.size()) +
                                " parameters, the objective " +
                                std::to_string(num_parameters));
  }
  if (test && test->num_parameters() != num_parameters) {
    throw std::invalid_argument("the test objective has " +
                                std::to_string(test->num_parameters()) +
                                " parameters, the training objective " +
                                std::to_string(num_parameters));
  }
  if (!IsFinite<T>(w)) {
    throw std::invalid_argument("an initial parameter is NaN or infinite");
  }
  if (num_parameters == 0 && options.clock == Clock::kWall) {
    throw std::invalid_argument(
        "an objective without parameters needs the virtual clock");
  }
}

}  // namespace

template <typename T>
Summary Run(const AnyObjective<T>& train, const AnyObjective<T>* test,
            const RunOptions& options, std::span<T> w,
            const RunControl& control) {
  if (options.clock == Clock::kVirtual) {
    return RunInVirtualTime<T>(train, test, options, w, control);
  }
  Check<T>(train, test, options, w);
  if (options.method.writes_in_place()) {
    return internal::ThreadInPlaceRun<T>(train, test, options, w, control)
        .Execute(w);
  }
  return internal::ThreadServerRun<T>(train, test, options, w, control)
      .Execute(w);
}

template <typename T>
Summary RunInVirtualTime(const AnyObjective<T>& train,
                         const AnyObjective<T>* test, const RunOptions& options,
                         std::span<T> w, const RunControl& control,
                         UpdateProbe<T>* probe) {
  if (options.clock != Clock::kVirtual) {
    throw std::invalid_argument("the clock of this run is not virtual");
  }
  Check<T>(train, test, options, w);
  if (train.num_parameters() == 0) {
    return internal::VirtualTimeRun<T>(train, options, control).Execute(w);
  }
  return internal::VirtualServerRun<T>(train, test, options, w, control, probe)
      .Execute(w);
}

template Summary Run<float>(const AnyObjective<float>&,
                            const AnyObjective<float>*, const RunOptions&,
                            std::span<float>, const RunControl&);
template Summary Run<double>(const AnyObjective<double>&,
                             const AnyObjective<double>*, const RunOptions&,
                             std::span<double>, const RunControl&);
template Summary RunInVirtualTime<float>(const AnyObjective<float>&,
                                         const AnyObjective<float>*,
                                         const RunOptions&, std::span<float>,
                                         const RunControl&,
                                         UpdateProbe<float>*);
template Summary RunInVirtualTime<double>(const AnyObjective<double>&,
                                          const AnyObjective<double>*,
                                          const RunOptions&, std::span<double>,
                                          const RunControl&,
                                          UpdateProbe<double>*);

}  // namespace tortoise
