// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <algorithm>
#include <cmath>
#include <memory>
#include <stdexcept>
#include <utility>

#include "core/check.h"
#include "core/text.h"
#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

using internal::Refuse;

template <typename T>
class Quadratic final : public AnyObjective<T> {
 public:
  Quadratic(std::shared_ptr<const std::vector<double>> curvature, double sigma)
      : curvature_(std::move(curvature)),
        sigma_(sigma),
        noise_(sigma > 0.0 ? curvature_->size() : 0) {}

  [[nodiscard]] std::unique_ptr<AnyObjective<T>> Clone() const override {
    return std::make_unique<Quadratic>(curvature_, sigma_);
  }
  [[nodiscard]] std::size_t num_parameters() const override {
    return curvature_->size();
  }
  [[nodiscard]] std::size_t num_samples() const override { return 0; }

  // Noise enters gradients only, so the batch does not matter.
  double Loss(std::span<const T> w, Batch) override {
    double loss = 0.0;
    for (std::size_t k = 0; k < w.size(); ++k) {
      const double distance = static_cast<double>(w[k]) - 1.0;
      loss += 0.5 * (*curvature_)[k] * distance * distance;
    }
    return loss;
  }

  double Gradient(std::span<const T> w, Batch batch,
                  std::span<T> gradient) override {
    const bool noisy = sigma_ > 0.0 && !batch.empty();
    if (noisy) DrawNoise(batch);
    for (std::size_t k = 0; k < w.size(); ++k) {
      const double slope = (*curvature_)[k] * (static_cast<double>(w[k]) - 1.0);
      gradient[k] = static_cast<T>(noisy ? slope + noise_[k] : slope);
    }
    return Loss(w, batch);
  }

 private:
  // noise_ = the mean over the batch of normal vectors with variance
  // sigma^2 / d in each coordinate. A sample is the seed of its vector, so its
  // noise is the same whenever and by whomever it is drawn.
  void DrawNoise(Batch batch) {
    std::ranges::fill(noise_, 0.0);
    for (const Sample sample : batch) {
      RandomSequence draws(RandomStream(sample, 0, Purpose::kNoise));
      for (double& coordinate : noise_) coordinate += draws.Normal();
    }
    const double scale = sigma_ /
                         std::sqrt(static_cast<double>(noise_.size())) /
                         static_cast<double>(batch.size());
    for (double& coordinate : noise_) coordinate *= scale;
  }

  std::shared_ptr<const std::vector<double>> curvature_;  // lambda, [d]
  double sigma_;
  std::vector<double> noise_;  // scratch, [d]
};

void Check(const QuadraticOptions& options) {
  if (options.parameters < 1) Refuse("parameters", 0.0, ">= 1");
  if (!std::isfinite(options.c) || options.c <= 0.0) {
    Refuse("c", options.c, "a finite number > 0");
  }
  if (!std::isfinite(options.L) || options.L < options.c) {
    Refuse("L", options.L,
           "a finite number >= c = " + ShortestDecimal(options.c));
  }
  if (!std::isfinite(options.sigma) || options.sigma < 0.0) {
    Refuse("sigma", options.sigma, "a finite number >= 0");
  }
}

}  // namespace

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeQuadratic(
    const QuadraticOptions& options) {
  Check(options);
  const std::size_t d = options.parameters;
  auto curvature = std::make_shared<std::vector<double>>(d);
  for (std::size_t k = 0; k < d; ++k) {
    const double place =
        d > 1 ? static_cast<double>(k) / static_cast<double>(d - 1) : 1.0;
    (*curvature)[k] = options.c * std::pow(options.L / options.c, place);
  }
  curvature->back() = options.L;  // exactly, whatever pow rounds to
  return std::make_unique<Quadratic<T>>(std::move(curvature), options.sigma);
}

template std::unique_ptr<AnyObjective<float>> MakeQuadratic(
    const QuadraticOptions&);
template std::unique_ptr<AnyObjective<double>> MakeQuadratic(
    const QuadraticOptions&);

}  // namespace tortoise
