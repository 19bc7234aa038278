// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/event_tail.h"

#include <algorithm>
#include <boost/math/special_functions/beta.hpp>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>
#include <vector>

namespace tortoise::internal {
namespace {

namespace policies = boost::math::policies;
using Policy =
    policies::policy<policies::overflow_error<policies::ignore_error>,
                     policies::evaluation_error<policies::ignore_error>,
                     policies::promote_double<false>>;

using Terms = std::vector<double>;  // [j]: Pr(j events happen)

std::int64_t Total(std::span<const EventGroup> groups) {
  std::int64_t total = 0;
  for (const EventGroup& group : groups) total += group.count;
  return total;
}

// How many terms hold the tail from `least` on to double precision, if the
// mean is not above it: some ten standard deviations more.
std::int64_t TermsOfTail(std::int64_t least, std::int64_t total) {
  const double spread = 10.0 * std::sqrt(static_cast<double>(least));
  return std::min(total + 1, least + static_cast<std::int64_t>(spread) + 60);
}

// Events that happen with probability p and do not with probability q; both,
// since the smaller would be lost in 1 minus the larger.
struct Trials {
  std::int64_t count;
  double p, q;
};

double LogOf(double probability, double complement) {
  return probability < 0.5 ? std::log(probability) : std::log1p(-complement);
}

double BinomialTerm(const Trials& trials, double j) {
  const auto n = static_cast<double>(trials.count);
  const double happen = j > 0 ? j * LogOf(trials.p, trials.q) : 0.0;
  const double fail = j < n ? (n - j) * LogOf(trials.q, trials.p) : 0.0;
  const double ways =
      std::lgamma(n + 1) - std::lgamma(j + 1) - std::lgamma(n - j + 1);
  return std::exp(ways + happen + fail);
}

// The first `size` terms of one group, from the largest of them outwards.
Terms BinomialTerms(const Trials& trials, std::size_t size) {
  const auto count = static_cast<std::size_t>(trials.count);
  Terms terms(std::min(size, count + 1), 0.0);
  const std::size_t last = terms.size() - 1;
  if (count == 1) {
    terms[0] = trials.q;
    if (last == 1) terms[1] = trials.p;
    return terms;
  }
  if (trials.p == 0.0 || trials.q == 0.0) {  // none or all of them happen
    const std::size_t sure = trials.p == 0.0 ? 0 : count;
    if (sure <= last) terms[sure] = 1.0;
    return terms;
  }
  const auto n = static_cast<double>(count);
  const auto mode =
      std::min(last, static_cast<std::size_t>((n + 1) * trials.p));
  terms[mode] = BinomialTerm(trials, static_cast<double>(mode));
  const double odds = trials.p / trials.q;
  for (std::size_t j = mode; j < last; ++j) {
    const auto happened = static_cast<double>(j);
    terms[j + 1] = terms[j] * odds * (n - happened) / (happened + 1.0);
  }
  for (std::size_t j = mode; j > 0; --j) {
    const auto happened = static_cast<double>(j);
    terms[j - 1] = terms[j] / odds * happened / (n - happened + 1.0);
  }
  return terms;
}

// The distribution of a sum, cut off after `size` terms.
Terms Convolved(const Terms& a, const Terms& b, std::size_t size) {
  Terms sum(std::min(size, a.size() + b.size() - 1), 0.0);
  for (std::size_t j = 0; j < b.size(); ++j) {
    const std::size_t room = sum.size() - std::min(j, sum.size());
    const std::size_t end = std::min(a.size(), room);
    for (std::size_t i = 0; i < end; ++i) sum[i + j] += a[i] * b[j];
  }
  return sum;
}

// Of the number of events that happen, or that fail.
enum class Counted { kHappen, kFail };

Terms FirstTerms(std::span<const EventGroup> groups, Counted counted,
                 std::int64_t count) {
  const auto size = static_cast<std::size_t>(count);
  Terms terms = {1.0};
  for (const EventGroup& group : groups) {
    Trials trials{group.count, group.probability, 1.0 - group.probability};
    if (counted == Counted::kFail) std::swap(trials.p, trials.q);
    terms = Convolved(terms, BinomialTerms(trials, size), size);
  }
  return terms;
}

// Smallest first, so that none is lost.
double SumFrom(const Terms& terms, std::int64_t first) {
  double sum = 0.0;
  for (std::size_t j = terms.size(); j > static_cast<std::size_t>(first); --j) {
    sum += terms[j - 1];
  }
  return sum;
}

}  // namespace

double TailProbability(std::span<const EventGroup> groups, std::int64_t least) {
  const std::int64_t total = Total(groups);
  if (least <= 0) return 1.0;
  if (least > total) return 0.0;
  if (groups.size() == 1) {
    return boost::math::ibeta(static_cast<double>(least),
                              static_cast<double>(total - least + 1),
                              groups[0].probability, Policy());
  }
  const std::int64_t may_fail = total - least;
  if (may_fail < least) {
    const Terms few = FirstTerms(groups, Counted::kFail, may_fail + 1);
    return std::min(1.0, SumFrom(few, 0));
  }
  const double mean = std::accumulate(
      groups.begin(), groups.end(), 0.0,
      [](double sum, const EventGroup& group) {
        return sum + static_cast<double>(group.count) * group.probability;
      });
  if (mean > static_cast<double>(least)) {
    const Terms few = FirstTerms(groups, Counted::kHappen, least);
    return std::max(0.0, 1.0 - SumFrom(few, 0));
  }
  const Terms terms =
      FirstTerms(groups, Counted::kHappen, TermsOfTail(least, total));
  return std::min(1.0, SumFrom(terms, least));
}

double TailCost(std::span<const EventGroup> groups, std::int64_t least) {
  if (groups.size() == 1) return 1.0;
  const std::int64_t total = Total(groups);
  const std::int64_t may_fail = total - least;
  const double size = static_cast<double>(
      may_fail < least ? may_fail + 1 : TermsOfTail(least, total));
  double cost = 0.0;
  double so_far = 1.0;
  for (const EventGroup& group : groups) {
    const double terms = std::min(size, static_cast<double>(group.count) + 1);
    cost += so_far * terms;
    so_far = std::min(size, so_far + terms - 1);
  }
  return cost;
}

}  // namespace tortoise::internal
