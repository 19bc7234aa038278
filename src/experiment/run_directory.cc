// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "tortoise/experiment/run_directory.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cmath>
#include <filesystem>
#include <system_error>
#include <utility>

#include "output_file.h"
#include "summary_json.h"
#include "timeline.h"
#include "tortoise/core/error.h"

namespace tortoise {
namespace {

using internal::CsvFile;
using internal::ThrowOutputError;

// A full disk is no fault of the one who chose the folder; all else is.
[[noreturn]] void ThrowCreateError(const std::string& path, int error) {
  if (error == EEXIST) {
    throw InputError(path, 0, "exists already; an output folder must be new");
  }
  if (error == ENOSPC || error == EDQUOT) ThrowOutputError(path, error);
  throw InputError(path, 0,
                   fmt::format("cannot be created: {}",
                               std::generic_category().message(error)));
}

void CreateFolder(const std::string& path) {
  const std::filesystem::path folder(path);
  // "runs/a/" has an empty last component, which is no parent of its own.
  const std::filesystem::path parent =
      (folder.has_filename() ? folder : folder.parent_path()).parent_path();
  std::error_code error;
  if (!parent.empty()) std::filesystem::create_directories(parent, error);
  if (error) ThrowCreateError(path, error.value());
  if (::mkdir(path.c_str(), 0777) != 0) ThrowCreateError(path, errno);
}

// NaN stands for what never happened; -1 for no version.
std::optional<std::int64_t> Known(std::int64_t version) {
  return version < 0 ? std::nullopt : std::optional(version);
}

}  // namespace

class RunDirectory::Impl {
 public:
  Impl(const std::string& path, const std::string& resolved_toml,
       std::size_t trace_bytes)
      : path_(path), trace_bytes_(trace_bytes) {
    CreateFolder(path_);
    try {
      internal::WriteFile(File("experiment.toml"), resolved_toml);
    } catch (...) {
      Remove();
      throw;
    }
  }

  ~Impl() {
    if (!has_begun_) Remove();
  }

  void Begin(const RaceDescription& race) {
    race_ = race;
    has_begun_ = true;
    load_ = {.date = UtcDate(), .before = LoadAverage()};
    internal::WriteFile(File("environment.json"),
                        internal::EnvironmentJson(machine_, load_));
    tables_.emplace(*this);
    timeline_.emplace(trace_bytes_, race_.racers.size() * race_.repeats);
    foreign_.emplace();
  }

  void Start(std::size_t racer, std::uint64_t repeat) {
    const Racer& starter = race_.racers.at(racer);
    racer_ = starter.name;
    repeat_ = repeat;
    contributions_before_ = tables_->contributions.size();
    updates_before_ = tables_->updates.size();
    timeline_->BeginRun(fmt::format("{}, repeat {}", racer_, repeat),
                        starter.options.method.synchrony.participants,
                        starter.options.method.local_steps);
  }

  void Records(const RecordBatch& batch) {
    const auto contributions = [&] { WriteRows(batch.contributions); };
    const auto updates = [&] { WriteRows(batch.updates); };
    if (batch.replaces) {
      tables_->contributions.Replace(contributions_before_, contributions);
      tables_->updates.Replace(updates_before_, updates);
    } else {
      contributions();
      updates();
    }
    timeline_->Add(batch);
    tables_->contributions.Flush();
    tables_->updates.Flush();
  }

  void Finish(const RaceEntry& entry) {
    const Summary& summary = entry.summary;
    for (const CurvePoint& p : summary.curve) {
      tables_->curves.Row(entry.name, entry.repeat, p.seconds, p.updates,
                          p.gradients, p.loss, p.test_loss, p.test_accuracy,
                          p.quorum, p.local_steps);
    }
    for (const auto& [staleness, count] : summary.staleness.Counts()) {
      tables_->staleness.Row(entry.name, entry.repeat, staleness, count);
    }
    tables_->curves.Flush();
    tables_->staleness.Flush();
    entries_.push_back(entry);
    WriteSummary(entries_, std::nullopt);
  }

  void Finish(const RaceResult& result, bool complete) {
    // Racers that the observer was not told about.
    while (entries_.size() < result.entries.size()) {
      Finish(result.entries[entries_.size()]);
    }
    WriteSummary(result.entries, result.target_loss);
    load_.after = LoadAverage();
    load_.foreign_share = foreign_->Share();
    internal::WriteFile(File("environment.json"),
                        internal::EnvironmentJson(machine_, load_));
    timeline_->Write(File("trace.json"));
    tables_->Flush();
    if (!complete) return;
    // DONE promises that all else is there, also after a loss of power.
    for (const char* name :
         {"experiment.toml", "environment.json", "summary.json", "curves.csv",
          "staleness.csv", "updates.csv", "contributions.csv", "trace.json",
          ""}) {
      internal::Sync(File(name));
    }
    internal::WriteFile(File("DONE"), UtcDate() + "\n");
  }

  [[nodiscard]] std::optional<double> foreign_share() const {
    return load_.foreign_share;
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  struct Tables {
    explicit Tables(const Impl& impl)
        : curves(impl.File("curves.csv"),
                 "racer,repeat,seconds,updates,gradients,loss,test_loss,"
                 "test_accuracy,quorum,local_steps"),
          staleness(impl.File("staleness.csv"), "racer,repeat,staleness,count"),
          updates(impl.File("updates.csv"),
                  "racer,repeat,update,seconds,contributions,mean_staleness"),
          contributions(impl.File("contributions.csv"),
                        "racer,repeat,worker,gradient,version_read,"
                        "version_counted,seconds_released,seconds_started,"
                        "seconds_arrived,fate") {}
    void Flush() {
      for (CsvFile* f : {&curves, &staleness, &updates, &contributions}) {
        f->Flush();
      }
    }
    CsvFile curves, staleness, updates, contributions;
  };

  [[nodiscard]] std::string File(const char* name) const {
    return (std::filesystem::path(path_) / name).string();
  }

  // Only what this class may have put there.
  void Remove() const {
    std::error_code ignored;
    std::filesystem::remove(File("experiment.toml"), ignored);
    std::filesystem::remove(path_, ignored);
  }

  void WriteRows(std::span<const ContributionRecord> rows) {
    for (const ContributionRecord& r : rows) {
      tables_->contributions.Row(racer_, repeat_, r.worker, r.gradient,
                                 r.version_read, Known(r.version_counted),
                                 r.seconds_released, r.seconds_started,
                                 r.seconds_arrived, ToString(r.fate));
    }
  }

  void WriteRows(std::span<const UpdateRecord> rows) {
    for (const UpdateRecord& r : rows) {
      tables_->updates.Row(racer_, repeat_, r.update, r.seconds,
                           r.contributions, r.mean_staleness);
    }
  }

  void WriteSummary(const std::vector<RaceEntry>& entries,
                    std::optional<double> target_loss) const {
    internal::WriteFile(File("summary.json"),
                        internal::SummaryJson(race_, entries, target_loss));
  }

  std::string path_;
  std::size_t trace_bytes_;
  Machine machine_ = DescribeMachine();
  RaceDescription race_;
  bool has_begun_ = false;
  internal::Load load_;
  std::optional<Tables> tables_;
  std::optional<internal::Timeline> timeline_;
  std::optional<ForeignLoad> foreign_;
  std::vector<RaceEntry> entries_;

  // The run whose records arrive, and where its rows begin.
  std::string racer_;
  std::uint64_t repeat_ = 0;
  std::uint64_t contributions_before_ = 0;
  std::uint64_t updates_before_ = 0;
};

RunDirectory::RunDirectory(const std::string& path,
                           const std::string& resolved_toml,
                           std::size_t trace_bytes)
    : impl_(std::make_unique<Impl>(path, resolved_toml, trace_bytes)) {}

RunDirectory::~RunDirectory() = default;

void RunDirectory::Begin(const RaceDescription& race) { impl_->Begin(race); }

void RunDirectory::OnStart(std::size_t racer, std::uint64_t repeat) {
  impl_->Start(racer, repeat);
}

void RunDirectory::OnRecords(const RecordBatch& batch) {
  impl_->Records(batch);
}

void RunDirectory::OnFinish(const RaceEntry& entry) { impl_->Finish(entry); }

void RunDirectory::Finish(const RaceResult& result, bool complete) {
  impl_->Finish(result, complete);
}

std::optional<double> RunDirectory::foreign_share() const {
  return impl_->foreign_share();
}

const std::string& RunDirectory::path() const { return impl_->path(); }

}  // namespace tortoise
