// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <array>
#include <cstdint>

namespace tortoise {

/// What a stream of random numbers is for. Every purpose has draws of its own,
/// so that no draw depends on how often another purpose drew, nor on timing.
enum class Purpose : std::uint32_t {
  kDelay = 1,        // X(worker, gradient)
  kRoundDelay = 2,   // D(update)
  kSample = 3,       // sample indices of (worker, gradient)
  kInitial = 4,      // initial parameters
  kData = 5,         // generated data sets
  kBurst = 6,        // when a worker is slow
  kTopology = 7,     // who mixes with whom
  kCompression = 8,  // noise of lossy encodings
  kNoise = 9,        // gradient noise of synthetic objectives
};

/// A counter-based stream: the numbers at (a, b, c) are a pure function of
/// (seed, repeat, purpose, a, b, c), on every machine and in any order.
///
/// Philox4x64-10 with key (seed, repeat << 32 | purpose) and counter
/// (a, b, c, 0). A value; copying is free; const and so safe to share.
///
/// Reference: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as
/// 1, 2, 3", SC 2011.
class RandomStream {
 public:
  /// Requires repeat < 2^32.
  RandomStream(std::uint64_t seed, std::uint64_t repeat, Purpose purpose)
      : key_{seed, repeat << 32 | static_cast<std::uint32_t>(purpose)} {}

  /// 256 random bits.
  [[nodiscard]] std::array<std::uint64_t, 4> Bits(std::uint64_t a,
                                                  std::uint64_t b = 0,
                                                  std::uint64_t c = 0) const;

  /// Uniform on the open interval (0, 1): (k + 1/2) / 2^52, never 0 or 1.
  [[nodiscard]] double Uniform(std::uint64_t a, std::uint64_t b = 0,
                               std::uint64_t c = 0) const;

  /// The top 52 of `bits` as a double in (0, 1): (k + 1/2) / 2^52.
  static double ToUnit(std::uint64_t bits) {
    // Not 53 bits: (2^53 - 1) + 1/2 would round up to 2^53, which gives 1.
    return (static_cast<double>(bits >> 12) + 0.5) * 0x1p-52;
  }

  /// `bits` as an integer in [0, n), without a division and without bias
  /// beyond n / 2^64. Requires n > 0.
  static std::uint64_t ToIndex(std::uint64_t bits, std::uint64_t n) {
    __extension__ using Wide = unsigned __int128;
    return static_cast<std::uint64_t>(static_cast<Wide>(bits) * n >> 64);
  }

 private:
  std::array<std::uint64_t, 2> key_;
};

/// Reads the stream at (a, b, 0), (a, b, 1), ... one number after the other:
/// for generators that need an unknown number of draws. Not thread-safe; make
/// one per use.
class RandomSequence {
 public:
  explicit RandomSequence(const RandomStream& stream, std::uint64_t a = 0,
                          std::uint64_t b = 0)
      : stream_(stream), a_(a), b_(b) {}

  std::uint64_t Bits() {
    if (next_ == block_.size()) {
      block_ = stream_.Bits(a_, b_, c_++);
      next_ = 0;
    }
    return block_[next_++];
  }
  double Uniform() { return RandomStream::ToUnit(Bits()); }
  double Uniform(double low, double high) {
    return low + (high - low) * Uniform();
  }
  std::uint64_t Index(std::uint64_t n) {
    return RandomStream::ToIndex(Bits(), n);
  }
  /// Standard normal (Box and Muller).
  double Normal();

 private:
  RandomStream stream_;
  std::uint64_t a_;
  std::uint64_t b_;
  std::uint64_t c_ = 0;
  std::array<std::uint64_t, 4> block_{};
  std::size_t next_ = 4;
  double spare_ = 0.0;
  bool has_spare_ = false;
};

}  // namespace tortoise
