// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <vector>

#include "engine/model.h"
#include "tortoise/engine/run.h"

namespace tortoise::internal {

/// Shows an UpdateProbe the snapshots of an update's contributions together
/// with the model that they are about to change. Does nothing without a probe.
template <typename T>
class ContributionProbe {
 public:
  explicit ContributionProbe(UpdateProbe<T>* probe) : probe_(probe) {}

  /// A contribution from `snapshot` arrives.
  void Arrive(const ModelRef<T>& snapshot) {
    if (probe_) pending_.push_back(snapshot);
  }

  /// An update was made; `before` is the model that it changed.
  void Update(const ModelRef<T>& before) {
    if (!probe_) return;
    for (const ModelRef<T>& snapshot : pending_) {
      probe_->OnContribution(before->version, before->parameters,
                             snapshot->version, snapshot->parameters);
    }
    pending_.clear();
  }

 private:
  UpdateProbe<T>* probe_;
  std::vector<ModelRef<T>> pending_;
};

}  // namespace tortoise::internal
