// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "tortoise/engine/run.h"

namespace tortoise::testing {

/// What the error bounds speak of, measured version by version over any number
/// of runs: F(w_j), and how far the gradients of the snapshots are from those
/// of the models that they change. For objectives without samples, whose
/// gradient of an empty batch has no noise.
class GapProbe : public UpdateProbe<double> {
 public:
  /// Versions from `versions` on are left out.
  GapProbe(const AnyObjective<double>& objective, std::int64_t versions)
      : objective_(objective.Clone()),
        rows_(static_cast<std::size_t>(versions)),
        now_(objective.num_parameters()),
        then_(objective.num_parameters()) {}

  void OnContribution(std::int64_t version, std::span<const double> model,
                      std::int64_t version_read,
                      std::span<const double> snapshot) override {
    if (version >= static_cast<std::int64_t>(rows_.size())) return;
    Row& row = rows_[static_cast<std::size_t>(version)];
    row.loss += objective_->Gradient(model, {}, now_);
    objective_->Gradient(snapshot, {}, then_);
    for (std::size_t k = 0; k < now_.size(); ++k) {
      row.moved += (now_[k] - then_[k]) * (now_[k] - then_[k]);
      row.slope += now_[k] * now_[k];
    }
    row.fresh += version == version_read ? 1.0 : 0.0;
    row.count += 1.0;
  }

  [[nodiscard]] std::int64_t versions() const {
    return static_cast<std::int64_t>(rows_.size());
  }

  /// Means over versions first, ..., last - 1 (and over the contributions of
  /// their updates): of F, and of fresh contributions; and
  ///
  ///     gamma = sum |grad F(w_j) - grad F(w_old)|^2 / sum |grad F(w_j)|^2.
  struct Mean {
    double loss = 0.0;
    double gamma = 0.0;
    double fresh = 0.0;
  };
  [[nodiscard]] Mean Over(std::int64_t first, std::int64_t last) const {
    Row sum;
    for (std::int64_t j = first; j < last; ++j) {
      const Row& row = rows_[static_cast<std::size_t>(j)];
      sum.loss += row.loss;
      sum.moved += row.moved;
      sum.slope += row.slope;
      sum.fresh += row.fresh;
      sum.count += row.count;
    }
    return {.loss = sum.loss / sum.count,
            .gamma = sum.moved / sum.slope,
            .fresh = sum.fresh / sum.count};
  }

 private:
  struct Row {
    double loss = 0.0;
    double moved = 0.0;
    double slope = 0.0;
    double fresh = 0.0;
    double count = 0.0;  // of contributions
  };

  std::unique_ptr<AnyObjective<double>> objective_;
  std::vector<Row> rows_;
  std::vector<double> now_;  // scratch, [num_parameters]
  std::vector<double> then_;
};

/// Runs in virtual time from zeros, once for each of `repeats`, and shows all
/// runs to `probe`.
inline void Observe(const AnyObjective<double>& objective, RunOptions options,
                    std::uint64_t repeats, GapProbe& probe) {
  options.clock = Clock::kVirtual;
  options.stop.updates = probe.versions();
  options.report = {.snapshots = 1, .contributions = 0};
  for (options.repeat = 0; options.repeat < repeats; ++options.repeat) {
    std::vector<double> w(objective.num_parameters());
    (void)RunInVirtualTime<double>(objective, nullptr, options, w, {}, &probe);
  }
}

}  // namespace tortoise::testing
