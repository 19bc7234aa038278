// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Logistic regression to within 0.5 % of the optimum that an independent solver
// finds.

#include <cmath>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "engine/run_testing.h"
#include "gtest/gtest.h"
#include "tortoise/data/generate.h"
#include "tortoise/data/read.h"

namespace tortoise::testing {
namespace {

// --- The independent solver --------------------------------------------------

// Newton's method on
//
//     F(w) = (1/n) sum_i log(1 + exp(-y_i <x_i, w>)) + (l2/2) |w|^2
//
// with the whole Hessian, [d x d], and steps that are halved until F falls.
class Newton {
 public:
  Newton(const Dataset& data, double l2)
      : data_(data), l2_(l2), d_(data.num_columns()), w_(d_) {}

  // The minimum of F: up to rounding, since convergence is quadratic.
  double Minimum() {
    double loss = Loss(w_);
    for (int iteration = 0; iteration < 50; ++iteration) {
      const std::vector<double> step = Step();
      double fraction = 1.0;
      std::vector<double> next = Moved(step, fraction);
      while (Loss(next) > loss && fraction > 1e-6) {
        next = Moved(step, fraction /= 2.0);
      }
      const double gain = loss - Loss(next);
      if (gain <= 1e-14) break;
      w_ = next;
      loss -= gain;
    }
    return loss;
  }

 private:
  double Margin(std::size_t i, const std::vector<double>& w) const {
    const SparseRow x = data_.Row(i);
    double margin = 0.0;
    for (std::size_t k = 0; k < x.index.size(); ++k) {
      margin += double{x.value[k]} * w[x.index[k]];
    }
    return margin;
  }

  double Loss(const std::vector<double>& w) const {
    double sum = 0.0;
    for (std::size_t i = 0; i < data_.num_rows(); ++i) {
      sum += std::log1p(std::exp(-data_.labels()[i] * Margin(i, w)));
    }
    double norm = 0.0;
    for (const double v : w) norm += v * v;
    return sum / static_cast<double>(data_.num_rows()) + 0.5 * l2_ * norm;
  }

  std::vector<double> Moved(const std::vector<double>& step,
                            double fraction) const {
    std::vector<double> w = w_;
    for (std::size_t j = 0; j < d_; ++j) w[j] -= fraction * step[j];
    return w;
  }

  // The Hessian's inverse times the gradient.
  std::vector<double> Step() const {
    const double share = 1.0 / static_cast<double>(data_.num_rows());
    std::vector<double> hessian(d_ * d_);
    std::vector<double> gradient(d_);
    for (std::size_t i = 0; i < data_.num_rows(); ++i) {
      const double y = data_.labels()[i];
      const double p = 1.0 / (1.0 + std::exp(y * Margin(i, w_)));
      const SparseRow x = data_.Row(i);
      for (std::size_t a = 0; a < x.index.size(); ++a) {
        const double x_a = share * double{x.value[a]};
        gradient[x.index[a]] -= y * p * x_a;
        double* row = &hessian[x.index[a] * d_];
        for (std::size_t b = 0; b < x.index.size(); ++b) {
          row[x.index[b]] += p * (1.0 - p) * x_a * double{x.value[b]};
        }
      }
    }
    for (std::size_t j = 0; j < d_; ++j) {
      hessian[j * d_ + j] += l2_;
      gradient[j] += l2_ * w_[j];
    }
    return Solved(std::move(hessian), std::move(gradient));
  }

  // Gauss without pivots, since the matrix is positive definite.
  std::vector<double> Solved(std::vector<double> a,
                             std::vector<double> b) const {
    for (std::size_t k = 0; k < d_; ++k) {
      for (std::size_t i = k + 1; i < d_; ++i) {
        const double factor = a[i * d_ + k] / a[k * d_ + k];
        for (std::size_t j = k; j < d_; ++j) {
          a[i * d_ + j] -= factor * a[k * d_ + j];
        }
        b[i] -= factor * b[k];
      }
    }
    for (std::size_t k = d_; k-- > 0;) {
      for (std::size_t j = k + 1; j < d_; ++j) b[k] -= a[k * d_ + j] * b[j];
      b[k] /= a[k * d_ + k];
    }
    return b;
  }

  const Dataset& data_;
  double l2_;
  std::size_t d_;
  std::vector<double> w_;
};

// --- The claim ---------------------------------------------------------------

struct Tuned {
  std::string protocol;
  double step_size;
};

void ExpectWithinHalfAPercent(std::shared_ptr<const Dataset> data, double l2,
                              double epochs, const std::vector<Tuned>& racers) {
  const double optimum = Newton(*data, l2).Minimum();
  const auto objective =
      MakeStockObjective<double>("logistic", data, {.l2 = l2}, *data);
  for (const Tuned& racer : racers) {
    RunOptions options = MakeRunOptions({racer.protocol}, 4, StopRule::kNever);
    options.batch_size = 32;
    options.step_size = racer.step_size;
    options.delay = DelayLaw::Constant(0.0);
    options.stop.epochs = epochs;
    const auto run = RunAndRecord<double>(*objective, options);
    EXPECT_EQ(run.summary.termination, Termination::kEpochs);
    EXPECT_GE(run.summary.final_loss(), optimum * (1.0 - 1e-12));
    EXPECT_LE(run.summary.final_loss(), optimum * 1.005) << racer.protocol;
    ::testing::Test::RecordProperty(
        racer.protocol, std::to_string(run.summary.final_loss() / optimum));
  }
}

TEST(LogisticRegression, ReachesTheOptimumOfA9a) {
  const std::string path = TORTOISE_SHARED_DIR "/data/a9a/a9a.gz";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is absent";
  ExpectWithinHalfAPercent(std::make_shared<const Dataset>(ReadDataset(path)),
                           1e-4, 80.0, {{"async", 0.03}, {"sync", 0.12}});
}

TEST(LogisticRegression, ReachesTheOptimumOfGeneratedData) {
  ExpectWithinHalfAPercent(
      std::make_shared<const Dataset>(GenerateSparseClassification(
          {.rows = 4000, .columns = 60, .nonzeros = 8})),
      1e-3, 40.0, {{"async", 1.0}, {"sync", 4.0}, {"hogwild", 1.0}});
}

}  // namespace
}  // namespace tortoise::testing
