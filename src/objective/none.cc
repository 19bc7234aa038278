// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <limits>
#include <memory>

#include "tortoise/objective/stock.h"

namespace tortoise {
namespace {

template <typename T>
class None final : public AnyObjective<T> {
 public:
  [[nodiscard]] std::unique_ptr<AnyObjective<T>> Clone() const override {
    return std::make_unique<None>();
  }
  [[nodiscard]] std::size_t num_parameters() const override { return 0; }
  [[nodiscard]] std::size_t num_samples() const override { return 0; }

  // There is no loss, and 0 would pass for one.
  double Loss(std::span<const T>, Batch) override { return kNoLoss; }
  double Gradient(std::span<const T>, Batch, std::span<T>) override {
    return kNoLoss;
  }

 private:
  static constexpr double kNoLoss = std::numeric_limits<double>::quiet_NaN();
};

}  // namespace

template <typename T>
std::unique_ptr<AnyObjective<T>> MakeNone() {
  return std::make_unique<None<T>>();
}

template std::unique_ptr<AnyObjective<float>> MakeNone();
template std::unique_ptr<AnyObjective<double>> MakeNone();

}  // namespace tortoise
