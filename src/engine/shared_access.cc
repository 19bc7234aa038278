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

  std::optional<Contribution<T>> Contribute(
      const Release& release,
      const typename SharedAccess<T>::Cancelled&) override {
    const double loss =
        computation_.ContributeSparse(release.worker, view_, release.gradient);
    return Contribution<T>{.loss = loss, .bytes = view_.entries().size_bytes()};
  }
  void Write(const Contribution<T>&, T scale) override {
    shared_.AddSparse(view_.entries(), scale);
  }

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
      : shared_(shared), computation_(computation), pool_(shared.size()) {
    ticket_.snapshot = pool_.Acquire();
  }

  std::optional<Contribution<T>> Contribute(
      const Release& release,
      const typename SharedAccess<T>::Cancelled& cancelled) override {
    ticket_.release = release;
    shared_.Read(ticket_.snapshot.Mutable().parameters);
    return computation_.Contribute(ticket_, cancelled);
  }
  void Write(const Contribution<T>& contribution, T scale) override {
    shared_.Add(contribution.vector, scale);
    ticket_.state = contribution.state;
  }

 private:
  SharedParameters<T>& shared_;
  Computation<T>& computation_;
  ModelPool<T> pool_;  // of the private copy alone
  Ticket<T> ticket_;
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
