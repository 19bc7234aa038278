// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/fit/fit_constants.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <stdexcept>
#include <stop_token>
#include <string>
#include <utility>

#include "experiment/race/problem.h"
#include "experiment/settings/precision.h"
#include "tortoise/core/random.h"
#include "tortoise/engine/replay.h"

namespace tortoise::internal {
namespace {

// Rows beyond this say little more of gradients that are means over them.
constexpr std::size_t kMostRows = 20'000;
// Models at which noise is measured, and those of them for curvature.
constexpr std::size_t kNoiseModels = 24;
constexpr std::size_t kCurvatureModels = 3;

// A model on the way and what is known of it.
struct Visited {
  double loss;
  double squared_gradient;
};

// Compares full gradients at the model and at the snapshot of some of the
// contributions that a run counts.
template <typename T>
class GammaProbe final : public UpdateProbe<T> {
 public:
  // Looks at every `stride`-th contribution, and keeps the model of every
  // `keep_each`-th of these.
  GammaProbe(FullGradient<T>* full, std::int64_t stride, std::int64_t keep_each)
      : full_(full), stride_(stride), keep_each_(keep_each) {}

  void OnContribution(std::int64_t version, std::span<const T> model,
                      std::int64_t version_read,
                      std::span<const T> snapshot) override {
    if (seen_++ % stride_ != 0) return;
    const double loss = full_->Compute(model);
    const std::vector<double> gradient = full_->gradient();
    double squared = 0.0;
    for (const double g : gradient) squared += g * g;
    if (!std::isfinite(loss) || !std::isfinite(squared)) return;
    double apart = 0.0;
    if (version_read != version) {
      full_->Compute(snapshot);
      for (std::size_t k = 0; k < gradient.size(); ++k) {
        const double difference = gradient[k] - full_->gradient()[k];
        apart += difference * difference;
      }
    }
    squares_ += squared;
    differences_ += apart;
    if (static_cast<std::int64_t>(visited_.size()) % keep_each_ == 0) {
      models_.emplace_back(model.begin(), model.end());
    }
    visited_.push_back({loss, squared});
  }

  [[nodiscard]] std::optional<double> gamma() const {
    if (!(squares_ > 0)) return std::nullopt;
    return differences_ / squares_;
  }
  [[nodiscard]] const std::vector<Visited>& visited() const { return visited_; }
  [[nodiscard]] std::vector<AlignedVector<T>>& models() { return models_; }

 private:
  FullGradient<T>* full_;
  std::int64_t stride_;
  std::int64_t keep_each_;
  std::int64_t seen_ = 0;
  double squares_ = 0.0;
  double differences_ = 0.0;
  std::vector<Visited> visited_;
  std::vector<AlignedVector<T>> models_;
};

template <typename T>
class Measurement {
 public:
  explicit Measurement(const RecordedRace& race)
      : race_(race),
        problem_(LoadProblem<T>(race.experiment)),
        full_(*problem_.train, kMostRows) {}

  MeasuredConstants Measure() {
    if (full_.is_subset()) {
      Note(fmt::format("gradients of F are over {} of the {} samples",
                       kMostRows, problem_.num_samples));
    }
    for (std::size_t r = 0; r < race_.experiment.racers.size(); ++r) {
      MeasureRacer(r);
    }
    if (!models_.empty()) {
      MeasureNoiseAndCurvature();
      MeasureGap();
    }
    Summarise();
    return std::move(measured_);
  }

 private:
  void Note(std::string text) { measured_.notes.push_back(std::move(text)); }

  // The contributions to look at, over all racers: a full gradient costs about
  // rows x parameters, and all of them some seconds.
  [[nodiscard]] std::int64_t LooksPerRacer() const {
    const double cost =
        static_cast<double>(std::max<std::size_t>(1, full_.rows().size())) *
        static_cast<double>(problem_.num_parameters);
    const double looks = std::clamp(1e10 / cost, 16.0, 2000.0);
    return std::max<std::int64_t>(
        8, static_cast<std::int64_t>(looks) /
               static_cast<std::int64_t>(race_.experiment.racers.size()));
  }

  void MeasureRacer(std::size_t r) {
    const Racer& racer = race_.experiment.racers[r];
    RacerConstants constants = {racer.name, std::nullopt, std::nullopt};
    StalenessHistogram staleness;
    const RecordedRun* first = nullptr;
    for (const RecordedRun& run : race_.runs) {
      if (run.entry.name != racer.name) continue;
      staleness.Merge(run.entry.summary.staleness);
      if (first == nullptr) first = &run;
    }
    if (staleness.total() > 0) {
      constants.fresh_fraction = staleness.FreshFraction();
    }
    if (first != nullptr && first->entry.summary.staleness.total() > 0) {
      RunAgain(racer, *first, &constants);
    }
    measured_.racers.push_back(std::move(constants));
  }

  void RunAgain(const Racer& racer, const RecordedRun& run,
                RacerConstants* constants) {
    const auto counted =
        static_cast<std::int64_t>(run.entry.summary.staleness.total());
    const std::int64_t looks = LooksPerRacer();
    const std::int64_t kept = std::max<std::int64_t>(
        2, static_cast<std::int64_t>(kNoiseModels /
                                     race_.experiment.racers.size()));
    GammaProbe<T> probe(
        &full_, (counted + looks - 1) / looks,
        std::max<std::int64_t>(1, std::min(looks, counted) / kept));
    RunOptions options = racer.options;
    options.repeat = run.entry.repeat;
    AlignedVector<T> w(problem_.num_parameters);
    problem_.train->Initialize(
        w, RandomStream(options.seed, options.repeat, Purpose::kInitial));
    const AlignedVector<T> initial = w;
    if (!Repeat(racer.name, options, run, w, &probe)) return;
    constants->gamma = probe.gamma();
    Visit(initial);
    Visit(w);
    visited_.insert(visited_.end(), probe.visited().begin(),
                    probe.visited().end());
    for (auto& model : probe.models()) models_.push_back(std::move(model));
    batch_size_ = std::max(batch_size_, options.batch_size);
  }

  // False, with a note, if it cannot be done.
  bool Repeat(const std::string& name, const RunOptions& options,
              const RecordedRun& run, std::span<T> w, GammaProbe<T>* probe) {
    if (options.clock == Clock::kVirtual) {
      std::stop_source skip;
      skip.request_stop();  // the losses of its curve are known
      (void)RunInVirtualTime<T>(*problem_.train, nullptr, options, w,
                                {.skip_evaluation = skip.get_token()}, probe);
      return true;
    }
    const char* why = options.method.writes_in_place() ? "it writes in place"
                      : run.events.empty() ? "no events were recorded"
                                           : nullptr;
    if (why == nullptr) {
      try {
        (void)Replay<T>(*problem_.train, options, run.events, w, {}, probe);
        return true;
      } catch (const std::invalid_argument& e) {
        why = e.what();
        Note(fmt::format("{} cannot be run again: {}", name, why));
        return false;
      }
    }
    Note(fmt::format("{} cannot be run again: {}", name, why));
    return false;
  }

  void Visit(std::span<const T> w) {
    const double loss = full_.Compute(w);
    double squared = 0.0;
    for (const double g : full_.gradient()) squared += g * g;
    if (!std::isfinite(loss) || !std::isfinite(squared)) return;
    if (!initial_loss_) initial_loss_ = loss;
    visited_.push_back({loss, squared});
  }

  void MeasureNoiseAndCurvature() {
    TheoryConstants& constants = measured_.constants;
    const auto objective = problem_.train->Clone();
    std::vector<NoiseAt> noise;
    for (const auto& model : models_) {
      noise.push_back(
          MeasureNoise<T>(full_, *objective, model, batch_size_, noise.size()));
    }
    const NoiseLine line = FitNoise(noise);
    constants.sigma_squared = line.sigma_squared;
    constants.noise_growth = line.growth;
    if (race_.experiment.problem.objective == "hinge") {
      Note("hinge has kinks: there is no L");
      return;
    }
    std::vector<double> direction(problem_.num_parameters);
    RandomSequence random(RandomStream(3, 0, Purpose::kSample));
    for (double& x : direction) x = random.Normal();
    const std::size_t step =
        std::max<std::size_t>(1, models_.size() / kCurvatureModels);
    double largest = 0.0;
    for (std::size_t k = 0; k < models_.size(); k += step) {
      largest =
          std::max(largest, LargestCurvature<T>(full_, models_[k], direction));
    }
    if (largest > 0) constants.L = largest;
  }

  // F* is at most the smallest loss that was seen. Where F - F* is a tenth of
  // the gap or more, that matters little for c.
  void MeasureGap() {
    double best = std::numeric_limits<double>::infinity();
    for (const Visited& v : visited_) best = std::min(best, v.loss);
    if (!full_.is_subset()) {
      for (const RecordedRun& run : race_.runs) {
        const double loss = run.entry.summary.best_loss();
        if (!std::isnan(loss)) best = std::min(best, loss);
      }
    }
    const double gap = *initial_loss_ - best;
    if (!(gap > 0)) return;
    TheoryConstants& constants = measured_.constants;
    constants.initial_gap = gap;
    for (const Visited& v : visited_) {
      const double excess = v.loss - best;
      if (excess < 0.1 * gap || !(v.squared_gradient > 0)) continue;
      const double c = v.squared_gradient / (2 * excess);
      constants.c = std::min(constants.c.value_or(c), c);
    }
    if (constants.c && constants.L) {
      constants.c = std::min(*constants.c, *constants.L);
    }
  }

  void Summarise() {
    TheoryConstants& constants = measured_.constants;
    for (const RacerConstants& racer : measured_.racers) {
      if (racer.gamma) {
        constants.gamma = std::max(constants.gamma.value_or(0.0), *racer.gamma);
      }
      if (racer.fresh_fraction) {
        constants.fresh_probability = std::min(
            constants.fresh_probability.value_or(1.0), *racer.fresh_fraction);
      }
    }
  }

  const RecordedRace& race_;
  Problem<T> problem_;
  FullGradient<T> full_;
  MeasuredConstants measured_;
  std::vector<AlignedVector<T>> models_;
  std::vector<Visited> visited_;
  std::optional<double> initial_loss_;
  int batch_size_ = 1;
};

}  // namespace

MeasuredConstants MeasureConstants(const RecordedRace& race) {
  if (race.experiment.problem.objective == "none") {
    MeasuredConstants nothing;
    nothing.notes.push_back("objective \"none\": there is nothing to measure");
    return nothing;
  }
  return WithPrecision(race.experiment.problem.precision, [&]<typename T>() {
    return Measurement<T>(race).Measure();
  });
}

}  // namespace tortoise::internal
