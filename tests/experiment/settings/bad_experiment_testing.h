// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tortoise/experiment/experiment.h"

namespace tortoise {

// A valid experiment. A case replaces one of its lines, or appends one.
inline std::vector<std::string> ValidLines() {
  return {
      /* 1*/ "seed = 1",
      /* 2*/ "[problem]",
      /* 3*/ "objective = \"softmax\"",
      /* 4*/ "data = \"train.csv\"",
      /* 5*/ "[workers]",
      /* 6*/ "count = 4",
      /* 7*/ "delay = { distribution = \"exponential\", mean = \"5ms\" }",
      /* 8*/ "[step]",
      /* 9*/ "size = 0.1",
      /*10*/ "[stop]",
      /*11*/ "seconds = 1",
      /*12*/ "[[racer]]",
      /*13*/ "protocol = \"k-async\"",
      /*14*/ "quorum = 2",
  };
}

inline std::string Join(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

inline std::string ErrorOf(const std::string& text, std::size_t* line = nullptr,
                           const std::vector<std::string>& overrides = {}) {
  try {
    (void)ParseExperiment(text, "race.toml", "/base", overrides);
  } catch (const InputError& error) {
    if (line != nullptr) *line = error.line();
    return error.what();
  }
  return "no error";
}

struct BadLine {
  std::size_t replaced;  // 1 .. 14, or 15 to append
  std::string text;
  std::string message;   // part of it
  std::size_t line = 0;  // expected; 0: the replaced one
};

inline void Check(const BadLine& bad) {
  SCOPED_TRACE(bad.text);
  std::vector<std::string> lines = ValidLines();
  if (bad.replaced > lines.size()) lines.emplace_back();
  lines[bad.replaced - 1] = bad.text;
  std::size_t line = 0;
  const std::string message = ErrorOf(Join(lines), &line);
  EXPECT_THAT(message, ::testing::HasSubstr(bad.message));
  const std::size_t expected = bad.line > 0 ? bad.line : bad.replaced;
  EXPECT_EQ(line, expected) << message;
  EXPECT_THAT(message, ::testing::StartsWith(
                           "race.toml:" + std::to_string(expected) + ": "));
}

inline void CheckAll(const std::vector<BadLine>& all) {
  for (const BadLine& bad : all) Check(bad);
}

}  // namespace tortoise
