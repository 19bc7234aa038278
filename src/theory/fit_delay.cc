// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/fit_delay.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/math/tools/minima.hpp>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <stdexcept>
#include <utility>

#include "core/check.h"
#include "core/median.h"
#include "core/text.h"
#include "theory/delay_atoms.h"
#include "theory/delay_families.h"
#include "theory/delay_parameters.h"
#include "theory/delay_sample.h"

namespace tortoise {
namespace internal {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

// Below this many exact gradients per worker speeds are not asked for.
constexpr double kGradientsForSpeed = 10;

void Check(std::span<const DelayObservation> observations,
           const DelayFitOptions& options) {
  bool any = false;
  for (const DelayObservation& o : observations) {
    any = any || o.kind == DelayObservation::Kind::kExact;
    if (o.worker < 0) Refuse("worker", o.worker, ">= 0");
    const bool is_time = std::isfinite(o.seconds) && o.seconds >= 0;
    if (!is_time) Refuse("seconds", o.seconds, "finite and >= 0");
  }
  if (!any) {
    throw std::invalid_argument("no gradient was observed from start to end");
  }
  if (!(std::isfinite(options.tolerance) && options.tolerance >= 0)) {
    Refuse("tolerance", options.tolerance, "finite and >= 0");
  }
  if (!(options.outliers >= 0 && options.outliers < 1)) {
    Refuse("outliers", options.outliers, "in [0, 1)");
  }
}

// A candidate and what it takes to fit it again.
struct Attempt {
  DelayCandidate candidate;
  const DelayFamily* family;  // null: no density
};

void DivideByMedian(std::vector<double>* speeds) {
  std::vector<double> known;
  for (const double v : *speeds) {
    if (!std::isnan(v)) known.push_back(v);
  }
  const double median = internal::Median(std::move(known));
  for (double& v : *speeds) v /= median;
}

// Logarithms of speeds.
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// At which no observation is outside the support of the law.
Range AllowedSpeeds(const DelayLaw& law, const DelaySample& worker) {
  constexpr double kRounding = 1e-12;
  Range range;
  double smallest = worker.exact.front().seconds;
  if (!worker.left.empty()) {
    smallest = std::min(smallest, worker.left.front().seconds);
  }
  range.low = std::log(law.lowest() / smallest) + kRounding;
  const auto high = law.keys().find("high");
  if (high != law.keys().end()) {
    double largest = worker.exact.back().seconds;
    if (!worker.right.empty()) {
      largest = std::max(largest, worker.right.back().seconds);
    }
    range.high = std::log(high->second[0] / largest) - kRounding;
  }
  return range;
}

class Fitter {
 public:
  Fitter(std::span<const DelayObservation> observations,
         const DelayFitOptions& options)
      : options_(options), workers_(SampleWorkers(observations)) {}

  DelayFit Fit() {
    std::vector<double> speeds(workers_.size(), 1.0);
    std::vector<Attempt> attempts = FitAll(speeds);
    std::optional<std::vector<double>> differing;
    if (options_.speeds && MayDiffer(attempts.front())) {
      differing = InitialSpeeds(attempts);
    }
    bool differ = false;
    if (differing) {
      std::vector<Attempt> with_speeds = FitWithSpeeds(&*differing);
      differ =
          with_speeds.front().candidate.bic < attempts.front().candidate.bic;
      if (differ) attempts = std::move(with_speeds);
    }
    if (differ) speeds = *differing;
    DelayFit fit = Finish(std::move(attempts), speeds);
    if (differ) fit.speeds = std::move(speeds);
    return fit;
  }

 private:
  [[nodiscard]] double Penalty(double parameters) const {
    return parameters * std::log(NumExact());
  }

  [[nodiscard]] double NumExact() const {
    double count = 0.0;
    for (const DelaySample& worker : workers_) count += worker.num_exact;
    return count;
  }

  // Fits one law; null for those without a density.
  [[nodiscard]] std::optional<Attempt> FitOne(const DelayFamily& family,
                                              const DelaySample& sample) const {
    const std::optional<DelayLaw> law = family.fit(sample);
    if (!law) return std::nullopt;
    const double likelihood = LogLikelihood(*law, sample);
    if (!std::isfinite(likelihood)) return std::nullopt;
    const double bic =
        -2 * likelihood + Penalty(family.num_parameters + family.num_ends);
    return Attempt{{.law = *law,
                    .log_likelihood = likelihood,
                    .num_parameters = family.num_parameters,
                    .bic = bic,
                    .mean_error = kNan},
                   &family};
  }

  [[nodiscard]] Attempt FromAtoms(const AtomFit& fit, int parameters) const {
    return {{.law = fit.law,
             .log_likelihood = fit.log_likelihood,
             .num_parameters = parameters,
             .bic = -2 * fit.log_likelihood + Penalty(parameters),
             .distance = fit.distance.distance,
             .p_value = fit.distance.p_value,
             .mean_error = fit.mean_error},
            nullptr};
  }

  static void Sort(std::vector<Attempt>* attempts) {
    std::stable_sort(attempts->begin(), attempts->end(),
                     [](const Attempt& a, const Attempt& b) {
                       return a.candidate.bic < b.candidate.bic;
                     });
  }

  // Every law on all workers together, the best first.
  [[nodiscard]] std::vector<Attempt> FitAll(
      const std::vector<double>& speeds) const {
    const DelaySample sample = Pool(workers_, speeds);
    double fastest = 0.0;
    for (const double v : speeds) fastest = std::max(fastest, v);
    const AtomTolerance within = {options_.tolerance * fastest,
                                  options_.outliers};
    std::vector<Attempt> attempts;
    const auto constant = FitConstant(sample, within);
    if (constant) attempts.push_back(FromAtoms(*constant, 1));
    if (const auto fit = FitTwoSpeed(sample, within)) {
      attempts.push_back(FromAtoms(*fit, 3));
    }
    // What is constant within the tolerance has no density to find.
    const bool varies = !constant && sample.exact.size() > 1;
    for (const DelayFamily& family : DelayFamilies()) {
      if (!varies) break;
      if (auto fit = FitOne(family, sample)) attempts.push_back(*fit);
    }
    if (attempts.empty()) {
      throw std::invalid_argument(
          "no law fits: the gradients observed from start to end took the "
          "same time, and others were cancelled later");
    }
    Sort(&attempts);
    return attempts;
  }

  // --- Speeds ----------------------------------------------------------------

  // The speed at which a law explains a worker best, within exp(reach) times
  // `speed` and where the law allows what was seen, else `speed` itself. The
  // best may be the end of that range, at which a minimum is not looked for.
  [[nodiscard]] static double BestSpeed(const DelayLaw& law,
                                        const DelaySample& worker, double speed,
                                        double reach) {
    const auto cost = [&](double log_speed) {
      const double sum = LogLikelihood(law, worker, std::exp(log_speed));
      return std::isfinite(sum) ? -sum : std::numeric_limits<double>::max();
    };
    const Range range = AllowedSpeeds(law, worker);
    const double low = std::max(std::log(speed) - reach, range.low);
    const double high = std::min(std::log(speed) + reach, range.high);
    if (!(low < high)) return speed;
    std::uintmax_t steps = 60;
    double best =
        boost::math::tools::brent_find_minima(cost, low, high, 20, steps).first;
    for (const double end : {low, high}) {
      if (cost(end) < cost(best)) best = end;
    }
    return std::exp(best);
  }

  // Whether it is worth the time to fit all laws again: the best one gains more
  // by speeds than they cost, or has no density to ask.
  [[nodiscard]] bool MayDiffer(const Attempt& best) const {
    const auto num_workers = static_cast<double>(workers_.size());
    if (workers_.size() < 2 || NumExact() < kGradientsForSpeed * num_workers) {
      return false;
    }
    if (best.family == nullptr) return best.candidate.num_parameters > 1;
    double gain = 0.0;
    const DelayLaw& law = best.candidate.law;
    for (const DelaySample& worker : workers_) {
      if (worker.num_exact == 0) {  // explained by a speed of 0
        gain -= LogLikelihood(law, worker);
        continue;
      }
      const double speed = BestSpeed(law, worker, 1.0, 3.0);
      const double more =
          LogLikelihood(law, worker, speed) - LogLikelihood(law, worker);
      gain += std::max(more, 0.0);
    }
    return 2 * gain > Penalty(num_workers - 1);
  }

  // From one quantile of each worker's Kaplan-Meier estimate, the highest that
  // all of them reach and at most the median. It asks for no law.
  [[nodiscard]] std::optional<std::vector<double>> InitialSpeeds(
      const std::vector<Attempt>& attempts) const {
    std::vector<std::vector<KaplanMeierStep>> estimates;
    double level = 0.5;
    for (const DelaySample& worker : workers_) {
      estimates.push_back(KaplanMeier(worker));
      if (worker.num_exact >= kGradientsForSpeed) {
        level = std::min(level, estimates.back().back().at);
      }
    }
    std::vector<double> speeds;
    std::vector<double> known;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      speeds.push_back(kNan);
      if (workers_[w].num_exact < kGradientsForSpeed) continue;
      const auto step = std::find_if(
          estimates[w].begin(), estimates[w].end(),
          [&](const KaplanMeierStep& s) { return s.at >= level - 1e-12; });
      if (step->seconds > 0) known.push_back(speeds[w] = 1 / step->seconds);
    }
    if (known.empty()) return std::nullopt;
    DivideByMedian(&speeds);
    const Attempt& best = attempts.front();
    if (best.family == nullptr) return speeds;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      if (!std::isnan(speeds[w]) || workers_[w].num_exact == 0) continue;
      speeds[w] = BestSpeed(best.candidate.law, workers_[w], 1, 3);
    }
    return speeds;
  }

  // Speeds and law in turns.
  void Improve(Attempt* attempt, std::vector<double>* speeds) const {
    constexpr int kTurns = 3;
    for (int turn = 0; turn < kTurns; ++turn) {
      for (std::size_t w = 0; w < workers_.size(); ++w) {
        if (std::isnan((*speeds)[w])) continue;
        (*speeds)[w] = BestSpeed(attempt->candidate.law, workers_[w],
                                 (*speeds)[w], turn == 0 ? 0.7 : 0.1);
      }
      DivideByMedian(speeds);
      const auto fit = FitOne(*attempt->family, Pool(workers_, *speeds));
      if (!fit) return;
      *attempt = *fit;
    }
  }

  // Adds what the speeds change: the density of X / v is v f(v x).
  void Charge(const std::vector<double>& speeds, Attempt* attempt) const {
    double logs = 0.0;
    for (std::size_t w = 0; w < workers_.size(); ++w) {
      if (std::isnan(speeds[w])) continue;
      logs += workers_[w].num_exact * std::log(speeds[w]);
    }
    attempt->candidate.log_likelihood += logs;
    attempt->candidate.bic +=
        -2 * logs + Penalty(static_cast<double>(speeds.size()) - 1);
  }

  // Every law at the speeds given; the speeds are those of the best one then.
  [[nodiscard]] std::vector<Attempt> FitWithSpeeds(
      std::vector<double>* speeds) const {
    std::vector<Attempt> attempts = FitAll(*speeds);
    const std::vector<double> initial = *speeds;
    for (Attempt& attempt : attempts) Charge(initial, &attempt);
    // The two that lead are the ones that better speeds could reorder.
    double best = std::numeric_limits<double>::infinity();
    for (std::size_t k = 0; k < std::min<std::size_t>(2, attempts.size());
         ++k) {
      Attempt improved = attempts[k];
      std::vector<double> better = initial;
      if (improved.family != nullptr) {
        Improve(&improved, &better);
        Charge(better, &improved);
        if (improved.candidate.bic > attempts[k].candidate.bic) {
          improved = attempts[k];
          better = initial;
        }
      }
      attempts[k] = improved;
      if (improved.candidate.bic < best) {
        best = improved.candidate.bic;
        *speeds = std::move(better);
      }
    }
    Sort(&attempts);
    return attempts;
  }

  // --- The answer ------------------------------------------------------------

  [[nodiscard]] DelayFit Finish(std::vector<Attempt> attempts,
                                const std::vector<double>& speeds) const {
    const DelaySample sample = Pool(workers_, speeds);
    DelayFit fit;
    for (Attempt& attempt : attempts) {
      DelayCandidate& candidate = attempt.candidate;
      if (attempt.family != nullptr) {
        const DelayDistance found = MeasureDistance(candidate.law, sample);
        candidate.distance = found.distance;
        candidate.p_value = found.p_value;
        candidate.mean_error = MeanError(candidate.law, sample);
      }
      fit.candidates.push_back(std::move(candidate));
    }
    for (const DelaySample& worker : workers_) {
      fit.num_exact += static_cast<std::int64_t>(worker.num_exact);
      fit.num_right_censored += static_cast<std::int64_t>(worker.num_right);
      fit.num_left_censored += static_cast<std::int64_t>(worker.num_left);
    }
    return fit;
  }

  DelayFitOptions options_;
  std::vector<DelaySample> workers_;
};

}  // namespace
}  // namespace internal

DelayFit FitDelays(std::span<const DelayObservation> observations,
                   const DelayFitOptions& options) {
  internal::Check(observations, options);
  return internal::Fitter(observations, options).Fit();
}

}  // namespace tortoise
