// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "theory/delay_atoms.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <span>
#include <utility>
#include <vector>

namespace tortoise::internal {
namespace {

constexpr double kRelative = 1e-9;  // rounding of differences of times

// A value, and how far from it an observation may lie.
struct Atom {
  double value;
  double reach;

  [[nodiscard]] bool Holds(double x) const {
    return std::abs(x - value) <= reach;
  }
};

Atom AtomAt(double value, const AtomTolerance& within) {
  return {value, std::max({within.seconds, kRelative * value,
                           std::numeric_limits<double>::min()})};
}

double Count(std::span<const CountedSeconds> values) {
  double count = 0.0;
  for (const CountedSeconds& x : values) count += x.count;
  return count;
}

double Median(std::span<const CountedSeconds> values) {
  double left = Count(values) / 2;
  for (const CountedSeconds& x : values) {
    left -= x.count;
    if (left <= 0) return x.seconds;
  }
  return values.back().seconds;
}

// Where the sorted values fall into two parts: the split with the least sum of
// squares within them, which is the one with the largest between them. Gives
// the size of the lower part, 0 if there is only one value.
std::size_t Split(const std::vector<CountedSeconds>& values) {
  double total = 0.0;
  double count = 0.0;
  for (const CountedSeconds& x : values) {
    total += x.count * x.seconds;
    count += x.count;
  }
  double below = 0.0;
  double below_count = 0.0;
  double best = 0.0;
  std::size_t split = 0;
  for (std::size_t k = 0; k + 1 < values.size(); ++k) {
    below += values[k].count * values[k].seconds;
    below_count += values[k].count;
    const double apart =
        below / below_count - (total - below) / (count - below_count);
    const double between = below_count * (count - below_count) * apart * apart;
    if (between > best) {
      best = between;
      split = k + 1;
    }
  }
  return split;
}

// Observations by what they say of two atoms.
struct AtomCounts {
  double fast = 0.0;
  double slow = 0.0;      // exactly, or known to be more than the fast one
  double outliers = 0.0;  // exact, neither
  double log_widths = 0.0;
  bool possible = true;  // nothing is known to lie above the slow one
};

// How many of right-censored observations are not the atom, but above.
double CountAbove(const CountedSeconds& x, const Atom& atom) {
  if (atom.Holds(x.seconds)) return x.above;
  return x.seconds > atom.value ? x.count : 0.0;
}

AtomCounts CountAtoms(const DelaySample& sample, const Atom& fast,
                      const Atom& slow) {
  AtomCounts counts;
  for (const CountedSeconds& x : sample.exact) {
    if (fast.Holds(x.seconds)) {
      counts.fast += x.count;
      counts.log_widths += x.count * std::log(2 * fast.reach);
    } else if (slow.Holds(x.seconds)) {
      counts.slow += x.count;
      counts.log_widths += x.count * std::log(2 * slow.reach);
    } else {
      counts.outliers += x.count;
    }
  }
  for (const CountedSeconds& x : sample.right) {
    counts.outliers += CountAbove(x, slow);
    counts.slow += CountAbove(x, fast);
  }
  for (const CountedSeconds& x : sample.left) {
    if (x.seconds < fast.value - fast.reach) counts.possible = false;
    if (x.seconds < slow.value - slow.reach) counts.fast += x.count;
  }
  return counts;
}

double LogTimes(double count, double probability) {
  return count > 0 ? count * std::log(probability) : 0.0;
}

// Outliers lie anywhere in the range of what was seen.
std::optional<double> OutlierLikelihood(const DelaySample& sample,
                                        const AtomCounts& counts,
                                        const AtomTolerance& within) {
  const double share = counts.outliers / sample.num_exact;
  if (!counts.possible || share > within.outliers) return std::nullopt;
  const double range =
      sample.exact.back().seconds - sample.exact.front().seconds;
  if (counts.outliers == 0) return 0.0;
  return LogTimes(counts.outliers, share / range) +
         LogTimes(sample.num_exact - counts.outliers, 1 - share);
}

// Two values that do not meet. A slow one that was never observed whole is at
// infinity. Where outliers are allowed, one value alone is not a speed.
std::optional<std::array<Atom, 2>> FindTwoSpeeds(const DelaySample& sample,
                                                 const AtomTolerance& within) {
  const std::span<const CountedSeconds> exact(sample.exact);
  const Atom all = AtomAt(Median(exact), within);
  if (all.Holds(exact.front().seconds) && all.Holds(exact.back().seconds)) {
    const bool is_constant = FitConstant(sample, within).has_value();
    if (is_constant || sample.right.empty()) return std::nullopt;
    return std::array{all, Atom{std::numeric_limits<double>::infinity(), 0.0}};
  }
  const std::size_t split = Split(sample.exact);
  const auto slow_values = exact.subspan(split);
  if (within.outliers > 0 && Count(slow_values) < 2) return std::nullopt;
  const Atom fast = AtomAt(Median(exact.first(split)), within);
  const Atom slow = AtomAt(Median(slow_values), within);
  if (fast.value + fast.reach >= slow.value - slow.reach) return std::nullopt;
  return std::array{fast, slow};
}

// Observations within reach of an atom are put on it, or tiny differences would
// be measured as jumps beside each other.
void Snap(std::span<const Atom> atoms, std::vector<CountedSeconds>* values) {
  for (CountedSeconds& x : *values) {
    for (const Atom& atom : atoms) {
      if (atom.Holds(x.seconds)) x.seconds = atom.value;
    }
  }
}

DelayDistance AtomDistance(const DelayLaw& law, DelaySample sample,
                           std::span<const Atom> atoms) {
  Snap(atoms, &sample.exact);
  Snap(atoms, &sample.right);
  Snap(atoms, &sample.left);
  // The estimate takes a time as censored after what happens at it, which is
  // wrong for those that may have been equal.
  std::vector<CountedSeconds> right;
  for (const CountedSeconds& x : sample.right) {
    right.push_back({x.seconds, x.above, x.above});
    right.push_back({std::nextafter(x.seconds, 0.0), x.count - x.above});
  }
  sample.right = std::move(right);
  return MeasureDistance(law, Pool({&sample, 1}, std::vector{1.0}));
}

}  // namespace

std::optional<AtomFit> FitConstant(const DelaySample& sample,
                                   const AtomTolerance& within) {
  const Atom atom = AtomAt(Median(sample.exact), within);
  const AtomCounts counts = CountAtoms(sample, atom, atom);
  const auto outliers = OutlierLikelihood(sample, counts, within);
  if (!outliers) return std::nullopt;
  const DelayLaw law = DelayLaw::Constant(atom.value);
  return AtomFit{law, *outliers - counts.log_widths, 0.0,
                 AtomDistance(law, sample, {&atom, 1})};
}

// Three values at least: any two are two speeds.
std::optional<AtomFit> FitTwoSpeed(const DelaySample& sample,
                                   const AtomTolerance& within) {
  const auto atoms = FindTwoSpeeds(sample, within);
  if (!atoms || sample.num_exact < 3) return std::nullopt;
  const auto& [fast, slow] = *atoms;
  const AtomCounts counts = CountAtoms(sample, fast, slow);
  const auto outliers = OutlierLikelihood(sample, counts, within);
  if (!outliers) return std::nullopt;
  const bool slow_is_seen = std::isfinite(slow.value);
  const double slow_seconds =
      slow_is_seen ? slow.value
                   : std::max(fast.value, sample.right.back().seconds);
  const double n = counts.fast + counts.slow;
  const double p = counts.slow / n;
  const DelayLaw law = DelayLaw::TwoSpeed(fast.value, slow_seconds, p);
  return AtomFit{law,
                 *outliers + LogTimes(counts.fast, 1 - p) +
                     LogTimes(counts.slow, p) - counts.log_widths,
                 slow_is_seen
                     ? std::sqrt(p * (1 - p) / n) * (slow_seconds - fast.value)
                     : std::numeric_limits<double>::quiet_NaN(),
                 AtomDistance(law, sample, *atoms)};
}

}  // namespace tortoise::internal
