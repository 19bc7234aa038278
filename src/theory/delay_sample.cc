// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/delay_sample.h"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace tortoise::internal {
namespace {

using Kind = DelayObservation::Kind;

void SortAndJoin(std::vector<CountedSeconds>* values) {
  std::sort(values->begin(), values->end(),
            [](const CountedSeconds& a, const CountedSeconds& b) {
              return a.seconds < b.seconds;
            });
  std::size_t kept = 0;
  for (const CountedSeconds& value : *values) {
    if (kept > 0 && (*values)[kept - 1].seconds == value.seconds) {
      (*values)[kept - 1].count += value.count;
      (*values)[kept - 1].above += value.above;
    } else {
      (*values)[kept++] = value;
    }
  }
  values->resize(kept);
}

void SortAndJoin(DelaySample* sample) {
  SortAndJoin(&sample->exact);
  SortAndJoin(&sample->right);
  SortAndJoin(&sample->left);
}

void Append(const std::vector<CountedSeconds>& from, double speed,
            std::vector<CountedSeconds>* to) {
  for (const CountedSeconds& value : from) {
    to->push_back({value.seconds * speed, value.count, value.above});
  }
}

// Kolmogorov's Pr(sup |B| > x) for a Brownian bridge B.
double KolmogorovTail(double x) {
  if (x < 0.2) return 1.0;  // 1 - 5e-13, and the series is slow
  double sum = 0.0;
  double sign = 1.0;
  for (int j = 1; j <= 100; ++j, sign = -sign) {
    const double term = std::exp(-2.0 * j * j * x * x);
    sum += sign * term;
    if (term < 1e-17) break;
  }
  return std::clamp(2.0 * sum, 0.0, 1.0);
}

}  // namespace

std::vector<DelaySample> SampleWorkers(
    std::span<const DelayObservation> observations) {
  int largest = -1;
  for (const auto& o : observations) largest = std::max(largest, o.worker);
  std::vector<DelaySample> workers(static_cast<std::size_t>(largest + 1));
  for (const DelayObservation& o : observations) {
    DelaySample& sample = workers[static_cast<std::size_t>(o.worker)];
    const CountedSeconds value = {o.seconds, 1.0};
    switch (o.kind) {
      case Kind::kExact:
        sample.exact.push_back(value);
        ++sample.num_exact;
        break;
      case Kind::kRightCensored:
        if (o.seconds == 0) break;  // says nothing
        sample.right.push_back(value);
        ++sample.num_right;
        break;
      case Kind::kAbove:
        sample.right.push_back({o.seconds, 1.0, 1.0});
        ++sample.num_right;
        break;
      case Kind::kLeftCensored:
        sample.left.push_back(value);
        ++sample.num_left;
        break;
    }
  }
  for (DelaySample& sample : workers) SortAndJoin(&sample);
  return workers;
}

DelaySample Pool(std::span<const DelaySample> workers,
                 std::span<const double> speeds) {
  DelaySample pool;
  for (std::size_t w = 0; w < workers.size(); ++w) {
    if (std::isnan(speeds[w])) continue;
    Append(workers[w].exact, speeds[w], &pool.exact);
    Append(workers[w].right, speeds[w], &pool.right);
    Append(workers[w].left, speeds[w], &pool.left);
    pool.num_exact += workers[w].num_exact;
    pool.num_right += workers[w].num_right;
    pool.num_left += workers[w].num_left;
  }
  SortAndJoin(&pool);
  return pool;
}

double LogLikelihood(const DelayLaw& law, const DelaySample& sample,
                     double speed) {
  double sum = sample.num_exact * std::log(speed);
  for (const CountedSeconds& x : sample.exact) {
    sum += x.count * law.LogDensity(x.seconds * speed);
  }
  for (const CountedSeconds& x : sample.right) {
    sum += x.count * std::log(law.Survival(x.seconds * speed));
  }
  for (const CountedSeconds& x : sample.left) {
    sum += x.count * std::log1p(-law.Survival(x.seconds * speed));
  }
  return sum;
}

std::vector<KaplanMeierStep> KaplanMeier(const DelaySample& sample) {
  std::vector<CountedSeconds> events = sample.exact;
  events.insert(events.end(), sample.left.begin(), sample.left.end());
  SortAndJoin(&events);
  const double total = sample.num_exact + sample.num_right + sample.num_left;
  std::vector<KaplanMeierStep> steps;
  double at_risk = total;
  double survival = 1.0;
  double spread = 0.0;
  auto right = sample.right.begin();
  for (const CountedSeconds& event : events) {
    for (; right != sample.right.end() && right->seconds < event.seconds;
         ++right) {
      at_risk -= right->count;
    }
    const double after = survival * (1.0 - event.count / at_risk);
    steps.push_back({event.seconds, 1.0 - survival, 1.0 - after, spread});
    spread += total * event.count / (at_risk * (at_risk - event.count));
    at_risk -= event.count;
    survival = after;
  }
  return steps;
}

// Hall and Wellner: sqrt(n) |F_n - F| (1 - K) / (1 - F_n), K = C / (1 + C), is
// bounded by a Brownian bridge. Without censoring the factor is 1.
DelayDistance MeasureDistance(const DelayLaw& law, const DelaySample& sample) {
  const double n = sample.num_exact + sample.num_right + sample.num_left;
  const double from = sample.left.empty() ? 0.0 : sample.left.back().seconds;
  double distance = 0.0;
  double deviation = 0.0;
  const auto compare = [&](double observed, double expected, double spread) {
    const double apart = std::abs(observed - expected);
    distance = std::max(distance, apart);
    const double weight = 1.0 / ((1.0 + spread) * (1.0 - observed));
    deviation = std::max(deviation, std::sqrt(n) * apart * weight);
  };
  const std::vector<KaplanMeierStep> steps = KaplanMeier(sample);
  for (std::size_t k = 0; k < steps.size(); ++k) {
    const KaplanMeierStep& step = steps[k];
    if (step.seconds < from) continue;
    if (step.seconds > from) {
      compare(step.below, 1.0 - law.Survival(std::nextafter(step.seconds, 0.0)),
              step.spread);
    }
    if (k + 1 < steps.size()) {  // later nobody may be left to compare with
      compare(step.at, 1.0 - law.Survival(step.seconds), steps[k + 1].spread);
    }
  }
  return {distance, KolmogorovTail(deviation)};
}

}  // namespace tortoise::internal
