// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace tortoise {

/// How this library was built.
struct BuildInfo {
  std::string version;     // "0.1.0"
  std::string commit;      // of the sources, with "-dirty", or "unknown"
  std::string compiler;    // "GNU 12.2.0"
  std::string flags;       // those that the project adds
  std::string build_type;  // "Release"
};
[[nodiscard]] BuildInfo GetBuildInfo();

/// Where a race runs. Nothing, or an empty text, for what the system does not
/// tell.
struct Machine {
  std::string processor;           // model name
  std::vector<int> processors;     // numbers of those this process may run on
  int online_processors = 0;       // of the machine
  std::optional<bool> hypervisor;  // is it a virtual machine?
  std::optional<std::uint64_t> memory_bytes;
  std::string kernel;        // "Linux 6.1.0"
  std::string clock_source;  // "tsc"
  std::string governor;      // of the processor's frequency; empty in most
                             // virtual machines
};
[[nodiscard]] Machine DescribeMachine();

/// Runnable tasks on the machine over the last 1, 5 and 15 minutes; empty if
/// unknown.
[[nodiscard]] std::vector<double> LoadAverage();

/// "2026-11-23T01:25:23Z".
[[nodiscard]] std::string UtcDate();

/// Measures how much of the processors was taken by others:
///
///     share = (busy time of all - processor time of this process)
///             / (elapsed time x processors)
///
/// over the processors that this process may run on, since construction. Time
/// that a hypervisor took away counts as taken by others.
class ForeignLoad {
 public:
  ForeignLoad();

  /// In [0, 1]; nothing if the system does not tell or no time has passed.
  [[nodiscard]] std::optional<double> Share() const;

 private:
  struct Reading {
    double busy = 0.0;   // seconds of processors
    double total = 0.0;  // idle ones included
    double own = 0.0;
  };
  [[nodiscard]] std::optional<Reading> Read() const;

  std::vector<int> processors_;
  std::optional<Reading> start_;
};

}  // namespace tortoise
