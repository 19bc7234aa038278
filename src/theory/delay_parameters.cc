// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/delay_parameters.h"

#include <Eigen/LU>
#include <cmath>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>

namespace tortoise::internal {
namespace {

// Of the support, known from the smallest or largest value. If such values are
// censored it is an ordinary parameter.
bool IsEnd(LawKind law, const std::string& key, const DelaySample& sample) {
  if (key == "high") return sample.right.empty();
  const bool is_end = key == "low" || key == "shift" ||
                      (law == LawKind::kPareto && key == "scale");
  return is_end && sample.left.empty();
}

// The law with real parameters i and j moved.
class Neighbours {
 public:
  explicit Neighbours(const DelayLaw& law) : law_(law), reals_(ToReals(law)) {}

  template <typename F>
  double At(F f, std::size_t i, double by_i, std::size_t j, double by_j) const {
    std::vector<double> moved = reals_;
    moved[i] += by_i;
    moved[j] += by_j;
    const auto law = FromReals(law_, moved);
    return law ? f(*law) : std::numeric_limits<double>::quiet_NaN();
  }

 private:
  const DelayLaw& law_;
  std::vector<double> reals_;
};

std::vector<std::size_t> RegularParameters(const DelayLaw& law,
                                           const DelaySample& sample) {
  std::vector<std::size_t> regular;
  std::size_t next = 0;
  for (const auto& [key, values] : law.keys()) {
    const std::size_t count = key == "probabilities" ? 1 : values.size();
    for (std::size_t i = 0; i < count; ++i, ++next) {
      if (!IsEnd(law.kind(), key, sample)) regular.push_back(next);
    }
  }
  return regular;
}

}  // namespace

std::vector<double> ToReals(const DelayLaw& law) {
  std::vector<double> reals;
  for (const auto& [key, values] : law.keys()) {
    if (key == "probabilities") {
      reals.push_back(std::log(values[0] / values[1]));
    } else {
      for (const double value : values) reals.push_back(std::log(value));
    }
  }
  return reals;
}

std::optional<DelayLaw> FromReals(const DelayLaw& example,
                                  const std::vector<double>& reals) {
  auto keys = example.keys();
  auto real = reals.begin();
  for (auto& [key, values] : keys) {
    if (key == "probabilities") {
      const double p = 1 / (1 + std::exp(-*real++));
      values = {p, 1 - p};
    } else {
      for (double& value : values) value = std::exp(*real++);
    }
  }
  try {
    return DelayLaw::Make(example.name(), keys);
  } catch (const std::invalid_argument&) {  // out of range
    return std::nullopt;
  }
}

// With g the gradient of the mean and H the observed information, both by
// central differences in the real parameters: sqrt(g' H^-1 g).
double MeanError(const DelayLaw& law, const DelaySample& sample) {
  constexpr double kStep = 1e-3;  // error 1e-6; rounding 1e-16 n / 1e-6
  const std::vector<std::size_t> free = RegularParameters(law, sample);
  if (free.empty()) {  // uniform: both ends are off by width / n
    return (law.Quantile(1 - 1e-12) - law.lowest()) /
           (sample.num_exact * std::sqrt(2.0));
  }
  const Neighbours near(law);
  const auto likelihood = [&](const DelayLaw& l) {
    return LogLikelihood(l, sample);
  };
  const auto mean = [](const DelayLaw& l) { return l.mean(); };
  const auto size = static_cast<Eigen::Index>(free.size());
  Eigen::VectorXd slope(size);
  Eigen::MatrixXd information(size, size);
  for (Eigen::Index r = 0; r < size; ++r) {
    const std::size_t i = free[static_cast<std::size_t>(r)];
    slope[r] =
        (near.At(mean, i, kStep, i, 0.) - near.At(mean, i, -kStep, i, 0.)) /
        (2 * kStep);
    for (Eigen::Index c = 0; c < size; ++c) {
      const std::size_t j = free[static_cast<std::size_t>(c)];
      const double h = i == j ? kStep / 2 : kStep;
      const double mixed =
          near.At(likelihood, i, h, j, h) - near.At(likelihood, i, h, j, -h) -
          near.At(likelihood, i, -h, j, h) + near.At(likelihood, i, -h, j, -h);
      information(r, c) = -mixed / (4 * h * h);
    }
  }
  const double variance = slope.dot(information.partialPivLu().solve(slope));
  // Negative if the likelihood bends the wrong way, not finite if it is flat.
  return variance >= 0 && std::isfinite(variance)
             ? std::sqrt(variance)
             : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace tortoise::internal
