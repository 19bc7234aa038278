// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <span>
#include <vector>

#include "engine/snapshots.h"
#include "engine/virtual_run.h"

namespace tortoise::internal {

/// Time without learning: a run in virtual time of an objective that has no
/// parameters. Only events; a million workers are fine.
template <typename T>
class VirtualTimeRun final : public VirtualRun<T> {
 public:
  VirtualTimeRun(const AnyObjective<T>& train, const RunOptions& options,
                 const RunControl& control);

 private:
  Ledger& ledger() override { return ledger_; }
  void Start() override;
  std::exception_ptr Perform() override;
  void Arrive(const Flights::Event& event);
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return grid_.snapshots(); }
  [[nodiscard]] Snapshot<T> State() const;

  Ledger ledger_;
  SnapshotGrid<T> grid_;
};

}  // namespace tortoise::internal
