// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/sampler.h"

#include <algorithm>
#include <bit>

namespace tortoise::internal {
namespace {

// A 64-bit finaliser (multiply and fold); mixes one half of a Feistel network.
std::uint64_t Mix(std::uint64_t x) {
  x = (x ^ (x >> 31)) * 0x9e3779b97f4a7c15u;
  x = (x ^ (x >> 29)) * 0xd6e8feb86659fd93u;
  return x ^ (x >> 32);
}

struct Keys {
  std::array<std::uint64_t, 4> round;
  int half_bits;
};

std::uint64_t Feistel(std::uint64_t x, const Keys& keys) {
  const std::uint64_t mask = (std::uint64_t{1} << keys.half_bits) - 1;
  std::uint64_t left = x >> keys.half_bits;
  std::uint64_t right = x & mask;
  for (const std::uint64_t key : keys.round) {
    const std::uint64_t next = left ^ (Mix(right + key) & mask);
    left = right;
    right = next;
  }
  return left << keys.half_bits | right;
}

Keys MakeKeys(std::uint64_t n, const RandomStream& stream,
              std::uint64_t epoch) {
  // Worker numbers stay below 2^32, so this counter meets no other draw.
  constexpr std::uint64_t kPermutations = std::uint64_t{1} << 40;
  const int bits = std::max(2, static_cast<int>(std::bit_width(n - 1)));
  return {stream.Bits(kPermutations, epoch), (bits + 1) / 2};
}

std::uint64_t Walk(std::uint64_t index, std::uint64_t n, const Keys& keys) {
  do {
    index = Feistel(index, keys);
  } while (index >= n);
  return index;
}

}  // namespace

std::uint64_t Permuted(std::uint64_t index, std::uint64_t n,
                       const RandomStream& stream, std::uint64_t epoch) {
  return Walk(index, n, MakeKeys(n, stream, epoch));
}

Sampler::Sampler(const RunOptions& options, std::size_t num_samples)
    : stream_(options.seed, options.repeat, Purpose::kSample),
      sampling_(options.sampling),
      num_samples_(num_samples),
      num_workers_(static_cast<std::uint64_t>(options.method.num_workers)),
      batch_(static_cast<std::size_t>(options.batch_size)) {}

Batch Sampler::Draw(int worker, std::int64_t gradient) {
  const auto w = static_cast<std::uint64_t>(worker);
  const auto i = static_cast<std::uint64_t>(gradient);
  if (sampling_ == Sampling::kShuffled && num_samples_ > 0) {
    DrawShuffled(w, i);
  } else {
    DrawUniform(w, i);
  }
  return batch_;
}

void Sampler::DrawUniform(std::uint64_t worker, std::uint64_t gradient) {
  for (std::size_t k = 0; k < batch_.size(); k += 4) {
    const auto bits = stream_.Bits(worker, gradient, k / 4);
    for (std::size_t j = 0; j < std::min<std::size_t>(4, batch_.size() - k);
         ++j) {
      batch_[k + j] = num_samples_ > 0
                          ? RandomStream::ToIndex(bits[j], num_samples_)
                          : bits[j];
    }
  }
}

void Sampler::DrawShuffled(std::uint64_t worker, std::uint64_t gradient) {
  const std::uint64_t first =
      (gradient * num_workers_ + worker) * batch_.size();
  std::uint64_t epoch = first / num_samples_;
  std::uint64_t index = first % num_samples_;
  Keys keys = MakeKeys(num_samples_, stream_, epoch);
  for (Sample& sample : batch_) {
    if (index == num_samples_) {
      index = 0;
      keys = MakeKeys(num_samples_, stream_, ++epoch);
    }
    sample = Walk(index++, num_samples_, keys);
  }
}

}  // namespace tortoise::internal
