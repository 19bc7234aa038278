// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/sum_law.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <memory>
#include <string>
#include <utility>

#include "theory/lattice.h"

namespace tortoise::internal {
namespace {

// The atoms of a two-speed sum: j of the draws are slow.
SumLaw TwoSpeedSum(const DelayLaw& law, std::int64_t draws) {
  const double fast = law.Key("fast");
  const double slow = law.Key("slow");
  const double p = law.Key("probability");
  const auto n = static_cast<double>(draws);
  SumLaw sum;
  sum.lowest = n * fast;
  sum.scale = n * (slow - fast);
  for (std::int64_t j = 0; j <= draws; ++j) {
    const auto count = static_cast<double>(j);
    sum.atoms.push_back((n - count) * fast + count * slow);
  }
  const std::vector<double> atoms = sum.atoms;
  // Pr(S > x) = Pr(more slow draws than the last atom at or below x has).
  sum.survival = [atoms, n, p](double x) {
    const auto next = std::upper_bound(atoms.begin(), atoms.end(), x);
    const auto least = static_cast<double>(next - atoms.begin());
    if (least == 0) return 1.0;
    return least > n ? 0.0 : boost::math::ibeta(least, n - least + 1, p);
  };
  return sum;
}

SumLaw ConstantSum(double value) {
  return {.survival = [value](double x) { return x < value ? 1.0 : 0.0; },
          .lowest = value,
          .scale = 1.0,
          .atoms = {value}};
}

// `law`, moved by `shift`.
SumLaw Shifted(const DelayLaw& law, double shift) {
  SumLaw sum;
  sum.survival = [law, shift](double x) { return law.Survival(x - shift); };
  sum.lowest = shift + law.lowest();
  sum.scale = law.Quantile(0.75) - law.lowest();
  if (!(sum.scale > 0.0)) sum.scale = std::max(sum.lowest, 1e-300);
  return sum;
}

SumLaw LatticeSumLaw(const DelayLaw& law, std::int64_t draws, std::size_t cells,
                     double least_survival) {
  const auto n = static_cast<double>(draws);
  const double lowest = law.lowest();
  const double typical = law.Quantile(0.75) - lowest;
  const double most = law.Quantile(1 - 0x1p-53) - lowest;
  const double range = 1.01 * n * std::min(2 * typical, most);
  const auto above = [law, lowest](double x) {
    return law.Survival(lowest + x);
  };
  const auto lattices = std::make_shared<const LatticeSum>(
      above, draws, range, cells, least_survival);
  SumLaw sum;
  sum.lowest = n * lowest;
  sum.scale = n * typical;
  sum.is_lattice = true;
  sum.survival = [lattices, start = sum.lowest](double x) {
    return lattices->Survival(std::max(0.0, x - start));
  };
  return sum;
}

}  // namespace

DelayLaw Simplified(const DelayLaw& law) {
  if (law.kind() == LawKind::kUniform && law.Key("low") == law.Key("high")) {
    return DelayLaw::Constant(law.mean());
  }
  if (law.kind() == LawKind::kLognormal && law.Key("sigma") == 0.0) {
    return DelayLaw::Constant(law.mean());
  }
  if (law.kind() == LawKind::kTwoSpeed) {
    const double p = law.Key("probability");
    if (p == 0.0 || p == 1.0 || law.Key("fast") == law.Key("slow")) {
      return DelayLaw::Constant(law.mean());
    }
  }
  const bool is_exponential =
      ((law.kind() == LawKind::kGamma || law.kind() == LawKind::kWeibull) &&
       law.Key("shape") == 1.0) ||
      (law.kind() == LawKind::kShiftedExponential && law.Key("shift") == 0.0);
  if (is_exponential) return DelayLaw::Exponential(law.mean());
  if (law.kind() == LawKind::kHyperExponential) {
    const auto& means = law.keys().at("means");
    if (std::ranges::all_of(means, [&](double m) { return m == means[0]; })) {
      return DelayLaw::Exponential(means[0]);
    }
  }
  return law;
}

SumLaw MakeSumLaw(const DelayLaw& given, std::int64_t draws, std::size_t cells,
                  double least_survival) {
  const DelayLaw law = Simplified(given);
  const auto n = static_cast<double>(draws);
  if (law.kind() == LawKind::kConstant) return ConstantSum(n * law.mean());
  if (law.kind() == LawKind::kTwoSpeed) return TwoSpeedSum(law, draws);
  if (draws == 1) return Shifted(law, 0.0);
  const bool is_shifted = law.kind() == LawKind::kShiftedExponential;
  if (is_shifted || law.kind() == LawKind::kExponential ||
      law.kind() == LawKind::kGamma) {
    const double shift = is_shifted ? law.Key("shift") : 0.0;
    const double shape =
        n * (law.kind() == LawKind::kGamma ? law.Key("shape") : 1.0);
    constexpr double kLargestShape = 1e6;  // that DelayLaw takes
    if (shape <= kLargestShape) {
      const double mean = n * (law.mean() - shift);
      return Shifted(DelayLaw::Gamma(shape, mean), n * shift);
    }
  }
  return LatticeSumLaw(law, draws, cells, least_survival);
}

}  // namespace tortoise::internal
