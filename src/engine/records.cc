// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/records.h"

#include <algorithm>
#include <cstddef>

namespace tortoise::internal {

bool Records::Read(Cursor& cursor,
                   std::vector<ContributionRecord>& contributions,
                   std::vector<UpdateRecord>& updates) const {
  // Rows of another worker may stand before these.
  const std::size_t first_contribution = contributions.size();
  const std::size_t first_update = updates.size();
  Cursor next = cursor;
  const bool thinned = contributions_.Read(next.contributions, contributions);
  if (updates_.Read(next.updates, updates) || thinned) {
    contributions.resize(first_contribution);
    updates.resize(first_update);
    next = kFromStart;
    contributions_.Read(next.contributions, contributions);
    updates_.Read(next.updates, updates);
    cursor = next;
    return true;
  }
  cursor = next;
  return false;
}

void Records::AddTo(Summary& summary) const {
  summary.gradients.started += started_;
  summary.gradients.applied += applied_;
  summary.gradients.cancelled += cancelled_;
  summary.gradients.dropped += dropped_;
  summary.gradients.unfinished += started_ - applied_ - cancelled_ - dropped_;
  summary.staleness.Merge(staleness_);
  summary.last_update_seconds =
      std::max(summary.last_update_seconds, last_update_);
  summary.contributions_recorded += contributions_.seen();
  summary.contributions_kept += contributions_.size();
  summary.updates_kept += updates_.size();
}

}  // namespace tortoise::internal
