// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "experiment/run_directory/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <iterator>
#include <limits>
#include <utility>

#include "core/text.h"
#include "experiment/files/atomic_file.h"
#include "experiment/files/json.h"

namespace tortoise::internal {
namespace {

// Hardly a contribution takes fewer bytes than this, so no more of them need
// to be kept.
constexpr std::size_t kLeastBytes = 100;

constexpr std::string_view kHead =
    "{\"displayTimeUnit\":\"ms\",\"otherData\":{\"format_version\":1},"
    "\"traceEvents\":[";

// Microseconds, to the nanosecond.
std::string Microseconds(double seconds) {
  return ShortestDecimal(std::round(seconds * 1e9) / 1e3);
}

// Turns the records of one run into events, in order of their ends.
class RunEvents {
 public:
  RunEvents(std::size_t pid, int num_workers)
      : pid_(pid),
        last_(static_cast<std::size_t>(num_workers)),
        ends_(last_.size(), 0.0) {}

  void Name(const std::string& name) {
    Event("process_name", 0, "M", {}, JsonText({{"name", name}}, -1));
    for (std::size_t w = 0; w < last_.size(); ++w) {
      Event("thread_name", static_cast<int>(w), "M", {},
            fmt::format("{{\"name\":\"worker {}\"}}", w));
    }
  }

  void Contribution(const ContributionRecord& r) {
    const std::string args = fmt::format(
        "{{\"gradient\":{},\"version_read\":{}}}", r.gradient, r.version_read);
    Wait(r);
    const double end = r.seconds_arrived;
    // Cancelled while the snapshot was still on its way?
    const double started =
        r.fate == Fate::kCancelled && !(r.seconds_started < end)
            ? end
            : r.seconds_started;
    Slice("communicate", r.worker, r.seconds_released, started, args);
    if (r.fate == Fate::kCancelled) {
      Slice("cancelled", r.worker, started, end, args);
    } else {
      Slice("compute", r.worker, started, r.seconds_computed, args);
      Slice("straggle", r.worker, r.seconds_computed, end, args);
    }
    last_[static_cast<std::size_t>(r.worker)] = {r.gradient + r.local_steps,
                                                 r.seconds_arrived};
  }

  void Update(const UpdateRecord& r) {
    Event("update", 0, "i",
          fmt::format(",\"ts\":{},\"s\":\"p\"", Microseconds(r.seconds)),
          fmt::format("{{\"update\":{},\"contributions\":{}}}", r.update,
                      r.contributions));
  }

  // What was added since the last call.
  std::string Take() { return std::exchange(text_, {}); }

 private:
  // A worker's last contribution.
  struct Last {
    std::int64_t next_gradient = -1;  // its next one's; -1: there was none
    double seconds_arrived = 0.0;
  };

  // From a worker's last arrival to its release, unless contributions in
  // between were thinned away.
  void Wait(const ContributionRecord& r) {
    const Last& last = last_[static_cast<std::size_t>(r.worker)];
    if (r.gradient != last.next_gradient) return;
    Slice("wait", r.worker, last.seconds_arrived, r.seconds_released, "{}");
  }

  // Nothing if the slice is empty or one of its ends never happened. A worker
  // may start at a nominal time before it really arrived; slices of a thread
  // must not overlap, so each begins no earlier than the last one ended.
  void Slice(const char* name, int worker, double begin, double end,
             const std::string& args) {
    double& last_end = ends_[static_cast<std::size_t>(worker)];
    begin = std::max(begin, last_end);
    if (!(end > begin)) return;
    last_end = end;
    Event(name, worker, "X",
          fmt::format(",\"ts\":{},\"dur\":{}", Microseconds(begin),
                      Microseconds(end - begin)),
          args);
  }

  void Event(const char* name, int worker, const char* phase,
             const std::string& times, const std::string& args) {
    fmt::format_to(std::back_inserter(text_),
                   ",\n{{\"name\":\"{}\",\"ph\":\"{}\",\"pid\":{},\"tid\":{}{},"
                   "\"args\":{}}}",
                   name, phase, pid_, worker, times, args);
  }

  std::size_t pid_;
  std::vector<Last> last_;    // per worker
  std::vector<double> ends_;  // of the last slice, per worker
  std::string text_;
};

// The end of a contribution that is in flight when the run ends is unknown.
double EndOf(const ContributionRecord& r) {
  if (!std::isnan(r.seconds_arrived)) return r.seconds_arrived;
  return std::isnan(r.seconds_computed) ? r.seconds_released
                                        : r.seconds_computed;
}

}  // namespace

void Timeline::BeginRun(std::string name, int num_workers) {
  runs_.push_back({.name = std::move(name),
                   .num_workers = num_workers,
                   .contributions = {},
                   .updates = {}});
}

void Timeline::Add(const RecordBatch& batch) {
  if (runs_.empty()) return;
  Run& run = runs_.back();
  const std::size_t room =
      max_bytes_ / std::max<std::size_t>(1, expected_runs_) / kLeastBytes;
  // Thinned records come again from the beginning. Rows that were there before
  // are dropped: which ones they are depends on when the batches came.
  const auto keep = [&](auto& kept, auto rows) {
    if (batch.replaces) kept.clear();
    const std::size_t count = std::min(rows.size(), room - kept.size());
    kept.insert(kept.end(), rows.begin(),
                rows.begin() + static_cast<std::ptrdiff_t>(count));
  };
  keep(run.contributions, batch.contributions);
  keep(run.updates, batch.updates);
}

void Timeline::Write(const std::string& path) const {
  constexpr std::string_view kTail = "\n]}\n";
  AtomicFile file(path);
  file.Append(kHead);
  std::size_t room =
      max_bytes_ - std::min(max_bytes_, kHead.size() + kTail.size());
  std::size_t runs_left = std::max(expected_runs_, runs_.size());
  bool is_first = true;
  for (std::size_t i = 0; i < runs_.size(); ++i) {
    // What one run leaves, the later ones may use.
    std::size_t share = room / runs_left--;
    WriteRun(runs_[i], i + 1, [&](std::string_view text) {
      if (text.size() > share) return false;
      file.Append(text.substr(is_first ? 1 : 0));  // each begins with a comma
      is_first = false;
      share -= text.size();
      room -= text.size();
      return true;
    });
  }
  file.Append(kTail);
  file.Commit();
}

// Contributions and updates together in order of time, until `append` returns
// false.
void Timeline::WriteRun(const Run& run, std::size_t pid,
                        const std::function<bool(std::string_view)>& append) {
  RunEvents events(pid, run.num_workers);
  events.Name(run.name);
  if (!append(events.Take())) return;
  auto update = run.updates.begin();
  const auto updates_before = [&](double seconds) {
    while (update != run.updates.end() && update->seconds < seconds) {
      events.Update(*update++);
      if (!append(events.Take())) return false;
    }
    return true;
  };
  for (const ContributionRecord& contribution : run.contributions) {
    if (!updates_before(EndOf(contribution))) return;
    events.Contribution(contribution);
    if (!append(events.Take())) return;
  }
  updates_before(std::numeric_limits<double>::infinity());
}

}  // namespace tortoise::internal
