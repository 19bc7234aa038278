// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "simulation/random_experiment.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <memory>
#include <utility>
#include <variant>
#include <vector>

#include "engine/sampler.h"
#include "tortoise/core/random.h"

namespace tortoise::testing {
namespace {

constexpr double kNever = std::numeric_limits<double>::infinity();

class Dice {
 public:
  explicit Dice(std::uint64_t seed)
      : draws_(RandomStream(seed, 0, Purpose::kTopology)) {}

  bool Happens(double probability) { return draws_.Uniform() < probability; }
  int Integer(int low, int high) {
    return low + static_cast<int>(
                     draws_.Index(static_cast<std::uint64_t>(high - low + 1)));
  }
  double Number(double low, double high) { return draws_.Uniform(low, high); }
  // Small ones as often as large ones.
  double Scale(double low, double high) {
    return low * std::pow(high / low, draws_.Uniform());
  }
  // Multiples of 1/8: their sums are exact, so that times meet.
  double Tick(int low, int high) { return 0.125 * Integer(low, high); }
  std::uint64_t Bits() { return draws_.Bits(); }

 private:
  RandomSequence draws_;
};

DelayLaw DrawLaw(Dice& dice) {
  switch (dice.Integer(0, 9)) {
    case 0:
      return DelayLaw::Constant(dice.Scale(0.1, 3.0));
    case 1:
      return DelayLaw::Uniform(dice.Number(0.0, 1.0), dice.Number(1.0, 3.0));
    case 2:
      return DelayLaw::Exponential(dice.Scale(0.1, 3.0));
    case 3:
      return DelayLaw::ShiftedExponential(dice.Number(0.0, 2.0),
                                          dice.Scale(0.01, 2.0));
    case 4:
      return DelayLaw::Gamma(dice.Scale(0.3, 30.0), dice.Scale(0.1, 3.0));
    case 5:
      return DelayLaw::Lognormal(dice.Scale(0.1, 2.0), dice.Number(0.0, 2.5));
    case 6:
      return DelayLaw::Weibull(dice.Scale(0.3, 4.0), dice.Scale(0.1, 2.0));
    case 7:
      return DelayLaw::Pareto(dice.Scale(0.05, 1.0), dice.Scale(0.5, 4.0));
    case 8:
      return DelayLaw::TwoSpeed(dice.Number(0.1, 1.0), dice.Scale(1.0, 50.0),
                                dice.Number(0.0, 1.0));
    default:
      return DelayLaw::HyperExponential(
          {dice.Scale(0.1, 1.0), dice.Scale(1.0, 30.0)}, {0.75, 0.25});
  }
}

std::shared_ptr<const Trace> DrawTrace(Dice& dice, int num_workers,
                                       bool has_ties) {
  Trace trace;
  for (int w = 0; w < num_workers; ++w) {
    auto& row = trace.seconds.emplace_back();
    const int count = dice.Integer(1, 400);
    for (int i = 0; i < count; ++i) {
      row.push_back(has_ties ? dice.Tick(1, 8) : dice.Scale(0.01, 10.0));
    }
  }
  return std::make_shared<const Trace>(std::move(trace));
}

void DrawMethod(Dice& dice, RandomExperiment& e) {
  const int num_workers = static_cast<int>(dice.Scale(1.0, 65.0));
  const auto presets = Presets();
  const Preset& preset = presets[static_cast<std::size_t>(
      dice.Integer(0, static_cast<int>(presets.size()) - 1))];
  const auto given = [&dice](Taken taken) {
    return taken == Taken::kRequired ||
           (taken == Taken::kOptional && dice.Happens(0.5));
  };
  if (given(preset.Takes("quorum"))) {
    const bool is_batch = preset.name.starts_with("k-batch");
    e.settings.quorum =
        dice.Integer(1, is_batch ? 2 * num_workers + 2 : num_workers);
  }
  if (given(preset.Takes("local_steps")))
    e.settings.local_steps = dice.Integer(1, 6);
  if (given(preset.Takes("staleness_bound"))) {
    e.settings.staleness_bound = dice.Integer(0, 5);
  }
  e.options.method = MakeMethod(preset.name, num_workers, e.settings);
}

void DrawDelays(Dice& dice, RandomExperiment& e) {
  RunOptions& options = e.options;
  const int num_workers = options.method.num_workers;
  const bool has_ties = dice.Happens(0.25);
  if (dice.Happens(0.2)) {
    options.delay = DrawTrace(dice, num_workers, has_ties);
  } else if (has_ties) {
    options.delay = DelayLaw::TwoSpeed(dice.Tick(1, 4), dice.Tick(4, 40),
                                       dice.Number(0.0, 1.0));
  } else {
    options.delay = DrawLaw(dice);
  }
  if (dice.Happens(0.5)) {
    options.round_delay =
        has_ties ? DelayLaw::TwoSpeed(dice.Tick(0, 2), dice.Tick(2, 20), 0.25)
                 : DrawLaw(dice);
  }
  if (dice.Happens(0.4)) options.compute_seconds = dice.Tick(1, 12);
  if (dice.Happens(0.5)) options.delay_mode = DelayMode::kExtra;
  if (dice.Happens(0.4)) {
    options.speed.speed.assign(static_cast<std::size_t>(num_workers), 1.0);
  }
  for (double& speed : options.speed.speed) {
    speed = has_ties ? std::exp2(dice.Integer(-2, 2)) : dice.Scale(0.1, 5.0);
  }
  if (dice.Happens(0.25)) {
    options.speed.bursts =
        Bursts{.speed = dice.Happens(0.3) ? 0.0 : dice.Scale(0.02, 3.0),
               .mean_normal_seconds = dice.Scale(0.5, 20.0),
               .mean_slow_seconds = dice.Scale(0.5, 20.0)};
  }
  const double stops = dice.Happens(0.3) ? dice.Number(0.05, 1.0) : 0.0;
  for (int w = 0; stops > 0.0 && w < num_workers; ++w) {
    options.speed.stops_at.push_back(dice.Happens(stops) ? dice.Tick(0, 400)
                                                         : kNever);
  }
}

void DrawProblem(Dice& dice, RandomExperiment& e) {
  RunOptions& options = e.options;
  options.batch_size = dice.Integer(1, 8);
  options.step_size = 0.01;
  e.is_float = dice.Happens(0.5);
  if (dice.Happens(0.3)) return;
  e.num_parameters = static_cast<std::size_t>(dice.Integer(1, 9));
  if (dice.Happens(0.5)) {
    e.num_samples = static_cast<std::size_t>(dice.Integer(1, 500));
    if (dice.Happens(0.5)) options.sampling = Sampling::kShuffled;
    if (dice.Happens(0.5)) options.stop.epochs = dice.Scale(0.1, 20.0);
  }
  if (dice.Happens(0.1)) options.stop.target_loss = dice.Number(0.0, 0.6);
}

// At a gradient that a run of some length reaches.
void DrawFault(Dice& dice, RandomExperiment& e) {
  if (e.num_parameters == 0 || !dice.Happens(0.25)) return;
  const int num_workers = e.options.method.num_workers;
  internal::Sampler sampler(e.options, e.num_samples);
  e.fault =
      sampler.Draw(dice.Integer(0, num_workers - 1), dice.Integer(0, 20))[0];
  e.fault_throws = dice.Happens(0.5);
}

// What an experiment file can say, on a disk that is soon full.
void DrawFullDisk(Dice& dice, RandomExperiment& e) {
  if (!dice.Happens(0.04)) return;
  e.most_bytes = static_cast<std::uint64_t>(dice.Scale(1.0, 1e5));
  e.fault.reset();
  e.num_samples = 0;
  e.options.sampling = Sampling::kUniform;
  e.options.stop.epochs = kNever;
  e.options.repeat = 0;
}

}  // namespace

RandomExperiment DrawExperiment(std::uint64_t seed) {
  Dice dice(seed);
  RandomExperiment e{.seed = seed};
  DrawMethod(dice, e);
  RunOptions& options = e.options;
  options.clock = Clock::kVirtual;
  options.seed = dice.Bits() >> 1;  // an integer of TOML
  options.repeat = static_cast<std::uint64_t>(dice.Integer(0, 3));
  DrawDelays(dice, e);
  options.stop.updates = static_cast<int>(dice.Scale(1.0, 1000.0));
  if (dice.Happens(0.4)) options.stop.seconds = dice.Tick(1, 800);
  options.report.snapshots = dice.Integer(1, 30);
  if (dice.Happens(0.2)) options.report.contributions = dice.Integer(0, 200);
  options.report.events = true;
  DrawProblem(dice, e);
  DrawFault(dice, e);
  DrawFullDisk(dice, e);
  // A delay that can be 0 needs some computing.
  if (options.Violation(e.num_samples)) options.compute_seconds = 0.125;
  return e;
}

// --- As a file ---------------------------------------------------------------

namespace {

std::string ListText(const std::vector<double>& values) {
  std::string text;
  for (const double value : values) {
    text += text.empty() ? "" : ", ";
    text += std::isinf(value) ? "\"never\"" : fmt::format("{}", value);
  }
  return "[" + text + "]";
}

std::string LawText(const DelayLaw& law) {
  std::string text = fmt::format("{{ distribution = \"{}\"", law.name());
  for (const auto& [key, values] : law.keys()) {
    text += fmt::format(
        ", {} = {}", key,
        values.size() == 1 ? fmt::format("{}", values[0]) : ListText(values));
  }
  return text + " }";
}

std::string ProblemText(const RandomExperiment& e) {
  std::string text =
      fmt::format("[problem]\nobjective = \"{}\"\nprecision = \"{}\"\n",
                  e.num_parameters > 0 ? "quadratic" : "none",
                  e.is_float ? "float" : "double");
  if (e.num_parameters > 0) {
    text += fmt::format("parameters = {}\n", e.num_parameters);
  }
  if (e.num_samples > 0) {
    text += fmt::format("# of {} samples\n", e.num_samples);
  }
  if (e.fault) {
    text += fmt::format("# sample {} {}\n", *e.fault,
                        e.fault_throws ? "throws" : "gives NaN");
  }
  if (e.most_bytes) {
    text += fmt::format("# the disk is full after {} bytes\n", *e.most_bytes);
  }
  return text;
}

std::string StopText(const StopRule& stop) {
  std::string text = fmt::format("[stop]\nupdates = {}\n", stop.updates);
  if (std::isfinite(stop.seconds)) {
    text += fmt::format("seconds = {}\n", stop.seconds);
  }
  if (std::isfinite(stop.epochs)) {
    text += fmt::format("# epochs = {}\n", stop.epochs);
  }
  if (stop.target_loss) {
    text += fmt::format("target_loss = {}\n", *stop.target_loss);
  }
  return text;
}

std::string WorkersText(const RunOptions& options, const std::string& trace) {
  const DelayLaw* law = options.delay.law();
  std::string text = fmt::format(
      "[workers]\ncount = {}\nbatch_size = {}\ndelay = {}\n"
      "delay_mode = \"{}\"\ncompute = {}\n",
      options.method.num_workers, options.batch_size,
      law ? LawText(*law) : fmt::format("{{ trace = \"{}\" }}", trace),
      options.delay_mode == DelayMode::kExtra ? "extra" : "total",
      options.compute_seconds);
  if (options.sampling == Sampling::kShuffled) {
    text += "# sampling = \"shuffled\"\n";
  }
  const SpeedOptions& speed = options.speed;
  if (!speed.speed.empty()) {
    text += fmt::format("speed = {}\n", ListText(speed.speed));
  }
  if (!speed.stops_at.empty()) {
    text += fmt::format("stops_at = {}\n", ListText(speed.stops_at));
  }
  if (speed.bursts) {
    text += fmt::format(
        "bursts = {{ speed = {}, mean_normal_seconds = {}, "
        "mean_slow_seconds = {} }}\n",
        speed.bursts->speed, speed.bursts->mean_normal_seconds,
        speed.bursts->mean_slow_seconds);
  }
  return text;
}

}  // namespace

std::string ExperimentText(const RandomExperiment& e,
                           const std::string& trace) {
  const RunOptions& options = e.options;
  std::string text =
      fmt::format("clock = \"virtual\"\nseed = {}\n", options.seed);
  if (options.repeat > 0) text += fmt::format("# repeat {}\n", options.repeat);
  text += "\n" + ProblemText(e) + "\n" + WorkersText(options, trace);
  text += "\n[communication]\nround_delay = " + LawText(options.round_delay);
  if (e.num_parameters > 0) {
    text += fmt::format("\n\n[step]\nsize = {}", options.step_size);
  }
  text += "\n\n" + StopText(options.stop);
  text += fmt::format("\n[report]\nsnapshots = {}\ncontributions = {}\n",
                      options.report.snapshots, options.report.contributions);
  text +=
      fmt::format("\n[[racer]]\nprotocol = \"{}\"\n", options.method.protocol);
  const auto setting = [&text](const char* key,
                               const std::optional<std::int64_t>& value) {
    if (value) text += fmt::format("{} = {}\n", key, *value);
  };
  setting("quorum", e.settings.quorum);
  setting("local_steps", e.settings.local_steps);
  setting("staleness_bound", e.settings.staleness_bound);
  return text;
}

std::string TraceText(const RandomExperiment& e) {
  const Trace* trace = e.options.delay.trace();
  if (trace == nullptr) return "";
  std::string text = "worker,gradient,seconds\n";
  for (std::size_t w = 0; w < trace->seconds.size(); ++w) {
    const std::vector<double>& row = trace->seconds[w];
    for (std::size_t i = 0; i < row.size(); ++i) {
      text += fmt::format("{},{},{}\n", w, i, row[i]);
    }
  }
  return text;
}

}  // namespace tortoise::testing
