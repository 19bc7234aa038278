// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <atomic>
#include <stop_token>
#include <thread>

namespace tortoise::cli {

/// Turns Ctrl-C (SIGINT) and SIGTERM into requests while a race is on. The
/// first asks the race to stop, the second to leave out what remains of the
/// evaluation, the third ends the program at once with code 130. While nothing
/// has been measured the first ends it too, within half a second.
///
/// Construct one before any other thread exists: they inherit that the signals
/// are blocked, so that only the thread in here ever sees them. No code runs in
/// a signal handler.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  [[nodiscard]] std::stop_token stop() const { return stop_.get_token(); }
  [[nodiscard]] std::stop_token skip_evaluation() const {
    return skip_evaluation_.get_token();
  }

  /// From here on there is something to keep. Any thread may say so.
  void RaceBegins() { has_begun_.store(true); }

 private:
  void Watch();

  std::stop_source stop_;
  std::stop_source skip_evaluation_;
  std::atomic<bool> has_begun_{false};
  std::atomic<bool> is_over_{false};
  std::jthread watcher_;  // last: it uses the others
};

}  // namespace tortoise::cli
