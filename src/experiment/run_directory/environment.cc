// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/environment.h"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <sstream>
#include <string_view>

namespace tortoise {
namespace {

std::string FirstLine(const std::string& path) {
  std::ifstream file(path);
  std::string line;
  std::getline(file, line);
  return line;
}

// The processors that the calling thread may run on.
std::vector<int> AllowedProcessors() {
  std::vector<int> allowed;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof(set), &set) != 0) return allowed;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &set)) allowed.push_back(i);
  }
  return allowed;
}

// Model name and hypervisor flag stand once for each processor; one will do.
void ReadCpuInfo(Machine& machine) {
  std::ifstream file("/proc/cpuinfo");
  std::string line;
  while (std::getline(file, line) && !line.empty()) {
    const std::size_t colon = line.find(':');
    if (colon == std::string::npos) continue;
    const std::string value =
        colon + 2 <= line.size() ? line.substr(colon + 2) : "";
    if (line.starts_with("model name")) machine.processor = value;
    if (line.starts_with("flags")) {
      machine.hypervisor =
          (' ' + value + ' ').find(" hypervisor ") != std::string::npos;
    }
  }
}

double Seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) +
         1e-6 * static_cast<double>(time.tv_usec);
}

double OwnSeconds() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return Seconds(usage.ru_utime) + Seconds(usage.ru_stime);
}

}  // namespace

Machine DescribeMachine() {
  Machine machine;
  ReadCpuInfo(machine);
  machine.processors = AllowedProcessors();
  machine.online_processors = static_cast<int>(::sysconf(_SC_NPROCESSORS_ONLN));
  const auto pages = ::sysconf(_SC_PHYS_PAGES);
  const auto page_bytes = ::sysconf(_SC_PAGESIZE);
  if (pages > 0 && page_bytes > 0) {
    machine.memory_bytes = static_cast<std::uint64_t>(pages) *
                           static_cast<std::uint64_t>(page_bytes);
  }
  utsname name{};
  if (::uname(&name) == 0) {
    machine.kernel = fmt::format("{} {}", name.sysname, name.release);
  }
  machine.clock_source = FirstLine(
      "/sys/devices/system/clocksource/clocksource0/current_clocksource");
  machine.governor =
      FirstLine("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor");
  return machine;
}

std::vector<double> LoadAverage() {
  std::array<double, 3> loads{};
  const int count = ::getloadavg(loads.data(), 3);
  return {loads.begin(), loads.begin() + std::max(count, 0)};
}

std::string UtcDate() {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
}

ForeignLoad::ForeignLoad() : processors_(AllowedProcessors()), start_(Read()) {}

// Lines of /proc/stat: "cpu3 user nice system idle iowait irq softirq steal
// guest guest_nice", in ticks; guest is part of user.
std::optional<ForeignLoad::Reading> ForeignLoad::Read() const {
  const double tick = 1.0 / static_cast<double>(::sysconf(_SC_CLK_TCK));
  Reading reading{.own = OwnSeconds()};
  std::size_t found = 0;
  std::ifstream file("/proc/stat");
  std::string line;
  while (std::getline(file, line) && line.starts_with("cpu")) {
    if (line.size() < 4 || line[3] == ' ') continue;  // the sum over all
    const int processor = std::atoi(line.c_str() + 3);
    if (std::ranges::find(processors_, processor) == processors_.end()) {
      continue;
    }
    std::istringstream fields(line);
    std::string label;
    std::array<double, 8> ticks{};
    fields >> label;
    for (double& field : ticks) fields >> field;
    for (std::size_t i = 0; i < ticks.size(); ++i) {
      const bool idle = i == 3 || i == 4;
      reading.total += tick * ticks[i];
      if (!idle) reading.busy += tick * ticks[i];
    }
    ++found;
  }
  if (found == 0) return std::nullopt;
  return reading;
}

std::optional<double> ForeignLoad::Share() const {
  const std::optional<Reading> now = Read();
  if (!start_ || !now || now->total <= start_->total) return std::nullopt;
  const double others = (now->busy - start_->busy) - (now->own - start_->own);
  return std::clamp(others / (now->total - start_->total), 0.0, 1.0);
}

}  // namespace tortoise
