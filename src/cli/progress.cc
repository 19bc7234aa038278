// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/progress.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "cli/output.h"

namespace tortoise::cli {
namespace {

std::size_t TerminalColumns() {
  winsize size{};
  if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col < 20) {
    return 80;
  }
  return size.ws_col;
}

std::string Describe(const Progress& progress) {
  if (progress.evaluating) {
    return fmt::format("computing losses, {:.0f} %", 100.0 * progress.fraction);
  }
  std::string text = progress.seconds_left
                         ? Duration(*progress.seconds_left) + " left"
                         : Duration(progress.seconds);
  text += fmt::format(", {} updates",
                      Grouped(static_cast<std::size_t>(progress.updates)));
  if (progress.loss_estimate) {
    text += fmt::format(", loss about {:.4g}", *progress.loss_estimate);
  }
  return text;
}

}  // namespace

RaceProgress::RaceProgress(const std::vector<Racer>& racers,
                           std::uint64_t repeats, bool quiet, Signals& signals)
    : racers_(racers),
      repeats_(repeats),
      quiet_(quiet),
      is_terminal_(::isatty(STDERR_FILENO) == 1),
      signals_(signals) {}

void RaceProgress::OnStart(std::size_t racer, std::uint64_t repeat) {
  signals_.RaceBegins();
  // Of all runs of the race, those that need not be run again included.
  label_ = fmt::format("[{}/{}] {}", repeat * racers_.size() + racer + 1,
                       racers_.size() * repeats_, racers_[racer].name);
  if (repeats_ > 1) label_ += fmt::format(", repeat {}", repeat);
  if (!is_terminal_) Line(label_ + ": started\n");
}

void RaceProgress::OnProgress(const Progress& progress) {
  // Losses may be computed far faster than anybody can read.
  const auto now = std::chrono::steady_clock::now();
  if (!is_terminal_ || now < next_line_) return;
  next_line_ = now + std::chrono::milliseconds(50);
  std::string text = label_ + ": " + Describe(progress);
  if (progress.evaluating && signals_.stop().stop_requested()) {
    text += "; Ctrl-C skips that";
  }
  // A line that wraps could not be cleared.
  Line(text.substr(0, TerminalColumns() - 1));
}

void RaceProgress::OnFinish(const RaceEntry& entry) {
  Line(fmt::format("{}: {}\n", label_, entry.summary.BriefReport()));
  line_is_shown_ = false;
  const Termination termination = entry.summary.termination;
  if (termination == Termination::kDiverged ||
      termination == Termination::kWorkerFailed) {
    PrintWarning(fmt::format("{}, repeat {}: {}", entry.name, entry.repeat,
                             entry.summary.message));
  }
}

void RaceProgress::ClearLine() {
  if (!line_is_shown_) return;
  std::fputs("\r\033[K", stderr);
  line_is_shown_ = false;
}

void RaceProgress::Line(const std::string& text) {
  if (quiet_) return;
  ClearLine();
  std::fputs(text.c_str(), stderr);
  std::fflush(stderr);
  line_is_shown_ = is_terminal_;
}

}  // namespace tortoise::cli
