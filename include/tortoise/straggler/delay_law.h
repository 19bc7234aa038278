// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace tortoise {

/// The laws of the table, and a law of your own.
enum class LawKind {
  kConstant,
  kUniform,
  kExponential,
  kShiftedExponential,
  kGamma,
  kLognormal,
  kWeibull,
  kPareto,
  kTwoSpeed,
  kHyperExponential,
  kOwn,
};

/// The distribution of a time in seconds, given by its quantile function, so
/// that a uniform number is turned into a delay with one call and two laws can
/// be driven by the same uniform numbers.
///
/// A value: copies share an immutable state, and every function may be called
/// from any thread. The factories throw std::invalid_argument ("mean = -1 must
/// be > 0") for parameters out of range or not finite.
class DelayLaw {
 public:
  static DelayLaw Constant(double value);            // value >= 0
  static DelayLaw Uniform(double low, double high);  // 0 <= low <= high
  static DelayLaw Exponential(double mean);          // mean > 0
  /// shift + exponential; `mean` is that of the exponential part.
  static DelayLaw ShiftedExponential(double shift, double mean);
  static DelayLaw Gamma(double shape, double mean);  // 0 < shape <= 1e6
  static DelayLaw Lognormal(double median, double sigma);
  static DelayLaw Weibull(double shape, double scale);
  /// `scale` is the smallest value: Pr(X > x) = (scale / x)^shape.
  static DelayLaw Pareto(double scale, double shape);
  /// `slow` with the given probability, else `fast`.
  static DelayLaw TwoSpeed(double fast, double slow, double probability);
  /// Exponential with means[k] with probability probabilities[k].
  static DelayLaw HyperExponential(std::vector<double> means,
                                   std::vector<double> probabilities);
  /// A law of your own: `quantile` maps (0, 1) to seconds >= 0, never
  /// decreasing. It is called from worker threads at the same time, and once
  /// here, at 2^-53, the smallest number a stream draws, to learn `lowest`.
  static DelayLaw FromQuantile(const std::string& name, double mean,
                               std::function<double(double)> quantile);

  /// By the names and keys of an experiment file, e.g. ("pareto", {{"scale",
  /// {0.001}}, {"shape", {2}}}). Throws std::invalid_argument for an unknown
  /// name, a missing key or one that the law does not take.
  static DelayLaw Make(const std::string& name,
                       const std::map<std::string, std::vector<double>>& keys);

  /// The smallest x with Pr(X <= x) >= u, for u in (0, 1). Seconds, finite:
  /// at most the largest double. Throws std::invalid_argument if a quantile
  /// function of your own returns a negative number or NaN.
  [[nodiscard]] double Quantile(double u) const;
  /// Replaces each u by Quantile(u), to the same bits: quicker than one by one.
  void Quantiles(std::span<double> u) const;
  /// Pr(X > x), to full relative precision in the tail. A law of your own is
  /// inverted by bisection.
  [[nodiscard]] double Survival(double x) const;
  /// Logarithm of the density at x; -infinity where it is 0. NaN if the law has
  /// none: constant, two-speed, a law of your own.
  [[nodiscard]] double LogDensity(double x) const;
  [[nodiscard]] double mean() const;    // seconds; infinity if it diverges
  [[nodiscard]] double lowest() const;  // infimum of the support, seconds
  [[nodiscard]] LawKind kind() const;
  /// As in an experiment file; of a law of your own, as you named it.
  [[nodiscard]] const std::string& name() const;
  /// The keys of `Make`, to write the law down again; empty for FromQuantile.
  [[nodiscard]] const std::map<std::string, std::vector<double>>& keys() const;
  /// The value of a key that is one number. Throws std::out_of_range if the
  /// law has no such key.
  [[nodiscard]] double Key(const std::string& key) const;

  /// Of one kind with the same keys; a law of your own equals its copies.
  [[nodiscard]] bool operator==(const DelayLaw& other) const;

 private:
  struct State;
  explicit DelayLaw(std::shared_ptr<const State> state);
  std::shared_ptr<const State> state_;
};

/// One row of the table of laws, which the experiment file reads too.
struct DelayLawInfo {
  struct Key {
    std::string name;
    bool is_time;  // may be written with a unit
    bool is_list;
  };
  std::string name;
  std::vector<Key> keys;
};

/// Every law that `DelayLaw::Make` knows.
[[nodiscard]] std::span<const DelayLawInfo> DelayLaws();

}  // namespace tortoise
