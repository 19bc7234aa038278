// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/lattice.h"

#include <algorithm>
#include <boost/math/quadrature/gauss.hpp>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>

namespace tortoise::internal {
namespace {

constexpr std::size_t kMargin = 4;  // cells that interpolation needs beyond x

// out[i] += sum over j <= i of a[j] b[i - j].
void AddConvolution(const std::vector<double>& a, const std::vector<double>& b,
                    std::vector<double>& out) {
  const std::size_t n = out.size();
  for (std::size_t j = 0; j < n; ++j) {
    const double factor = a[j];
    if (factor == 0.0) continue;
    double* to = out.data() + j;
    const double* from = b.data();
#pragma omp simd
    for (std::size_t i = 0; i < n - j; ++i) to[i] += factor * from[i];
  }
}

}  // namespace

// Pr(rounded up from cell i) makes Pr(S > i width) the mean of the survival
// over the cell, and that is all that keeping the mean asks for.
Lattice::Lattice(const std::function<double(double)>& survival, double width,
                 std::size_t cells)
    : width_(width), mass_(cells), above_(cells) {
  using Adaptive = boost::math::quadrature::gauss_kronrod<double, 15>;
  using Fixed = boost::math::quadrature::gauss<double, 7>;
  double before = 1.0;
  for (std::size_t i = 0; i < cells; ++i) {
    const double left = static_cast<double>(i) * width;
    // A density may be infinite at 0.
    const double integral =
        i == 0 ? Adaptive::integrate(survival, left, left + width, 12, 1e-12)
               : Fixed::integrate(survival, left, left + width);
    above_[i] = std::min(before, integral / width);
    mass_[i] = before - above_[i];
    before = above_[i];
  }
}

Lattice Lattice::Plus(const Lattice& other) const {
  Lattice sum;
  sum.width_ = width_;
  sum.mass_.assign(mass_.size(), 0.0);
  AddConvolution(mass_, other.mass_, sum.mass_);
  // A + B > i if A > i, or A = j <= i and B > i - j.
  sum.above_ = above_;
  AddConvolution(mass_, other.above_, sum.above_);
  return sum;
}

Lattice Lattice::Sum(std::int64_t draws) const {
  Lattice power = *this;
  Lattice sum;
  bool is_empty = true;
  for (;;) {
    if (draws & 1) {
      sum = is_empty ? power : sum.Plus(power);
      is_empty = false;
    }
    draws >>= 1;
    if (draws == 0) return sum;
    power = power.Plus(power);
  }
}

double Lattice::reach() const {
  return static_cast<double>(above_.size() - kMargin) * width_;
}

// above[i] belongs to the middle of cell i.
double Lattice::Survival(double x) const {
  const double position = x / width_ - 0.5;
  if (position < 1.0) {  // straight from 1 at the left end, so never above it
    const double left = position < 0.0 ? 1.0 : above_[0];
    const double right = position < 0.0 ? above_[0] : above_[1];
    const double t = position < 0.0 ? 2.0 * (position + 0.5) : position;
    return left + t * (right - left);
  }
  const auto i =
      std::min(static_cast<std::size_t>(position), above_.size() - 3);
  const double t = position - static_cast<double>(i);
  const double value = above_[i - 1] * (-t * (t - 1) * (t - 2) / 6) +
                       above_[i] * ((t + 1) * (t - 1) * (t - 2) / 2) +
                       above_[i + 1] * (-(t + 1) * t * (t - 2) / 2) +
                       above_[i + 2] * ((t + 1) * t * (t - 1) / 6);
  return std::clamp(value, above_[i + 1], above_[i]);
}

LatticeSum::LatticeSum(const std::function<double(double)>& survival,
                       std::int64_t draws, double range, std::size_t cells,
                       double least_survival)
    : survival_(survival), draws_(static_cast<double>(draws)) {
  constexpr int kMostLattices = 80;
  double reach = range;
  for (int level = 0; level < kMostLattices; ++level) {
    // What happens far out happens on the scale of the distance.
    const std::size_t size =
        level == 0 ? cells : std::max<std::size_t>(cells / 4, 64);
    const double width = reach / static_cast<double>(size - kMargin);
    lattices_.push_back(Lattice(survival, width, size).Sum(draws));
    const double rest = draws_ * survival(reach / draws_) * (reach / range);
    if (rest < least_survival) break;
    reach *= 2;
  }
}

double LatticeSum::Survival(double x) const {
  for (const Lattice& lattice : lattices_) {
    if (x <= lattice.reach()) return lattice.Survival(x);
  }
  return std::min(1.0, draws_ * survival_(x));
}

}  // namespace tortoise::internal
