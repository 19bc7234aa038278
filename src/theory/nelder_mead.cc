// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/nelder_mead.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <limits>
#include <utility>

namespace tortoise::internal {
namespace {

constexpr int kMaxSteps = 400;  // 2 or 3 variables take about 60

using Function = std::function<double(const std::vector<double>&)>;

class Simplex {
 public:
  Simplex(const Function& f, const std::vector<double>& start, double step)
      : f_(f) {
    points_.push_back(Evaluate(start));
    for (std::size_t i = 0; i < start.size(); ++i) {
      std::vector<double> x = start;
      x[i] += step;
      points_.push_back(Evaluate(std::move(x)));
    }
    Sort();
  }

  // The best of them.
  SimplexPoint Minimise(double tolerance) {
    for (int k = 0; k < kMaxSteps; ++k) {
      if (points_.back().value - points_.front().value <= tolerance) break;
      Step();
      Sort();
    }
    return points_.front();
  }

 private:
  SimplexPoint Evaluate(std::vector<double> x) const {
    const double value = f_(x);
    return {std::move(x), std::isnan(value)
                              ? std::numeric_limits<double>::infinity()
                              : value};
  }

  void Sort() {
    std::stable_sort(points_.begin(), points_.end(),
                     [](const SimplexPoint& a, const SimplexPoint& b) {
                       return a.value < b.value;
                     });
  }

  // From the worst point through the centre of the others: 1 is its mirror.
  [[nodiscard]] SimplexPoint Beyond(double distance) const {
    const std::size_t n = points_.size() - 1;
    std::vector<double> x(n, 0.0);
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t k = 0; k < n; ++k) x[i] += points_[k].x[i];
      x[i] /= static_cast<double>(n);
      x[i] += distance * (x[i] - points_.back().x[i]);
    }
    return Evaluate(std::move(x));
  }

  void Step() {
    SimplexPoint& worst = points_.back();
    SimplexPoint mirror = Beyond(1.0);
    if (mirror.value < points_.front().value) {
      SimplexPoint further = Beyond(2.0);
      worst = further.value < mirror.value ? further : mirror;
      return;
    }
    if (mirror.value < points_[points_.size() - 2].value) {
      worst = std::move(mirror);
      return;
    }
    SimplexPoint nearer = Beyond(mirror.value < worst.value ? 0.5 : -0.5);
    if (nearer.value < std::min(mirror.value, worst.value)) {
      worst = std::move(nearer);
      return;
    }
    for (std::size_t k = 1; k < points_.size(); ++k) {  // shrink
      std::vector<double> x = points_[k].x;
      for (std::size_t i = 0; i < x.size(); ++i) {
        x[i] = points_.front().x[i] + 0.5 * (x[i] - points_.front().x[i]);
      }
      points_[k] = Evaluate(std::move(x));
    }
  }

  const Function& f_;
  std::vector<SimplexPoint> points_;
};

}  // namespace

SimplexPoint NelderMead(const Function& f, std::vector<double> start,
                        double step, double tolerance) {
  SimplexPoint best = Simplex(f, start, step).Minimise(tolerance);
  for (int restart = 0; restart < 3; ++restart) {
    SimplexPoint next = Simplex(f, best.x, step / 4).Minimise(tolerance);
    const bool better = next.value < best.value - tolerance;
    if (next.value < best.value) best = std::move(next);
    if (!better) break;
  }
  return best;
}

}  // namespace tortoise::internal
