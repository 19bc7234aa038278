// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "tortoise/core/random.h"
#include "tortoise/engine/options.h"
#include "tortoise/objective/objective.h"

namespace tortoise::internal {

/// The mini-batch of gradient i of worker w, a function of (seed, repeat, w, i)
/// alone.
///
/// Uniform: independent draws with replacement. Shuffled: the samples follow an
/// endless sequence in which every epoch is a permutation of the data, and
/// gradient i of worker w takes its mini-batch number i P + w; so P workers of
/// one speed visit each sample once per epoch.
///
/// Holds the buffer of one worker's batch; one per thread.
class Sampler {
 public:
  Sampler(const RunOptions& options, std::size_t num_samples);

  /// [batch_size] sample numbers, valid until the next call. With an unlimited
  /// population they are 64 random bits each.
  [[nodiscard]] Batch Draw(int worker, std::int64_t gradient);

 private:
  void DrawUniform(std::uint64_t worker, std::uint64_t gradient);
  void DrawShuffled(std::uint64_t worker, std::uint64_t gradient);

  RandomStream stream_;
  Sampling sampling_;
  std::uint64_t num_samples_;
  std::uint64_t num_workers_;
  std::vector<Sample> batch_;
};

/// Position `index` of a pseudo-random permutation of [0, n): a Feistel network
/// on the smallest even number of bits that holds n, walked until it lands
/// inside. O(1), no memory. Requires index < n.
[[nodiscard]] std::uint64_t Permuted(std::uint64_t index, std::uint64_t n,
                                     const RandomStream& stream,
                                     std::uint64_t epoch);

}  // namespace tortoise::internal
