// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/contribution_time.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <functional>
#include <limits>
#include <map>
#include <queue>
#include <utility>

#include "theory/sum_law.h"
#include "tortoise/theory/order_statistics.h"

namespace tortoise::internal {
namespace {

bool AllEqual(const std::vector<double>& values) {
  return std::ranges::all_of(values,
                             [&](double v) { return v == values.front(); });
}

bool IsLawNewLongerThanUsed(const DelayLaw& law) {
  switch (law.kind()) {
    case LawKind::kConstant:
    case LawKind::kUniform:
    case LawKind::kExponential:
    case LawKind::kShiftedExponential:
      return true;
    case LawKind::kGamma:
    case LawKind::kWeibull:
      return law.Key("shape") >= 1.0;
    case LawKind::kTwoSpeed:
      // Once the fast time has passed, slow - fast is left at most.
      return law.Key("slow") <= 2.0 * law.Key("fast");
    default:
      return false;
  }
}

bool IsLawNewShorterThanUsed(const DelayLaw& law) {
  switch (law.kind()) {
    case LawKind::kExponential:
    case LawKind::kHyperExponential:
      return true;
    case LawKind::kGamma:
    case LawKind::kWeibull:
      return law.Key("shape") <= 1.0;
    default:
      return false;
  }
}

}  // namespace

bool IsConstant(const DelayLaw& law) {
  return Simplified(law).kind() == LawKind::kConstant;
}

bool IsAlways(const DelayLaw& law, double value) {
  return IsConstant(law) && law.mean() == value;
}

ContributionTime::ContributionTime(const RuntimeModel& model)
    : law_(Simplified(*model.delay.law())),
      num_workers_(model.method.num_workers),
      draws_(model.method.local_steps),
      speeds_(model.speed.speed),
      compute_(model.compute_seconds * model.method.local_steps),
      adds_(model.adds_compute) {
  std::map<double, Expectation> known;
  const std::size_t distinct =
      HasEqualWorkers() ? 1 : static_cast<std::size_t>(num_workers_);
  for (std::size_t w = 0; w < distinct; ++w) {
    const double speed = SpeedOf(static_cast<int>(w));
    const auto [entry, is_new] = known.try_emplace(speed);
    Expectation& mean = entry->second;
    if (is_new) mean = MeanAtSpeed(speed);
    if (!mean.value) no_means_ = mean.reason;
    means_.push_back(mean.value.value_or(0.0));
    if (means_.back() > 0.0 && std::isfinite(means_.back())) {
      mean_error_ = std::max(mean_error_, mean.error / means_.back());
    }
  }
}

bool ContributionTime::HasEqualWorkers() const { return AllEqual(speeds_); }

double ContributionTime::SpeedOf(int w) const {
  return speeds_.empty() ? 1.0 : speeds_[static_cast<std::size_t>(w)];
}

Expectation ContributionTime::MeanAtSpeed(double speed) const {
  Expectation mean = ExpectedOrderStatistic(
      {.law = law_, .draws = draws_, .speeds = {speed}, .floor = Floor()});
  if (mean.value) *mean.value += Extra();
  return mean;
}

double ContributionTime::Mean(int w) const {
  return means_[means_.size() == 1 ? 0 : static_cast<std::size_t>(w)];
}

Expectation ContributionTime::KthOfAll(int k, std::int64_t repeats) const {
  const auto count = static_cast<double>(repeats);
  OrderStatistic what{.law = law_,
                      .n = num_workers_,
                      .k = k,
                      .draws = draws_ * repeats,
                      .speeds = speeds_,
                      .floor = count * Floor()};
  Expectation result = ExpectedOrderStatistic(what);
  if (!result.value) return result;
  *result.value += count * Extra();
  if (repeats == 1 || Floor() == 0.0) return result;
  // A sum of max(floor, S_i) is at least max(sum of floors, sum of S_i) and at
  // most the sum of both.
  what.floor = 0.0;
  const Expectation sums = ExpectedOrderStatistic(what);
  Expectation bounds{.lower = *result.value - result.error,
                     .reason = "bounds: each contribution has a floor"};
  if (sums.value) bounds.upper = *sums.value + sums.error + count * Floor();
  return bounds;
}

std::optional<double> ContributionTime::KthOfConstants(int quorum) const {
  constexpr int kMostQuorum = 1'000'000;
  if (!IsConstant(law_) || quorum > kMostQuorum) return std::nullopt;
  if (HasEqualWorkers()) {
    const int repeats = (quorum - 1) / num_workers_ + 1;
    return repeats * Mean(0);
  }
  using Arrival = std::pair<double, int>;
  std::priority_queue<Arrival, std::vector<Arrival>, std::greater<>> next;
  for (int w = 0; w < num_workers_; ++w) next.emplace(Mean(w), w);
  for (int count = 1; count < quorum; ++count) {
    const auto [time, worker] = next.top();
    next.pop();
    next.emplace(time + Mean(worker), worker);
  }
  return next.top().first;
}

bool ContributionTime::IsExponential() const {
  return law_.kind() == LawKind::kExponential && draws_ == 1 && compute_ == 0.0;
}

double ContributionTime::TotalRate() const {
  double rate = 0.0;
  for (int w = 0; w < num_workers_; ++w) rate += 1.0 / Mean(w);
  return rate;
}

// A floor, a shift and a sum of independent times keep this property.
bool ContributionTime::IsNewLongerThanUsed() const {
  return IsLawNewLongerThanUsed(law_);
}

bool ContributionTime::IsNewShorterThanUsed() const {
  return IsLawNewShorterThanUsed(law_) && draws_ == 1 && compute_ == 0.0;
}

}  // namespace tortoise::internal
