// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <exception>
#include <span>
#include <vector>

#include "engine/computation.h"

namespace tortoise::internal {

/// Computes contributions ahead of their arrivals, side by side on all
/// processors. A contribution is a function of its snapshot and its draws, and
/// both are fixed when its worker is released: so it does not matter when it is
/// computed, nor beside what. Not thread-safe; joins before it returns.
template <typename T>
class ComputeAhead {
 public:
  /// Where a contribution is computed and then waits for its arrival.
  struct Slot {
    Slot(const AnyObjective<T>& objective, const RunOptions& options)
        : computation(objective, options) {}
    Computation<T> computation;
    double loss = 0.0;           // mean mini-batch loss
    std::exception_ptr failure;  // what the objective threw, if it did
  };

  /// What to compute; see Computation.
  struct Job {
    int worker = 0;
    std::int64_t gradient = 0;    // index of its first draw
    std::span<const T> snapshot;  // [num_parameters]
    int local_steps = 1;
    double step_size = 0.0;
    Slot* slot = nullptr;  // is set
  };

  ComputeAhead(const AnyObjective<T>& objective, const RunOptions& options);

  /// How many contributions are worth computing now, >= 1: no more than keep
  /// the processors busy beside those that wait for their arrival already.
  [[nodiscard]] std::size_t Room() const;

  /// Takes a slot for each job and fills it. What an objective throws is kept
  /// for the moment of the arrival.
  void Compute(std::span<Job> jobs);

  /// Gives a slot back.
  void Return(Slot* slot) { idle_.push_back(slot); }

 private:
  Slot* Take();

  const AnyObjective<T>& objective_;
  const RunOptions options_;
  const std::size_t processors_;
  std::deque<Slot> slots_;  // never moves them
  std::vector<Slot*> idle_;
};

}  // namespace tortoise::internal
