// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/signals.h"

#include <csignal>
#include <cstdlib>
#include <ctime>

#include "cli/arguments.h"

namespace tortoise::cli {
namespace {

sigset_t WatchedSignals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  return set;
}

}  // namespace

Signals::Signals() {
  const sigset_t set = WatchedSignals();
  ::pthread_sigmask(SIG_BLOCK, &set, nullptr);
  watcher_ = std::jthread([this] { Watch(); });
}

Signals::~Signals() {
  is_over_.store(true);
  // Wakes the watcher; the signal stays blocked everywhere else.
  ::pthread_kill(watcher_.native_handle(), SIGINT);
}

void Signals::Watch() {
  const sigset_t set = WatchedSignals();
  int signal = 0;
  for (int received = 1;; ++received) {
    while (::sigwait(&set, &signal) != 0) {
    }
    if (is_over_.load()) return;
    if (received == 1) stop_.request_stop();
    if (received == 2) skip_evaluation_.request_stop();
    if (received >= 3) std::_Exit(kInterrupted);
    if (has_begun_.load()) continue;
    // Loading cannot be stopped half-way: give it a moment to end by itself.
    const timespec moment{.tv_sec = 0, .tv_nsec = 500'000'000};
    const int more = ::sigtimedwait(&set, nullptr, &moment);
    if (is_over_.load()) return;
    if (!has_begun_.load() || more > 0) std::_Exit(kInterrupted);
  }
}

}  // namespace tortoise::cli
