// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <optional>
#include <string>

namespace tortoise {

/// What is known of a problem. F is the loss, g the gradient of a mini-batch
/// of m samples, w the model and w_old a snapshot that a contribution is
/// computed from.
struct TheoryConstants {
  // |grad F(v) - grad F(w)| <= L |v - w|. > 0.
  std::optional<double> L = std::nullopt;
  // 2 c (F(w) - min F) <= |grad F(w)|^2. > 0, <= L.
  std::optional<double> c = std::nullopt;
  // E|g - grad F|^2 <= (sigma_squared + noise_growth |grad F|^2) / m. >= 0.
  std::optional<double> sigma_squared = std::nullopt;
  std::optional<double> noise_growth = std::nullopt;  // default 0
  // F(w_0) - min F. >= 0.
  std::optional<double> initial_gap = std::nullopt;
  // E|grad F(w) - grad F(w_old)|^2 <= gamma E|grad F(w)|^2. >= 0. It is not a
  // property of the problem alone: it grows with the step size and with P.
  std::optional<double> gamma = std::nullopt;
  // p0 <= Pr(a contribution is fresh). Default 0, which is always true.
  std::optional<double> fresh_probability = std::nullopt;
};

/// What the bounds need of a racer with the server mean and tau = 1.
struct StepSetting {
  double step_size = 0.0;   // eta > 0
  double batch_size = 1.0;  // m >= 1
  double quorum = 1.0;      // K >= 1
  bool is_stale = false;    // contributions may be stale (the async family)
};

/// A bound that falls by the same factor with every update:
///
///     E[F(w_J) - min F] <= floor + (1 - decay)^J (initial - floor)
///
/// Vacuous if floor is infinite: then it says nothing for any J.
struct ErrorBound {
  double initial = 0.0;
  double floor = 0.0;
  double decay = 0.0;
  bool condition_holds = false;  // of the step size; if not, nothing is proved
  std::string condition = "";  // "step size 0.1 <= 0.5 = 1/(L (M_G/(Km) + 1))"

  [[nodiscard]] double At(double updates) const;
  /// The first J, not rounded, at which the bound is `error`; nothing at or
  /// below the floor, 0 if it is so from the start.
  [[nodiscard]] std::optional<double> UpdatesToReach(double error) const;
};

/// A bound on the mean squared gradient over J iterates, the first among them:
///
///     (1/J) sum of E|grad F(w_j)|^2 <= transient / J + floor
struct GradientBound {
  double transient = 0.0;
  double floor = 0.0;
  bool condition_holds = false;
  std::string condition = "";

  [[nodiscard]] double At(double updates) const;
  [[nodiscard]] std::optional<double> UpdatesToReach(double error) const;
};

/// The first constant that `StronglyConvexBound` (or, if `is_convex` is false,
/// `NonconvexBound`) needs and does not have, by its name; nothing otherwise.
[[nodiscard]] std::optional<std::string> MissingConstant(
    const TheoryConstants& constants, const StepSetting& setting,
    bool is_convex = true);

/// For an L-smooth F with 2 c (F - min F) <= |grad F|^2, a constant step size
/// eta, and gradients that do not depend on who is fast. With gamma' = 1, or
/// gamma' = 1 - gamma + p0 / 2 if contributions may be stale:
///
///     floor = eta L sigma^2 / (2 c gamma' K m),    decay = eta c gamma'
///
/// if eta <= 1 / (L (M_G / (K m) + 1)), or half of that if they may be stale.
/// Vacuous for gamma' <= 0. Throws std::invalid_argument that names a constant
/// that is missing or out of range. Thread-safe, like all here.
///
/// Reference: Dutta, Joshi, Ghosh, Dube, Nagpurkar, "Slow and Stale Gradients
/// Can Win the Race", AISTATS 2018; fresh contributions: Bottou, Curtis,
/// Nocedal, "Optimization Methods for Large-Scale Machine Learning", SIAM
/// Review 60 (2018), theorem 4.6.
[[nodiscard]] ErrorBound StronglyConvexBound(const TheoryConstants& constants,
                                             const StepSetting& setting);

/// The same for an F that is smooth only:
///
///     transient = 2 (F(w_0) - min F) / (eta gamma'),
///     floor = eta L sigma^2 / (K m gamma')
[[nodiscard]] GradientBound NonconvexBound(const TheoryConstants& constants,
                                           const StepSetting& setting);

/// Local steps and mixing: workers take tau steps of size eta each and mix
/// their models, v auxiliary ones among them, by a matrix W.
struct MixingSetting {
  double num_workers = 1.0;    // m >= 1
  double num_auxiliary = 0.0;  // v >= 0
  double local_steps = 1.0;    // tau >= 1
  double second_eigenvalue =
      0.0;                  // zeta = max(|lambda_2|, ...) of W, in [0, 1)
  double step_size = 0.0;   // eta > 0
  double batch_size = 1.0;  // samples per gradient, >= 1
};

/// With eta' = eta m / (m + v) and s^2 = sigma^2 / batch size, over J local
/// steps, for the mean of all models:
///
///     transient = 2 (F(w_0) - min F) / eta'
///     floor = eta' L s^2 / m
///             + eta^2 L^2 s^2 ((1 + zeta^2) / (1 - zeta^2) tau - 1)
///
/// if eta' L (1 + b/m) + 5 eta^2 L^2 ((1 + b/tau) tau / (1 - zeta))^2 <= 1,
/// with b = M_G / batch size. Periodic averaging is zeta = 0 and v = 0; there,
/// with b = 0, eta L + eta^2 L^2 tau (tau - 1) <= 1 is enough. All workers must
/// draw from the same data. Throws as above.
///
/// Reference: Wang, Joshi, "Cooperative SGD", JMLR 22 (2021), theorem 1.
[[nodiscard]] GradientBound CooperativeBound(const TheoryConstants& constants,
                                             const MixingSetting& setting);

/// zeta of easgd with m workers, mixing x_i and z with strength alpha:
/// max(|1 - alpha|, |1 - (m + 1) alpha|), smallest at alpha = 2 / (m + 2),
/// where it is m / (m + 2). Below 1 if 0 < alpha < 2 / (m + 1).
[[nodiscard]] double ElasticEigenvalue(double num_workers, double alpha);

}  // namespace tortoise
