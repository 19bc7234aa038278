// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/theory/expected_runtime.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "theory/contribution_time.h"
#include "tortoise/theory/order_statistics.h"

namespace tortoise {
namespace {

using internal::ContributionTime;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// --- Arithmetic on what may be a value, bounds or nothing --------------------

// The largest lower bound and the smallest upper one that are known.
double Least(const Expectation& e) {
  if (e.value) return *e.value - e.error;
  return e.lower.value_or(0.0);
}
double Most(const Expectation& e) {
  if (e.value) return *e.value + e.error;
  return e.upper.value_or(kInfinity);
}

Expectation Value(double value, double error, std::string reason) {
  if (std::isinf(value)) {
    return {.value = value, .reason = "infinite: a tail is too heavy"};
  }
  return {.value = value, .error = error, .reason = std::move(reason)};
}

Expectation Bounds(double lower, double upper, std::string reason) {
  Expectation bounds{.reason = std::move(reason)};
  if (lower == kInfinity) return Value(kInfinity, 0.0, bounds.reason);
  if (lower > 0.0) bounds.lower = lower;
  if (upper < kInfinity) bounds.upper = upper;
  return bounds;
}

Expectation Nothing(std::string reason) {
  return {.reason = std::move(reason)};
}

// E[T] of a round: `work` and then the round delay.
Expectation PlusRoundDelay(Expectation work, const RuntimeModel& model) {
  const double mean = model.round_delay.mean();
  if (std::isinf(mean)) return Value(kInfinity, 0.0, "");
  for (auto* number : {&work.value, &work.lower, &work.upper}) {
    if (*number) **number += mean;
  }
  return work;
}

// --- The presets -------------------------------------------------------------

// Everybody starts together, the K-th arrival ends the round.
Expectation Rounds(const RuntimeModel& model, const ContributionTime& work) {
  const int quorum = model.method.synchrony.quorum;
  Expectation round = work.KthOfAll(quorum);
  if (!round.value) return round;
  return PlusRoundDelay(
      Value(*round.value, round.error, "E[X_(K:P)] + E[D]; " + round.reason),
      model);
}

// Some worker has made ceil(K / P) contributions by the K-th arrival, which
// comes no later than when ceil(K / c) workers have made c each.
Expectation BoundsOfBatchRounds(const ContributionTime& work, int quorum) {
  const int workers = work.num_workers();
  const std::int64_t repeats = (quorum - 1) / workers + 1;
  double lower = Least(work.KthOfAll(1, repeats));
  double upper = kInfinity;
  for (const std::int64_t c : {repeats, 2 * repeats}) {
    const auto place = static_cast<int>((quorum - 1) / c + 1);
    upper = std::min(upper, Most(work.KthOfAll(place, c)));
  }
  // Wald: K + P - 1 contributions are started or done, E[X] each, when all P
  // workers have spent the time, and P - 1 of them have something left. What
  // they have left is E[X] at most, or at least, if the law says so.
  if (work.HasEqualWorkers()) {
    const double mean = work.Mean(0);
    const double share = mean * quorum / workers;
    upper = std::min(upper, share + mean * (workers - 1) / workers);
    if (work.IsNewLongerThanUsed()) lower = std::max(lower, share);
    if (work.IsNewShorterThanUsed()) upper = std::min(upper, share);
  }
  return Bounds(lower, upper,
                "bounds: exact for exponential and constant delays only");
}

// k-batch-sync: the K-th arrival from P workers that start together.
Expectation BatchRounds(const RuntimeModel& model,
                        const ContributionTime& work) {
  const int quorum = model.method.synchrony.quorum;
  if (quorum == 1) return Rounds(model, work);
  Expectation round;
  if (work.IsExponential()) {
    round = Value(quorum / work.TotalRate(), 0.0,
                  "memoryless: K / (sum of rates) + E[D]");
  } else if (const auto constant = work.KthOfConstants(quorum)) {
    round = Value(*constant, 0.0, "constant: by merging the arrivals");
  } else {
    round = BoundsOfBatchRounds(work, quorum);
  }
  return PlusRoundDelay(std::move(round), model);
}

// Each contribution of a worker is followed by the round delay of the update
// that counts it, so nobody's cycle is shorter than E[X] + E[D].
double LeastSecondsAsync(const RuntimeModel& model,
                         const ContributionTime& work) {
  double rate = 0.0;
  for (int w = 0; w < work.num_workers(); ++w) {
    rate += 1.0 / (work.Mean(w) + model.round_delay.mean());
  }
  return model.method.synchrony.quorum / rate;
}

Expectation Async(const RuntimeModel& model, const ContributionTime& work) {
  const double seconds = LeastSecondsAsync(model, work);
  return Value(seconds, seconds * work.MeanError(),
               work.HasEqualWorkers()
                   ? "exact in the long run: (E[X] + E[D]) / P"
                   : "exact in the long run: 1 / (sum of 1 / (E[X_w] + E[D]))");
}

// Only the worker whose push fires an update waits for its round delay. With
// U_w of the U updates fired by worker w, its time is
//
//     t = N_w E[X_w] + U_w E[D],    sum of N_w = K U,
//
// so t / U = (K + E[D] sum (U_w / U) / E[X_w]) / (sum of 1 / E[X_w]).
Expectation BatchAsync(const RuntimeModel& model,
                       const ContributionTime& work) {
  const double delay = model.round_delay.mean();
  const int quorum = model.method.synchrony.quorum;
  double rate = 0.0;
  double least = kInfinity;
  double most = 0.0;
  for (int w = 0; w < work.num_workers(); ++w) {
    const double own = 1.0 / work.Mean(w);
    rate += own;
    least = std::min(least, own);
    most = std::max(most, own);
  }
  if (std::isinf(delay) || rate == 0.0) return Value(kInfinity, 0.0, "");
  if (work.HasEqualWorkers() || delay == 0.0) {
    const double seconds = (quorum + delay * most) / rate;
    return Value(seconds, seconds * work.MeanError(),
                 "exact in the long run: (K E[X] + E[D]) / P");
  }
  return Bounds((quorum + delay * least) / rate, (quorum + delay * most) / rate,
                "bounds: which worker fires an update is unknown");
}

// k-async with K > 1: what the others have left when a quorum opens lies
// between nothing and a whole contribution, on the side that the law says.
Expectation WaitingAsync(const RuntimeModel& model,
                         const ContributionTime& work) {
  const Synchrony& synchrony = model.method.synchrony;
  const DelayLaw& round_delay = model.round_delay;
  const bool is_immediate = internal::IsAlways(round_delay, 0.0);
  if (is_immediate && work.IsExponential() && work.HasEqualWorkers()) {
    Expectation rounds = work.KthOfAll(synchrony.quorum);
    rounds.reason = "memoryless: (H_P - H_(P-K)) E[X]";
    return rounds;
  }
  double lower = LeastSecondsAsync(model, work);
  double upper = kInfinity;
  const bool is_longer = work.IsNewLongerThanUsed();
  const bool is_shorter = work.IsNewShorterThanUsed();
  if (is_longer || is_shorter) {
    const Expectation rounds = work.KthOfAll(synchrony.quorum);
    if (is_shorter) lower = std::max(lower, Least(rounds));
    // A constant delay is no longer when part of it is over.
    if (is_longer && internal::IsConstant(round_delay)) {
      upper = Most(rounds) + round_delay.mean();
    }
  }
  std::string reason = "bounds: at least K / (sum of 1 / (E[X_w] + E[D]))";
  if (is_shorter)
    reason += " and E[X_(K:P)], the law being new shorter than used";
  if (upper < kInfinity) {
    reason += ", at most E[X_(K:P)] + D, the law being new longer than used";
  }
  return Bounds(lower, upper, std::move(reason));
}

// In the long run all workers push equally often, the slowest without being
// held; and a barrier after every s + 1 contributions would not be quicker.
Expectation Bounded(const RuntimeModel& model, const ContributionTime& work) {
  const auto bound = *model.method.synchrony.staleness_bound;
  const double delay = model.round_delay.mean();
  const double workers = work.num_workers();
  double slowest = 0.0;
  for (int w = 0; w < work.num_workers(); ++w) {
    slowest = std::max(slowest, work.Mean(w));
  }
  const double lower = (slowest + delay) / workers;
  double upper = kInfinity;
  constexpr std::int64_t kMostRepeats = 1000;
  if (bound < kMostRepeats) {
    const std::int64_t repeats = bound + 1;
    const double rounds = Most(work.KthOfAll(work.num_workers(), repeats));
    const double delays = Most(ExpectedOrderStatistic({.law = model.round_delay,
                                                       .n = work.num_workers(),
                                                       .k = work.num_workers(),
                                                       .draws = repeats}));
    upper = (rounds + delays) / (workers * static_cast<double>(repeats));
  }
  if (upper <= lower * (1.0 + 1e-6)) {
    return Value(lower, upper - lower,
                 "exact: the slowest worker sets the pace of all");
  }
  return Bounds(lower, upper,
                "bounds: all push as often as the slowest, and a barrier every "
                "s + 1 contributions is no quicker");
}

Expectation SecondsPerUpdate(const RuntimeModel& model,
                             const ContributionTime& work) {
  const Synchrony& synchrony = model.method.synchrony;
  if (synchrony.staleness_bound) return Bounded(model, work);
  if (model.method.writes_in_place()) return Async(model, work);
  const bool is_whole = synchrony.quorum == model.method.num_workers;
  if (synchrony.waits_after_push &&
      (synchrony.cancels_stragglers || is_whole)) {
    return Rounds(model, work);
  }
  if (synchrony.cancels_stragglers) return BatchRounds(model, work);
  if (synchrony.quorum == 1) return Async(model, work);
  return synchrony.waits_after_push ? WaitingAsync(model, work)
                                    : BatchAsync(model, work);
}

bool IsSynchronous(const Method& method) {
  const Synchrony& synchrony = method.synchrony;
  if (method.writes_in_place() || synchrony.staleness_bound) return false;
  return synchrony.cancels_stragglers ||
         (synchrony.waits_after_push && synchrony.quorum == method.num_workers);
}

// Why a long run has no mean, or nothing.
std::optional<std::string> NoLongRun(const RuntimeModel& model) {
  const auto& stops = model.speed.stops_at;
  const auto stops_at_all = [](double at) { return std::isfinite(at); };
  if (std::ranges::any_of(stops, stops_at_all)) return "a worker stops";
  return std::nullopt;
}

std::optional<std::string> NoTimes(const RuntimeModel& model) {
  if (auto reason = NoLongRun(model)) return reason;
  if (model.speed.bursts) return "bursts: delays depend on each other";
  if (model.delay.law() == nullptr) {
    return "delays come from a trace, not from a law";
  }
  return std::nullopt;
}

}  // namespace

Expectation ExpectedSecondsPerUpdate(const RuntimeModel& model) {
  if (auto reason = NoTimes(model)) return Nothing(*std::move(reason));
  const ContributionTime work(model);
  if (!work.NoMeans().empty()) return Nothing(work.NoMeans());
  if (work.Mean(0) == 0.0) {
    return Nothing("no delays: computing decides, which is not modelled");
  }
  return SecondsPerUpdate(model, work);
}

Expectation ExpectedStaleness(const RuntimeModel& model) {
  const Synchrony& synchrony = model.method.synchrony;
  if (IsSynchronous(model.method)) {
    return Value(0.0, 0.0, "exact: synchronous");
  }
  if (auto reason = NoLongRun(model)) return Nothing(*std::move(reason));
  if (std::isinf(model.delay.Mean())) {
    return Nothing(
        "the mean delay is infinite: the law of large numbers fails");
  }
  const double others = model.method.num_workers - 1.0;
  if (synchrony.staleness_bound) {
    if (*synchrony.staleness_bound == 0) {
      return Value(others / 2.0, 0.0, "exact: P updates a round");
    }
    return {.lower = 0.0,
            .upper = others,
            .reason = "at most P - 1 are under way at an update"};
  }
  if (synchrony.waits_after_push && synchrony.quorum > 1) {
    return Value(model.method.num_workers / (synchrony.quorum + 0.0) - 1.0, 0.0,
                 "exact in the long run, for all delays: P / K - 1");
  }
  return Value(others / synchrony.quorum, 0.0,
               "exact in the long run, for all delays: (P - 1) / K");
}

Expectation ExpectedFreshFraction(const RuntimeModel& model) {
  if (IsSynchronous(model.method) || model.method.num_workers == 1) {
    return Value(1.0, 0.0, "exact: nothing is stale");
  }
  if (auto reason = NoTimes(model)) return Nothing(*std::move(reason));
  const Synchrony& synchrony = model.method.synchrony;
  if (synchrony.staleness_bound) return Nothing("no law for a staleness bound");
  const ContributionTime work(model);
  if (!work.IsExponential() || !work.HasEqualWorkers() ||
      !internal::IsAlways(model.round_delay, 0.0)) {
    return Nothing(
        "known only for exponential delays, equal workers and no round delay");
  }
  const double workers = model.method.num_workers;
  const double quorum = synchrony.quorum;
  if (synchrony.waits_after_push && synchrony.quorum > 1) {
    return Value(quorum / workers, 0.0, "exact: K / P");
  }
  // The mean over l = 1 ... K of 1 - q^l, q = 1 - 1/P.
  const double q = 1.0 - 1.0 / workers;
  const double others = q * -std::expm1(quorum * std::log(q)) / (1.0 - q);
  return Value(1.0 - others / quorum, 0.0,
               "exact: the mean over l of 1 - (1 - 1/P)^l, l = 1 ... K");
}

}  // namespace tortoise
