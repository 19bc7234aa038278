// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/integrate.h"

#include <algorithm>
#include <boost/math/quadrature/gauss_kronrod.hpp>
#include <cmath>
#include <limits>

namespace tortoise::internal {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kTolerance = 1e-9;

using Function = std::function<double(double)>;

Integral Piece(const Function& f, double a, double b, unsigned depth) {
  if (!(b > a)) return {};
  using Rule = boost::math::quadrature::gauss_kronrod<double, 31>;
  Integral piece;
  piece.value = Rule::integrate(f, a, b, depth, kTolerance, &piece.error);
  return piece;
}

// The same with the logarithm of the distance from `from` as the variable: near
// the left end a survival may fall like any power of that distance.
Integral LogPiece(const Function& f, double from, double a, double b) {
  constexpr unsigned kDepth = 8;
  if (!(a > from)) return Piece(f, a, b, kDepth);
  if (!(b > a)) return {};
  return Piece(
      [&](double t) {
        const double distance = std::exp(t);
        return f(from + distance) * distance;
      },
      std::log(a - from), std::log(b - from), kDepth);
}

void Add(const Integral& piece, Integral& total) {
  total.value += piece.value;
  total.error += piece.error;
}

// A point where f is between `low` and `high`, inside [a, b] with
// f(a) >= high and f(b) <= low; or next to where it jumps over them.
double Between(const Function& f, double a, double b, double low, double high) {
  for (int step = 0; step < 100; ++step) {
    const double middle = a + (b - a) / 2;
    if (middle <= a || middle >= b) break;
    const double value = f(middle);
    if (value >= low && value <= high) return middle;
    (value > high ? a : b) = middle;
  }
  return b;
}

// A point at or beyond `from` with f <= level, no further out than needed to a
// factor of two.
double Below(const Function& f, double from, double scale, double level) {
  double distance = scale;
  while (f(from + distance) > level && distance < 1e300) distance *= 2;
  return from + distance;
}

// From x on, in pieces of twice the length each. Once a tail has kept falling
// like a power for 200 of them, the rest is a geometric series.
Integral Tail(const Function& f, double x, double length, double so_far) {
  constexpr int kMostPieces = 200;
  Integral tail;
  double before = 0.0;
  double ratio = 0.0;
  for (int k = 0; k < kMostPieces; ++k) {
    const Integral piece = Piece(f, x, x + length, 6);
    Add(piece, tail);
    ratio = before > 0.0 ? piece.value / before : 0.0;
    before = piece.value;
    x += length;
    length *= 2;
    // What is left is at most ratio / (1 - ratio) pieces of this kind.
    const double left = ratio < 1.0 ? before * ratio / (1.0 - ratio) : before;
    if (k > 1 && left < 1e-14 * (so_far + tail.value)) return tail;
    if (before == 0.0) return tail;
  }
  if (ratio >= 1.0 - 1e-9) return {.value = kInfinity, .error = 0.0};
  const double rest = before * ratio / (1.0 - ratio);
  return {.value = tail.value + rest, .error = tail.error + 1e-6 * rest};
}

}  // namespace

Integral IntegrateSurvival(const Function& f, double from, double scale) {
  if (!(f(from) > 0.0)) return {};
  // Where it begins to fall, has half fallen, and has nearly ended: between
  // them and beside them it is smooth on a scale that the rule sees.
  const double half = Below(f, from, scale, 0.5);
  const double middle = Between(f, from, half, 0.3, 0.7);
  const double begin = f(from) < 1.0 - 1e-7
                           ? from
                           : Between(f, from, middle, 1 - 1e-3, 1 - 1e-7);
  const double least = std::max((middle - from) * 1e-9, scale * 1e-12);
  const double width = std::max(middle - begin, least);
  const double low = Below(f, middle, width, 1e-3);
  const double end = Between(f, middle, low, 1e-6, 1e-3);
  Integral total = Piece(f, from, begin, 4);
  Add(LogPiece(f, from, begin, middle), total);
  Add(LogPiece(f, from, middle, end), total);
  Add(Tail(f, end, std::max(end - begin, width), total.value), total);
  return total;
}

}  // namespace tortoise::internal
