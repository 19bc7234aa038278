// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/shared_access.h"

#include "tortoise/core/aligned.h"
#include "tortoise/objective/objective.h"

namespace tortoise::internal {
namespace {

// Reads what the gradient needs and writes what it has touched.
template <typename T>
class SparseAccess final : public SharedAccess<T> {
 public:
  SparseAccess(SharedParameters<T>& shared, Computation<T>& computation)
      : shared_(shared),
        computation_(computation),
        view_(shared.coordinates()) {}

  std::optional<double> Contribute(
      int worker, std::int64_t gradient,
      const typename SharedAccess<T>::Cancelled&) override {
    return computation_.ContributeSparse(worker, view_, gradient);
  }
  void Write(T scale) override { shared_.AddSparse(view_.entries(), scale); }

 private:
  SharedParameters<T>& shared_;
  Computation<T>& computation_;
  SparseView<T> view_;
};

// Reads and writes all parameters.
template <typename T>
class DenseAccess final : public SharedAccess<T> {
 public:
  DenseAccess(SharedParameters<T>& shared, Computation<T>& computation)
      : shared_(shared), computation_(computation), copy_(shared.size()) {}

  std::optional<double> Contribute(
      int worker, std::int64_t gradient,
      const typename SharedAccess<T>::Cancelled& cancelled) override {
    shared_.Read(copy_);
    return computation_.Contribute(worker, copy_, gradient, cancelled);
  }
  void Write(T scale) override {
    shared_.Add(computation_.contribution(), scale);
  }

 private:
  SharedParameters<T>& shared_;
  Computation<T>& computation_;
  AlignedVector<T> copy_;
};

}  // namespace

template <typename T>
std::unique_ptr<SharedAccess<T>> MakeSharedAccess(SharedParameters<T>& shared,
                                                  Computation<T>& computation,
                                                  bool by_coordinate) {
  if (by_coordinate) {
    return std::make_unique<SparseAccess<T>>(shared, computation);
  }
  return std::make_unique<DenseAccess<T>>(shared, computation);
}

template std::unique_ptr<SharedAccess<float>> MakeSharedAccess(
    SharedParameters<float>&, Computation<float>&, bool);
template std::unique_ptr<SharedAccess<double>> MakeSharedAccess(
    SharedParameters<double>&, Computation<double>&, bool);

}  // namespace tortoise::internal
