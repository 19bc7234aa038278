// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/order_statistics.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <boost/math/special_functions/digamma.hpp>
#include <boost/math/special_functions/gamma.hpp>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "core/check.h"
#include "theory/event_tail.h"
#include "theory/integrate.h"
#include "theory/sum_law.h"

namespace tortoise {
namespace {

using internal::EventGroup;
using internal::Require;
using internal::SumLaw;

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kRounding = 1e-14;  // relative, of a closed form

// Multiplications that are spent on one expectation, at most.
constexpr double kMostWork = 1e10;

void Check(const OrderStatistic& what) {
  Require(what.n >= 1, fmt::format("n = {} must be >= 1", what.n));
  Require(what.k >= 1 && what.k <= what.n,
          fmt::format("k = {} must be between 1 and n = {}", what.k, what.n));
  Require(what.draws >= 1, fmt::format("draws = {} must be >= 1", what.draws));
  Require(what.speeds.empty() ||
              what.speeds.size() == static_cast<std::size_t>(what.n),
          fmt::format("speeds has {} entries and must have {}",
                      what.speeds.size(), what.n));
  for (const double speed : what.speeds) {
    Require(speed > 0.0 && std::isfinite(speed),
            fmt::format("speed = {} must be > 0", speed));
  }
  Require(what.floor >= 0.0, "floor must be >= 0");
}

// Workers of the same speed.
struct SpeedGroup {
  double speed;
  std::int64_t count;
};

std::vector<SpeedGroup> GroupsOf(const OrderStatistic& what) {
  if (what.speeds.empty()) return {{1.0, what.n}};
  std::map<double, std::int64_t> counts;
  for (const double speed : what.speeds) ++counts[speed];
  std::vector<SpeedGroup> groups;
  for (const auto& [speed, count] : counts) groups.push_back({speed, count});
  return groups;
}

// H_n - H_(n-k).
double HarmonicDifference(std::int64_t n, std::int64_t k) {
  if (k > 1000) {
    const auto psi = [](std::int64_t i) {
      return boost::math::digamma(static_cast<double>(i) + 1.0);
    };
    return psi(n) - psi(n - k);
  }
  double sum = 0.0;
  for (std::int64_t i = n; i > n - k; --i) sum += 1.0 / static_cast<double>(i);
  return sum;
}

// E[X_(k:n)] for one draw at speed 1, where there is a formula.
std::optional<double> ClosedForm(const DelayLaw& law, std::int64_t n,
                                 std::int64_t k) {
  const auto all = static_cast<double>(n);
  const auto place = static_cast<double>(k);
  switch (law.kind()) {
    case LawKind::kConstant:
      return law.mean();
    case LawKind::kUniform: {
      const double low = law.Key("low");
      return low + (law.Key("high") - low) * (place / (all + 1));
    }
    case LawKind::kExponential:
      return law.mean() * HarmonicDifference(n, k);
    case LawKind::kShiftedExponential:
      return law.Key("shift") + law.Key("mean") * HarmonicDifference(n, k);
    case LawKind::kPareto: {
      const double power = 1.0 / law.Key("shape");
      if (all - place + 1 <= power) return kInfinity;
      using boost::math::tgamma_delta_ratio;  // G(a) / G(a + delta)
      return law.Key("scale") *
             tgamma_delta_ratio(all - place + 1 - power, power) /
             tgamma_delta_ratio(all + 1 - power, power);
    }
    case LawKind::kWeibull: {
      if (k != 1) return std::nullopt;
      const double power = 1.0 / law.Key("shape");
      return law.Key("scale") * std::pow(all, -power) * std::tgamma(1 + power);
    }
    default:
      return std::nullopt;
  }
}

Expectation Exact(double value, std::string reason) {
  return {.value = value,
          .error = std::isfinite(value) ? kRounding * value : 0.0,
          .reason = std::move(reason)};
}

// The law of the k-th smallest time, from that of one time at speed 1.
class PlaceLaw {
 public:
  PlaceLaw(SumLaw sum, std::vector<SpeedGroup> groups, std::int64_t least)
      : sum_(std::move(sum)), groups_(std::move(groups)), least_(least) {
    for (const SpeedGroup& group : groups_) {
      events_.push_back({group.count, 0.0});
    }
  }

  // Pr(Y_(k:n) > x): at least n - k + 1 of the times are above x.
  double Survival(double x) {
    for (std::size_t g = 0; g < groups_.size(); ++g) {
      const double work = x * groups_[g].speed;
      events_[g].probability =
          work < sum_.lowest ? 1.0 : std::clamp(sum_.survival(work), 0.0, 1.0);
    }
    return internal::TailProbability(events_, least_);
  }

  // Each point of a quadrature, of which there are some hundreds, costs this.
  [[nodiscard]] double Cost() const {
    return internal::TailCost(events_, least_);
  }

  // Every value that the k-th smallest time may have, rising.
  [[nodiscard]] std::vector<double> Atoms() const {
    std::vector<double> atoms;
    for (const SpeedGroup& group : groups_) {
      for (const double atom : sum_.atoms) atoms.push_back(atom / group.speed);
    }
    std::sort(atoms.begin(), atoms.end());
    atoms.erase(std::unique(atoms.begin(), atoms.end()), atoms.end());
    return atoms;
  }

  [[nodiscard]] double Lowest() const {
    return sum_.lowest / groups_.back().speed;  // of the fastest
  }
  [[nodiscard]] const SumLaw& sum() const { return sum_; }
  [[nodiscard]] double slowest() const { return groups_.front().speed; }

 private:
  SumLaw sum_;
  std::vector<SpeedGroup> groups_;  // by rising speed
  std::int64_t least_;
  std::vector<EventGroup> events_;
};

Expectation TooCostly() {
  return {.reason = "too many workers of different speeds for an exact sum"};
}

// E[max(floor, Y)] of a law with finitely many values: the area under steps.
Expectation OverAtoms(PlaceLaw& law, double floor) {
  const std::vector<double> atoms = law.Atoms();
  if (law.Cost() * static_cast<double>(atoms.size()) > kMostWork) {
    return TooCostly();
  }
  double value = std::max(floor, atoms[0]);
  for (std::size_t i = 0; i + 1 < atoms.size(); ++i) {
    const double left = std::max(floor, atoms[i]);
    if (atoms[i + 1] <= left) continue;
    // Not at an atom, where a rounded x times speed may be on either side.
    const double between = atoms[i] + (atoms[i + 1] - atoms[i]) / 2;
    value += (atoms[i + 1] - left) * law.Survival(between);
  }
  return Exact(value, "exact: a sum over all values");
}

// E[max(floor, Y)] = floor + the area under the survival beyond it.
internal::Integral Area(PlaceLaw& law, double floor) {
  const double from = std::max(floor, law.Lowest());
  const internal::Integral area =
      internal::IntegrateSurvival([&law](double x) { return law.Survival(x); },
                                  from, law.sum().scale / law.slowest());
  return {from + area.value, area.error};
}

bool IsInfinite(const DelayLaw& law, std::int64_t least) {
  if (law.kind() == LawKind::kPareto) {
    return law.Key("shape") * static_cast<double>(least) <= 1.0;
  }
  return law.kind() != LawKind::kOwn && std::isinf(law.mean());
}

Expectation ByQuadrature(const OrderStatistic& what, const DelayLaw& law) {
  constexpr double kPoints = 600;
  const std::vector<SpeedGroup> groups = GroupsOf(what);
  const std::int64_t least = what.n - what.k + 1;
  const double least_survival = 1e-13 / static_cast<double>(what.n);
  const auto make = [&](std::size_t cells) {
    return PlaceLaw(
        internal::MakeSumLaw(law, what.draws, cells, least_survival), groups,
        least);
  };
  constexpr std::size_t kCells = 1024;
  PlaceLaw coarse = make(kCells);
  if (!coarse.sum().atoms.empty()) return OverAtoms(coarse, what.floor);
  if (coarse.Cost() * kPoints > kMostWork) return TooCostly();
  const internal::Integral area = Area(coarse, what.floor);
  if (!coarse.sum().is_lattice) {
    return {.value = area.value,
            .error = area.error + kRounding * area.value,
            .reason = "quadrature"};
  }
  // The error of a lattice goes with the square of its width.
  PlaceLaw fine = make(2 * kCells);
  const internal::Integral better = Area(fine, what.floor);
  const double difference = (better.value - area.value) / 3.0;
  const double value = better.value + difference;
  const double error = std::abs(difference) + better.error;
  if (error > 1e-2 * value) {
    return {.reason = fmt::format(
                "no error can be promised for sums of {} draws of this law",
                what.draws)};
  }
  return {.value = value, .error = error, .reason = "numerical convolution"};
}

}  // namespace

Expectation ExpectedOrderStatistic(const OrderStatistic& what) {
  Check(what);
  const DelayLaw law = internal::Simplified(what.law);
  const std::vector<SpeedGroup> groups = GroupsOf(what);
  const std::int64_t least = what.n - what.k + 1;
  if (law.keys().empty() && std::isinf(law.mean())) {
    return {.reason = "the mean of the law is infinite"};
  }
  if (IsInfinite(law, least)) {
    return {.value = kInfinity, .reason = "the expectation is infinite"};
  }
  const double lowest = static_cast<double>(what.draws) * law.lowest();
  if (groups.size() == 1 && what.floor <= lowest / groups[0].speed) {
    const double speed = groups[0].speed;
    if (what.n == 1) {
      return Exact(static_cast<double>(what.draws) * law.mean() / speed,
                   "exact: the mean");
    }
    if (what.draws == 1) {
      const auto value = ClosedForm(law, what.n, what.k);
      if (value) return Exact(*value / speed, "exact: a closed form");
    }
  }
  return ByQuadrature(what, law);
}

}  // namespace tortoise
