// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "cli/signals.h"
#include "tortoise/engine/race.h"

namespace tortoise::cli {

/// Shows on standard error how a race goes: one line that is rewritten on a
/// terminal, else a line for each start and end of a racer; nothing if quiet.
/// A racer that diverges or fails is told in any case.
class RaceProgress final : public RaceObserver {
 public:
  RaceProgress(const std::vector<Racer>& racers, std::uint64_t repeats,
               bool quiet, Signals& signals);
  ~RaceProgress() override { ClearLine(); }
  RaceProgress(const RaceProgress&) = delete;
  RaceProgress& operator=(const RaceProgress&) = delete;

  void OnStart(std::size_t racer, std::uint64_t repeat) override;
  void OnProgress(const Progress& progress) override;
  void OnFinish(const RaceEntry& entry) override;

 private:
  void ClearLine();
  void Line(const std::string& text);

  const std::vector<Racer>& racers_;
  std::uint64_t repeats_;
  bool quiet_;
  bool is_terminal_;
  Signals& signals_;
  bool line_is_shown_ = false;
  std::chrono::steady_clock::time_point next_line_;
  std::string label_;  // "[2/9] k-async K=2"
};

}  // namespace tortoise::cli
