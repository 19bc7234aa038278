// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <memory>
#include <span>

#include "engine/ticket.h"
#include "tortoise/protocol/method.h"

namespace tortoise::internal {

/// Whose model: how contributions become the next versions, and which of them a
/// worker reads. A function of the contributions and of their order alone. Not
/// thread-safe; versions may be read by anybody who holds a reference.
template <typename T>
class Models {
 public:
  virtual ~Models() = default;

  /// The snapshot of a worker that is released now.
  [[nodiscard]] virtual ModelRef<T> ReadBy(int worker) const = 0;

  /// Takes a contribution, which counts `weight` times in the mean of its
  /// update; 1 is exact to the bit. `pace` is in force: a contribution that is
  /// alone in its update is used where it lies, and must stay until then.
  virtual void Add(const Arrival<T>& arrival, double weight,
                   const Pace& pace) = 0;

  /// Makes the next version of what was added since the last one. Returns false
  /// if it has a NaN or an infinity; everything stays as it was then.
  [[nodiscard]] virtual bool Update(const Pace& pace) = 0;

  /// The model that losses are of.
  [[nodiscard]] virtual const ModelRef<T>& Reported() const = 0;
};

/// What a contribution is multiplied by before it is added: gradients go
/// downhill, changes after several local steps are added as they are.
[[nodiscard]] inline double ServerScale(int local_steps, double step) {
  return local_steps == 1 ? -step : 1.0;
}

/// The one model of a server, version by version:
///
///     after = before + (1 / K) sum of weight x scale x contribution
///
/// with the `ServerScale` of each.
template <typename T>
class ServerModel final : public Models<T> {
 public:
  /// `reserved` buffers are made at once, beside the current one.
  ServerModel(std::span<const T> initial, std::size_t reserved);

  [[nodiscard]] ModelRef<T> ReadBy(int) const override { return current_; }
  void Add(const Arrival<T>& arrival, double weight, const Pace& pace) override;
  [[nodiscard]] bool Update(const Pace& pace) override;
  [[nodiscard]] const ModelRef<T>& Reported() const override {
    return current_;
  }

 private:
  void AddScaled(std::span<const T> vector, double scale);

  ModelPool<T> pool_;
  ModelRef<T> current_;
  AlignedVector<T> sum_;
  std::span<const T> total_;  // sum_, or the only contribution
  double scale_ = 0.0;        // of the total; 0: there is none yet
};

/// The models of a method that has a server; in virtual time also of one that
/// writes in place, which is async there.
template <typename T>
[[nodiscard]] std::unique_ptr<Models<T>> MakeModels(const Method& method,
                                                    std::span<const T> initial,
                                                    std::size_t reserved);

}  // namespace tortoise::internal
