// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <string>

#include "experiment/temporary_folder.h"
#include "simulation/check_experiment.h"
#include "tortoise/core/error.h"
#include "tortoise/experiment/run_race.h"

namespace tortoise::testing {
namespace {

// No file grows beyond `bytes`: a write fails with "File too large", after as
// many bytes as fit.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(std::uint64_t bytes) {
    handler_ = std::signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &before_);
    rlimit limit = before_;
    limit.rlim_cur = std::min<rlim_t>(bytes, before_.rlim_max);
    setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int) = SIG_DFL;
};

namespace fs = std::filesystem;

// Every file of `whole` is in `other` too, with the same bytes.
std::string DirectoryDifference(const fs::path& whole, const fs::path& other) {
  for (const auto& entry : fs::directory_iterator(whole)) {
    const std::string name = entry.path().filename();
    if (name == "environment.json") continue;
    if (!fs::exists(other / name)) return name + " is missing";
    if (ReadText(entry.path()) != ReadText(other / name)) {
      return name + " differs";
    }
  }
  for (const auto& entry : fs::directory_iterator(other)) {
    const std::string name = entry.path().filename();
    if (!fs::exists(whole / name)) return name + " should not be there";
  }
  return "";
}

// Tables hold the first rows of what they should, and no part of one.
std::string TableProblem(const fs::path& whole, const fs::path& cut) {
  for (const auto& entry : fs::directory_iterator(cut)) {
    const std::string name = entry.path().filename();
    if (entry.path().extension() != ".csv") continue;
    const std::string text = ReadText(entry.path());
    if (!text.empty() && text.back() != '\n') {
      return name + " ends within a row";
    }
    if (!ReadText(whole / name).starts_with(text)) {
      return name + " has other rows";
    }
  }
  return "";
}

}  // namespace

std::string CheckFullDisk(const RandomExperiment& e) {
  const TemporaryFolder folder;
  const fs::path base = folder.path();
  const std::string trace = (base / "trace.csv").string();
  WriteText(trace, TraceText(e));
  const Experiment experiment =
      ParseExperiment(ExperimentText(e, trace), "random.toml", base.string());
  const fs::path whole = base / "whole";
  const fs::path cut = base / "cut";
  (void)RaceExperiment(experiment, whole.string());
  try {
    const FileSizeLimit limit(*e.most_bytes);
    (void)RaceExperiment(experiment, cut.string());
    return DirectoryDifference(whole, cut);  // it was not full
  } catch (const OutputError& error) {
    if (std::string(error.what()).find("File too large") == std::string::npos) {
      return fmt::format("a full disk gives \"{}\"", error.what());
    }
  } catch (const InputError&) {
    // Not even the folder could be made, and nothing is left of it.
    return fs::exists(cut) ? "a folder was left behind" : "";
  }
  if (!fs::exists(cut)) return "";
  if (fs::exists(cut / "DONE")) return "a race that was cut short is DONE";
  if (std::string problem = TableProblem(whole, cut); !problem.empty()) {
    return problem;
  }
  if (!fs::exists(cut / "curves.csv")) return "";  // it never began
  (void)RaceExperiment(experiment, cut.string(), {}, {.resume = true});
  const std::string difference = DirectoryDifference(whole, cut);
  return difference.empty() ? "" : "resumed: " + difference;
}

}  // namespace tortoise::testing
