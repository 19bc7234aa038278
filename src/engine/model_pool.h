// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

#include "tortoise/core/aligned.h"

namespace tortoise::internal {

template <typename T>
class ModelPool;

/// One version of the model. Written once, then shared and never changed.
template <typename T>
struct Model {
  std::int64_t version = 0;
  AlignedVector<T> parameters;

 private:
  template <typename>
  friend class ModelRef;
  friend class ModelPool<T>;
  ModelPool<T>* pool = nullptr;
  std::atomic<int> references{0};
};

/// A counted reference to a model; a buffer that nobody refers to any more goes
/// back to its pool. So a snapshot is a reference, not a copy. As thread-safe
/// as std::shared_ptr, but it never allocates.
template <typename T>
class ModelRef {
 public:
  ModelRef() = default;
  explicit ModelRef(Model<T>* model) : model_(model) { Acquire(); }
  ModelRef(const ModelRef& other) : model_(other.model_) { Acquire(); }
  ModelRef(ModelRef&& other) noexcept
      : model_(std::exchange(other.model_, nullptr)) {}
  ModelRef& operator=(ModelRef other) noexcept {
    std::swap(model_, other.model_);
    return *this;
  }
  ~ModelRef() { Release(); }

  [[nodiscard]] std::int64_t version() const { return model_->version; }
  [[nodiscard]] std::span<const T> parameters() const {
    return model_->parameters;
  }
  /// Requires that nobody else refers to the model yet.
  Model<T>& Mutable() { return *model_; }

  explicit operator bool() const { return model_ != nullptr; }
  bool operator==(const ModelRef& other) const = default;

 private:
  void Acquire() {
    if (model_) model_->references.fetch_add(1, std::memory_order_relaxed);
  }
  void Release() {
    if (!model_) return;
    // Everybody's reads happen before the buffer is written again.
    if (model_->references.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      model_->pool->Recycle(model_);
    }
  }
  Model<T>* model_ = nullptr;
};

/// Buffers for models of one size. Grows when none is free, which ends once
/// every worker, the server and the curve hold what they need.
template <typename T>
class ModelPool {
 public:
  explicit ModelPool(std::size_t num_parameters, std::size_t reserved = 0)
      : num_parameters_(num_parameters) {
    for (std::size_t i = 0; i < reserved; ++i) free_.push_back(Make());
  }

  /// A model of unspecified content.
  ModelRef<T> Acquire() {
    const std::lock_guard lock(mutex_);
    if (free_.empty()) return ModelRef<T>(Make());
    Model<T>* model = free_.back();
    free_.pop_back();
    return ModelRef<T>(model);
  }

 private:
  template <typename>
  friend class ModelRef;

  Model<T>* Make() {
    models_.push_back(std::make_unique<Model<T>>());
    models_.back()->parameters.resize(num_parameters_);
    models_.back()->pool = this;
    // A free list as long as all models makes Recycle free of allocation.
    free_.reserve(models_.size());
    return models_.back().get();
  }
  void Recycle(Model<T>* model) {
    const std::lock_guard lock(mutex_);
    free_.push_back(model);
  }

  std::size_t num_parameters_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Model<T>>> models_;
  std::vector<Model<T>*> free_;
};

}  // namespace tortoise::internal
