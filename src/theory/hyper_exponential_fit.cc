// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/hyper_exponential_fit.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

namespace tortoise::internal {
namespace {

// Where the data are a single exponential the steps keep getting smaller, and
// nothing is lost by giving up.
constexpr int kMaxSteps = 300;

struct Mixture {
  std::array<double, 2> means;
  double first;  // probability of means[0]

  [[nodiscard]] double probability(std::size_t k) const {
    return k == 0 ? first : 1 - first;
  }
};

// What a component is responsible for: the expected number of its gradients,
// of those seen to end, and their seconds.
struct Share {
  double count = 0.0;
  double ended = 0.0;
  double seconds = 0.0;
};

// One step of expectation maximisation: which component a gradient belongs to
// is the hidden variable; for a left-censored one so is its time. Gives the
// log-likelihood of the mixture before the step.
class Step {
 public:
  explicit Step(const Mixture& mixture) : mixture_(mixture) {}

  double Expect(const DelaySample& sample) {
    double sum = 0.0;
    for (const CountedSeconds& x : sample.exact) {
      sum += Add(x, /*density=*/true);
    }
    for (const CountedSeconds& x : sample.right) {
      sum += Add(x, /*density=*/false);
    }
    for (const CountedSeconds& x : sample.left) sum += AddLeft(x);
    return sum;
  }

  [[nodiscard]] Mixture Maximise() const {
    Mixture next = {};
    for (std::size_t k = 0; k < 2; ++k) {
      next.means[k] = shares_[k].seconds / shares_[k].ended;
    }
    next.first = shares_[0].count / (shares_[0].count + shares_[1].count);
    return next;
  }

 private:
  // Exact by its density, or right-censored by its survival; both relative to
  // the larger of the two exponentials, so that a far one does not vanish.
  double Add(const CountedSeconds& x, bool density) {
    const double top =
        -x.seconds / std::max(mixture_.means[0], mixture_.means[1]);
    std::array<double, 2> weights = {};
    for (std::size_t k = 0; k < 2; ++k) {
      weights[k] = mixture_.probability(k) *
                   std::exp(-x.seconds / mixture_.means[k] - top);
      if (density) weights[k] /= mixture_.means[k];
    }
    const double total = weights[0] + weights[1];
    for (std::size_t k = 0; k < 2; ++k) {
      const double part = x.count * weights[k] / total;
      shares_[k].count += part;
      if (density) shares_[k].ended += part;
      shares_[k].seconds += part * x.seconds;
    }
    return x.count * (std::log(total) + top);
  }

  double AddLeft(const CountedSeconds& x) {
    std::array<double, 2> weights = {};
    for (std::size_t k = 0; k < 2; ++k) {
      weights[k] =
          -mixture_.probability(k) * std::expm1(-x.seconds / mixture_.means[k]);
    }
    const double total = weights[0] + weights[1];
    for (std::size_t k = 0; k < 2; ++k) {
      const double part = x.count * weights[k] / total;
      const double m = mixture_.means[k];
      // E[X | X <= x] = m - x / (e^(x / m) - 1).
      const double expected = m - x.seconds / std::expm1(x.seconds / m);
      shares_[k].count += part;
      shares_[k].ended += part;
      shares_[k].seconds += part * expected;
    }
    return x.count * std::log(total);
  }

  Mixture mixture_;
  std::array<Share, 2> shares_ = {};
};

}  // namespace

// Starts apart: nine in ten fast ones, the rest ten times slower.
std::optional<DelayLaw> FitHyperExponential(const DelaySample& sample) {
  double seconds = 0.0;
  for (const auto* list : {&sample.exact, &sample.right, &sample.left}) {
    for (const CountedSeconds& x : *list) seconds += x.count * x.seconds;
  }
  const double mean = seconds / (sample.num_exact + sample.num_left);
  if (!(mean > 0)) return std::nullopt;
  Mixture mixture = {{0.5 * mean, 5 * mean}, 0.9};
  double previous = 0.0;
  for (int k = 0; k < kMaxSteps; ++k) {
    Step step(mixture);
    const double likelihood = step.Expect(sample);
    const Mixture next = step.Maximise();
    const bool usable = next.means[0] > 0 && next.means[1] > 0 &&
                        next.first > 0 && next.first < 1 &&
                        std::isfinite(next.means[0] + next.means[1]);
    if (!usable) return std::nullopt;
    mixture = next;
    if (k > 10 && likelihood - previous < 1e-4) break;
    previous = likelihood;
  }
  return DelayLaw::HyperExponential({mixture.means[0], mixture.means[1]},
                                    {mixture.first, 1 - mixture.first});
}

}  // namespace tortoise::internal
