// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <system_error>

namespace tortoise::cli {
namespace {

int first_error = 0;  // of standard output

void WriteError(const std::string& line) {
  // One call, so that lines of several threads or programs stay whole.
  std::fwrite(line.data(), 1, line.size(), stderr);
}

}  // namespace

void Print(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size() &&
      first_error == 0) {
    first_error = errno;
  }
}

void PrintError(std::string_view text) {
  WriteError(fmt::format("tortoise: {}\n", text));
}

void PrintWarning(std::string_view text) {
  WriteError(fmt::format("tortoise: warning: {}\n", text));
}

bool FinishOutput() {
  if (std::fflush(stdout) != 0 && first_error == 0) first_error = errno;
  if (first_error == 0 || first_error == EPIPE) return true;
  PrintError(fmt::format("standard output cannot be written: {}",
                         std::generic_category().message(first_error)));
  return false;
}

std::string Duration(double seconds) {
  if (seconds < 1.0) return fmt::format("{:.2f} s", seconds);
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  if (seconds > 1e9) return "forever";
  const auto whole = static_cast<std::int64_t>(std::lround(seconds));
  if (whole < 3600) {
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  return fmt::format("{} h {} min", whole / 3600, whole % 3600 / 60);
}

std::string Counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", Grouped(count), noun, count == 1 ? "" : "s");
}

std::string Grouped(std::size_t count) {
  const std::string digits = std::to_string(count);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

}  // namespace tortoise::cli
