// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/progress.h"

#include <algorithm>

namespace tortoise::internal {

void EstimateEnd(const RunOptions& options, std::size_t num_samples,
                 std::int64_t gradients_applied, Progress& progress) {
  const StopRule& stop = options.stop;
  double fraction = progress.seconds / stop.seconds;
  fraction = std::max(fraction, static_cast<double>(progress.updates) /
                                    static_cast<double>(stop.updates));
  if (num_samples > 0) {
    const double epochs = static_cast<double>(gradients_applied) *
                          options.batch_size / static_cast<double>(num_samples);
    fraction = std::max(fraction, epochs / stop.epochs);
  }
  progress.fraction = std::min(1.0, fraction);
  if (progress.fraction > 0.0) {
    progress.seconds_left = progress.seconds * (1.0 / progress.fraction - 1.0);
  }
}

}  // namespace tortoise::internal
