// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/straggler/speed.h"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <string_view>

#include "core/check.h"

namespace tortoise {
namespace {

using internal::Broken;

constexpr double kInfinity = std::numeric_limits<double>::infinity();

std::optional<Violation> WrongSize(std::string_view key, std::size_t size,
                                   int num_workers) {
  if (size == 0 || size == static_cast<std::size_t>(num_workers)) {
    return std::nullopt;
  }
  return Violation{
      std::string(key),
      fmt::format("{} has {} entries and must have {}, one per worker", key,
                  size, num_workers)};
}

bool IsPositive(double value) { return std::isfinite(value) && value > 0; }

std::optional<Violation> BurstsViolation(const Bursts& bursts) {
  if (!std::isfinite(bursts.speed) || bursts.speed < 0) {
    return Broken("bursts.speed", bursts.speed, "finite and >= 0");
  }
  if (!IsPositive(bursts.mean_normal_seconds)) {
    return Broken("bursts.mean_normal_seconds", bursts.mean_normal_seconds,
                  "finite and > 0");
  }
  if (!IsPositive(bursts.mean_slow_seconds)) {
    return Broken("bursts.mean_slow_seconds", bursts.mean_slow_seconds,
                  "finite and > 0");
  }
  return std::nullopt;
}

template <typename T>
T EntryOr(const std::vector<T>& values, int worker, T otherwise) {
  return values.empty() ? otherwise : values[static_cast<std::size_t>(worker)];
}

}  // namespace

std::optional<tortoise::Violation> SpeedOptions::Violation(
    int num_workers) const {
  if (auto wrong = WrongSize("speed", speed.size(), num_workers)) return wrong;
  if (auto wrong = WrongSize("stops_at", stops_at.size(), num_workers)) {
    return wrong;
  }
  for (std::size_t w = 0; w < speed.size(); ++w) {
    if (!IsPositive(speed[w])) {
      return Broken(fmt::format("speed[{}]", w), speed[w], "finite and > 0");
    }
  }
  for (std::size_t w = 0; w < stops_at.size(); ++w) {
    if (!(stops_at[w] >= 0)) {
      return Broken(fmt::format("stops_at[{}]", w), stops_at[w], ">= 0");
    }
  }
  return bursts ? BurstsViolation(*bursts) : std::nullopt;
}

WorkerSpeed::WorkerSpeed(const SpeedOptions& options, int worker,
                         std::uint64_t seed, std::uint64_t repeat)
    : speed_(EntryOr(options.speed, worker, 1.0)),
      stops_at_(EntryOr(options.stops_at, worker, kInfinity)),
      bursts_(options.bursts),
      stream_(seed, repeat, Purpose::kBurst),
      worker_(static_cast<std::uint64_t>(worker)) {
  // Nothing to walk through, and then no rounding either.
  if (bursts_ && bursts_->speed == 1.0) bursts_.reset();
  if (bursts_) started_ = finished_ = First();
}

double WorkerSpeed::FinishTime(double start, double work) {
  assert(start >= 0 && work >= 0);
  if (start >= stops_at_ || !std::isfinite(work)) return kInfinity;
  if (work == 0) return start;
  if (!bursts_) {
    const double finish = start + work / speed_;
    return finish <= stops_at_ ? finish : kInfinity;
  }
  double now = start;
  started_ = At(start);
  for (finished_ = started_;; finished_ = After(finished_)) {
    const double end = std::min(finished_.end, stops_at_);
    const double speed = SpeedIn(finished_);
    if (speed > 0) {
      const double finish = now + work / speed;
      if (finish <= end) return finish;
      work -= (end - now) * speed;
      if (work <= 0) return end;  // rounding: `finish` was just beyond it
    }
    if (end == stops_at_) return kInfinity;
    now = end;
  }
}

// The spell that time `start` is in. A worker that pushed continues at the last
// finish, one that was cancelled at the last start.
WorkerSpeed::Spell WorkerSpeed::At(double start) const {
  Spell spell = finished_;
  if (start < spell.begin) spell = started_;
  if (start < spell.begin) spell = First();
  while (spell.end <= start) spell = After(spell);
  return spell;
}

double WorkerSpeed::End(std::size_t number, double begin) const {
  if (number >= kMaxSpells) return kInfinity;
  const double mean = number % 2 == 0 ? bursts_->mean_normal_seconds
                                      : bursts_->mean_slow_seconds;
  return begin + -mean * std::log1p(-stream_.Uniform(worker_, number));
}

double WorkerSpeed::SpeedIn(const Spell& spell) const {
  if (spell.number >= kMaxSpells) {
    const double normal = bursts_->mean_normal_seconds;
    const double slow = bursts_->mean_slow_seconds;
    return speed_ * (normal + bursts_->speed * slow) / (normal + slow);
  }
  return spell.number % 2 == 0 ? speed_ : speed_ * bursts_->speed;
}

}  // namespace tortoise
