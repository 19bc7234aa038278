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

/// A run in virtual time that learns. A contribution is a function of its
/// snapshot and its draws, and both are fixed when its worker is released: so
/// the contributions that will arrive next are computed ahead, on all
/// processors, and joined in order of arrival. What will be cancelled is hardly
/// ever computed.
template <typename T>
class LearningRun final : public VirtualRun<T> {
 public:
  LearningRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
              const RunOptions& options, std::span<const T> initial,
              const RunControl& control, UpdateProbe<T>* probe);

 private:
  using Slot = typename ComputeAhead<T>::Slot;
  struct Worker {
    Ticket<T> ticket;
    Slot* slot = nullptr;  // if its contribution is computed
  };

  Ledger& ledger() override { return server_.ledger(); }
  void Start() override { server_.Start(hand_); }
  std::exception_ptr Perform() override;
  void Arrive(const Flights::Event& event);
  void Count(Progress& progress) override;
  void CloseBooks(Summary& summary, std::span<T> w) override;
  std::vector<Snapshot<T>>& snapshots() override { return server_.snapshots(); }

  Worker& at(int worker) { return workers_[static_cast<std::size_t>(worker)]; }
  void ComputeFrom(int worker);
  [[nodiscard]] std::size_t MostAhead();

  Server<T> server_;
  std::vector<Worker> workers_;
  ContributionProbe<T> probe_;
  ComputeAhead<T> ahead_;
  typename Server<T>::Hand hand_;

  // Scratch: the workers whose turn it is, and what they compute.
  std::vector<int> next_;
  std::vector<typename ComputeAhead<T>::Job> jobs_;
};

}  // namespace tortoise::internal
