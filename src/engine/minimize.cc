// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/engine/minimize.h"

#include "core/clock.h"
#include "tortoise/core/aligned.h"

namespace tortoise {

RunOptions ToRunOptions(const MinimizeOptions& options) {
  const int num_workers =
      options.num_workers == 0 ? AvailableProcessors() : options.num_workers;
  RunOptions run;
  run.method = MakeMethod(options.protocol, num_workers,
                          {.quorum = options.quorum,
                           .local_steps = options.local_steps,
                           .staleness_bound = options.staleness_bound});
  if (auto* in_place = std::get_if<InPlace>(&run.method.aggregation)) {
    in_place->memory = options.memory;
  }
  run.batch_size = options.batch_size;
  run.sampling = options.sampling;
  run.step_size = options.step_size;
  run.delay = options.delay;
  run.round_delay = options.round_delay;
  run.speed = options.speed;
  run.seed = options.seed;
  run.stop = {.seconds = options.seconds,
              .updates = options.updates,
              .epochs = options.num_epochs,
              .target_loss = options.target_loss};
  // A caller wants a result, not a log.
  run.report = {.snapshots = options.snapshots, .contributions = 0};
  return run;
}

template <typename T>
Summary Minimize(const AnyObjective<T>& objective, std::span<T> w,
                 const MinimizeOptions& options) {
  Summary summary = Run<T>(objective, nullptr, ToRunOptions(options), w,
                           {.stop = options.stop});
  if (summary.failure) std::rethrow_exception(summary.failure);
  return summary;
}

template Summary Minimize<float>(const AnyObjective<float>&, std::span<float>,
                                 const MinimizeOptions&);
template Summary Minimize<double>(const AnyObjective<double>&,
                                  std::span<double>, const MinimizeOptions&);

}  // namespace tortoise
