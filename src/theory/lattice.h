// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace tortoise::internal {

/// A sum of independent times on the multiples of a width: `mass[i]` is
/// Pr(S = i width), `above[i]` is Pr(S > i width). Only sums and products of
/// probabilities make it, so both are relatively precise in the tail.
class Lattice {
 public:
  /// The time with this survival function, split between the two neighbouring
  /// multiples such that its mean stays.
  Lattice(const std::function<double(double)>& survival, double width,
          std::size_t cells);

  /// The law of the sum of `draws` such times.
  [[nodiscard]] Lattice Sum(std::int64_t draws) const;

  /// Pr(S > x) by cubic interpolation, for 0 <= x <= reach().
  [[nodiscard]] double Survival(double x) const;
  [[nodiscard]] double reach() const;

 private:
  Lattice() = default;
  [[nodiscard]] Lattice Plus(const Lattice& other) const;

  double width_ = 1.0;
  std::vector<double> mass_;
  std::vector<double> above_;
};

/// Lattices of growing width, each of which adds as much again to what the
/// finer ones reach: a heavy tail is as smooth on its own scale as the middle
/// of a law is. `range` is the reach of the finest, and lattices are added
/// until `survival` is below `least_survival` relative to its distance.
class LatticeSum {
 public:
  LatticeSum(const std::function<double(double)>& survival, std::int64_t draws,
             double range, std::size_t cells, double least_survival);

  /// Pr(S > x), x >= 0. Beyond the last lattice one draw is as long as the
  /// whole sum.
  [[nodiscard]] double Survival(double x) const;

 private:
  std::function<double(double)> survival_;
  double draws_;
  std::vector<Lattice> lattices_;
};

}  // namespace tortoise::internal
