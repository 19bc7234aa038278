// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/compute_ahead.h"
#include "engine/contribution_probe.h"
#include "engine/server.h"
#include "engine/virtual_run.h"

namespace tortoise::internal {

/// A run in virtual time that learns. Contributions are computed ahead of their
/// arrivals, on all processors, and joined in order of arrival. What will be
/// cancelled is hardly ever computed.
template <typename T>
class VirtualServerRun final : public VirtualRun<T> {
 public:
  VirtualServerRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
                   const RunOptions& options, std::span<const T> initial,
                   const RunControl& control, UpdateProbe<T>* probe);

 private:
  Ledger& ledger() override { return server_.ledger(); }
  void Start() override { server_.Start(deliver_); }
  std::exception_ptr Perform() override;
  void Arrive(const Flights::Event& event);
  void Count(Progress& progress) override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return server_.snapshots(); }

  void Release(int worker, Ticket<T> ticket);
  [[nodiscard]] std::size_t MostArrivals();

  Server<T> server_;
  ContributionProbe<T> probe_;
  ComputeAhead<T> ahead_;
  typename Server<T>::Deliver deliver_;
};

}  // namespace tortoise::internal
