// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/run_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "experiment/files/atomic_file.h"
#include "experiment/files/folder_lock.h"
#include "experiment/files/write.h"
#include "experiment/race/expectations.h"
#include "experiment/run_directory/run_reader.h"
#include "experiment/run_directory/run_tables.h"
#include "experiment/run_directory/summary_json.h"
#include "experiment/run_directory/timeline.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

using internal::TableSizes;
using internal::ThrowOutputError;

// A full disk is not the fault of the one who chose the folder; all else is.
[[noreturn]] void ThrowCreateError(const std::string& path, int error) {
  if (error == EEXIST) {
    throw InputError(path, 0, "already exists; an output folder must be new");
  }
  if (error == ENOSPC || error == EDQUOT) ThrowOutputError(path, error);
  throw InputError(path, 0,
                   fmt::format("cannot be created: {}",
                               std::generic_category().message(error)));
}

void CreateFolder(const std::string& path) {
  const std::filesystem::path folder(path);
  // "runs/a/" has an empty last component, which is not a parent of its own.
  const std::filesystem::path parent =
      (folder.has_filename() ? folder : folder.parent_path()).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) ThrowCreateError(path, error.value());
  if (::mkdir(path.c_str(), 0777) != 0) ThrowCreateError(path, errno);
}

constexpr const char* kTables[] = {"curves.csv", "staleness.csv", "updates.csv",
                                   "contributions.csv", "events.csv"};
constexpr const char* kDocuments[] = {"experiment.toml", "environment.json",
                                      "summary.json", "trace.json"};

}  // namespace

class RunDirectory::Impl {
  using Clock = std::chrono::steady_clock;

 public:
  Impl(const std::string& path, const std::string& resolved_toml,
       std::size_t trace_bytes, Mode mode)
      : path_(path), trace_bytes_(trace_bytes), mode_(mode) {
    if (mode_ == Mode::kResume) {
      Reopen(resolved_toml);
      return;
    }
    CreateFolder(path_);
    try {
      lock_.emplace(path_);
      internal::WriteFile(File("experiment.toml"), resolved_toml);
    } catch (...) {
      Remove();
      throw;
    }
  }

  ~Impl() {
    if (!has_begun_ && mode_ == Mode::kNew) Remove();
    if (!lacks_summary_) return;
    try {
      WriteKnown();
    } catch (const OutputError&) {
      // Those who gave up the race know of the disk already.
    }
  }

  void Begin(const RaceDescription& race) {
    race_ = race;
    has_begun_ = true;
    for (const Racer& racer : race.racers) {
      expected_.push_back(
          ExpectedSecondsPerUpdate(MakeRuntimeModel(racer.options)));
    }
    load_ = {.date = UtcDate(), .before = LoadAverage()};
    timeline_.emplace(trace_bytes_, race_.racers.size() * race_.repeats);
    const TableSizes kept =
        mode_ == Mode::kResume ? ReadKeptRuns() : TableSizes();
    internal::WriteFile(File("environment.json"),
                        internal::EnvironmentJson(machine_, load_));
    if (mode_ == Mode::kResume) RemoveTheRest();
    tables_.emplace(path_, kept, has_events());
    foreign_.emplace();
  }

  void Start(std::size_t racer, std::uint64_t repeat) {
    const Racer& starter = race_.racers.at(racer);
    tables_->Start(starter.name, repeat);
    BeginTimeline(starter, repeat);
  }

  void Records(const RecordBatch& batch) {
    tables_->Write(batch);
    timeline_->Add(batch);
  }

  void Finish(const RaceEntry& entry) {
    tables_->Write(entry);
    known_.entries.push_back(entry);
    lacks_summary_ = true;
    if (Clock::now() >= next_summary_) WriteKnown();
  }

  void Finish(const RaceResult& result, bool complete,
              const RaceVerdict& verdict) {
    // Racers that the observer was not told about.
    while (entries().size() < result.entries.size()) {
      Finish(result.entries[entries().size()]);
    }
    WriteSummary(result, verdict);
    lacks_summary_ = false;
    load_.after = LoadAverage();
    load_.foreign_share = foreign_->Share();
    internal::WriteFile(File("environment.json"),
                        internal::EnvironmentJson(machine_, load_));
    timeline_->Write(File("trace.json"));
    tables_->Flush();
    if (!complete) return;
    // DONE promises that all else is there, also after a loss of power.
    for (const char* name : kDocuments) internal::Sync(File(name));
    for (const char* name : kTables) {
      if (std::filesystem::exists(File(name))) internal::Sync(File(name));
    }
    internal::Sync(path_);
    internal::WriteFile(File("DONE"), "complete\n");
  }

  [[nodiscard]] std::optional<double> foreign_share() const {
    return load_.foreign_share;
  }
  [[nodiscard]] const std::vector<RaceEntry>& entries() const {
    return known_.entries;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  // A virtual run is a function of the experiment: nothing need be replayed.
  [[nodiscard]] bool has_events() const {
    return race_.clock == tortoise::Clock::kWall;
  }

  // Nothing is written into a folder of somebody else.
  void Reopen(const std::string& resolved_toml) {
    std::error_code error;
    if (!std::filesystem::is_directory(path_, error)) {
      throw InputError(path_, 0, "is not a folder; there is nothing to resume");
    }
    lock_.emplace(path_);
    if (std::filesystem::exists(File("DONE"), error)) {
      throw InputError(path_, 0, "is complete; there is nothing to resume");
    }
    if (std::filesystem::exists(File("experiment.toml"), error)) return;
    // Killed between the creation of the folder and that of the file?
    for (const auto& each : std::filesystem::directory_iterator(path_)) {
      if (each.path().filename() != "experiment.toml.tmp") {
        throw InputError(path_, 0, "holds no race: it has no experiment.toml");
      }
    }
    internal::WriteFile(File("experiment.toml"), resolved_toml);
  }

  // Takes over the runs that need not be run again: those at the beginning
  // that ended by themselves, with all their losses. Returns what they take up
  // in the tables.
  TableSizes ReadKeptRuns() {
    const std::string file = File("summary.json");
    if (!std::filesystem::exists(file)) return {};
    const internal::RaceSummary summary = internal::ReadSummaryJson(file);
    if (summary.num_samples != race_.num_samples ||
        summary.num_parameters != race_.num_parameters) {
      throw InputError(file, 0, "is of a race on other data");
    }
    if (summary.format_version != kFormatVersion) {
      throw InputError(
          file, 0,
          fmt::format("format_version is {}, and rows of version {} cannot "
                      "join it: race again into a new folder",
                      summary.format_version, kFormatVersion));
    }
    if (summary.entries.empty()) return {};
    internal::RunReader reader(path_, summary.format_version, race_.racers,
                               has_events());
    TableSizes kept;
    for (const internal::SummaryEntry& each : summary.entries) {
      if (internal::PlaceOf(each.entry, race_.racers, race_.repeats, file) !=
          entries().size()) {
        throw InputError(file, 0, "the runs are out of order");
      }
      if (each.entry.summary.termination == Termination::kInterrupted) break;
      RecordedRun run = reader.Read(each);
      const bool is_last = entries().size() + 1 == summary.entries.size();
      if (is_last && !IsEvaluated(run.entry)) break;
      BeginTimeline(race_.racers[entries().size() % race_.racers.size()],
                    run.entry.repeat);
      timeline_->Add(
          {.contributions = run.contributions, .updates = run.updates});
      run.entry.seconds_to_target.reset();  // of a target that may change
      known_.entries.push_back(std::move(run.entry));
      kept = reader.sizes();
    }
    return kept;
  }

  // A second Ctrl-C leaves losses out. It ends the race, so this matters for
  // the last run only.
  [[nodiscard]] bool IsEvaluated(const RaceEntry& entry) const {
    return race_.objective == "none" ||
           std::ranges::none_of(entry.summary.curve, [](const CurvePoint& p) {
             return std::isnan(p.loss);
           });
  }

  // First the entries, then their rows: a run without rows would be malformed,
  // rows without their run are those of a race that was cut short.
  void RemoveTheRest() const {
    WriteSummary(known_, {});
    std::error_code ignored;
    std::filesystem::remove(File("trace.json"), ignored);
    for (const char* name : kDocuments) {
      std::filesystem::remove(File(name) + ".tmp", ignored);
    }
    for (const char* name : kTables) {
      std::filesystem::remove(File(name) + ".tmp", ignored);
    }
  }

  void BeginTimeline(const Racer& racer, std::uint64_t repeat) {
    timeline_->BeginRun(fmt::format("{}, repeat {}", racer.name, repeat),
                        racer.options.method.num_workers);
  }

  [[nodiscard]] std::string File(const char* name) const {
    return (std::filesystem::path(path_) / name).string();
  }

  // Only what this class may have put there.
  void Remove() const {
    std::error_code ignored;
    std::filesystem::remove(File("experiment.toml"), ignored);
    std::filesystem::remove(path_, ignored);
  }

  // Every run writes all runs before it again: once a second at most, and no
  // more than a twentieth of the time.
  void WriteKnown() {
    using std::chrono::seconds;
    const auto start = Clock::now();
    WriteSummary(known_, {});
    lacks_summary_ = false;
    const auto end = Clock::now();
    next_summary_ =
        end + std::max<Clock::duration>(seconds(1), 20 * (end - start));
  }

  void WriteSummary(const RaceResult& result,
                    const RaceVerdict& verdict) const {
    internal::WriteFile(
        File("summary.json"),
        internal::SummaryJson(race_, expected_, result, verdict));
  }

  std::string path_;
  std::size_t trace_bytes_;
  Mode mode_;
  std::optional<internal::FolderLock> lock_;
  Machine machine_ = DescribeMachine();
  RaceDescription race_;
  std::vector<Expectation> expected_;  // seconds per update, of each racer
  bool has_begun_ = false;
  internal::Load load_;
  std::optional<internal::RunTables> tables_;
  std::optional<internal::Timeline> timeline_;
  std::optional<ForeignLoad> foreign_;
  RaceResult known_;            // without a target
  bool lacks_summary_ = false;  // of a run that is known
  Clock::time_point next_summary_ = {};
};

RunDirectory::RunDirectory(const std::string& path,
                           const std::string& resolved_toml,
                           std::size_t trace_bytes, Mode mode)
    : impl_(std::make_unique<Impl>(path, resolved_toml, trace_bytes, mode)) {}

RunDirectory::~RunDirectory() = default;

void RunDirectory::Begin(const RaceDescription& race) { impl_->Begin(race); }

void RunDirectory::OnStart(std::size_t racer, std::uint64_t repeat) {
  impl_->Start(racer, repeat);
}

void RunDirectory::OnRecords(const RecordBatch& batch) {
  impl_->Records(batch);
}

void RunDirectory::OnFinish(const RaceEntry& entry) { impl_->Finish(entry); }

void RunDirectory::Finish(const RaceResult& result, bool complete,
                          const RaceVerdict& verdict) {
  impl_->Finish(result, complete, verdict);
}

std::optional<double> RunDirectory::foreign_share() const {
  return impl_->foreign_share();
}

const std::vector<RaceEntry>& RunDirectory::entries() const {
  return impl_->entries();
}

const std::string& RunDirectory::path() const { return impl_->path(); }

}  // namespace tortoise
