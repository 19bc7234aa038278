// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Runs QuorumGate under relacy, which chooses the order of all steps of all
// threads, what a load may see, and when a deadline is reached.
//
//   quorum_gate_model check [PROTOCOL|all [RANDOM_SCHEDULES]]
//     No scenario of the protocol may fail.
//   quorum_gate_model find [PROTOCOL|all [RANDOM_SCHEDULES]]
//     A scenario must fail: this program was built with a bug.
//
// RANDOM_SCHEDULES are those of each random scenario, 50,000 by default.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "engine/relacy/gate_model.h"

namespace tortoise::model {
namespace {

Method Sync(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum,
                        .waits_after_push = true,
                        .cancels_stragglers = quorum < workers}};
}

Method BatchSync(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum, .cancels_stragglers = true}};
}

Method Async(int workers, int quorum) {
  return {.num_workers = workers,
          .synchrony = {.quorum = quorum, .waits_after_push = true}};
}

Method BatchAsync(int workers, int quorum) {
  return {.num_workers = workers, .synchrony = {.quorum = quorum}};
}

// Without random schedules nobody wakes for no reason, and a deadline at any
// time is for P = 2 only: the search would take hours.
std::vector<Scenario> Scenarios() {
  using enum Finishes;
  return {
      {"sync", Sync(3, 3), kAtOnce, kAtOnce, 3},
      {"sync", Sync(2, 2), kAnyTime, kAnyTime, 3},
      {"sync", Sync(4, 4), kAnyTime, kAnyTime, 0, 3},

      {"k-sync", Sync(3, 2), kAtOnce, kAtOnce, 3},
      {"k-sync", Sync(3, 2), kAtOnce, kNever, 3},
      {"k-sync", Sync(2, 1), kAnyTime, kAnyTime, 3},
      {"k-sync", Sync(3, 2), kAnyTime, kAnyTime},
      {"k-sync", Sync(3, 2), kAnyTime, kNever},
      {"k-sync", Sync(4, 3), kAnyTime, kAnyTime, 0, 3},
      {"k-sync", Sync(4, 2), kAnyTime, kNever, 0, 3, 1},

      {"k-batch-sync", BatchSync(3, 2), kAtOnce, kNever, 3},
      {"k-batch-sync", BatchSync(4, 3), kAnyTime, kAnyTime, 0, 3},

      {"k-async", Async(3, 2), kAtOnce, kAtOnce, 3},
      {"k-async", Async(3, 2), kAtOnce, kNever, 3},
      {"k-async", Async(2, 1), kAnyTime, kAnyTime, 3},
      {"k-async", Async(3, 2), kAnyTime, kAnyTime},
      {"k-async", Async(4, 3), kAnyTime, kAnyTime, 0, 3, 1},

      {"k-batch-async", BatchAsync(3, 2), kAtOnce, kNever, 3},
      {"k-batch-async", BatchAsync(2, 2), kAnyTime, kAnyTime, 2},
      {"k-batch-async", BatchAsync(4, 3), kAnyTime, kNever, 0, 3},
  };
}

// rl::simulate without the scheduler that is not used, which would take a
// third of the time to compile.
template <typename Model, typename Scheduler>
bool Simulate(rl::test_params& params) {
  rl::ostringstream schedule;  // its allocator keeps out of relacy's way
  if (rl::run_test<Model, Scheduler>(params, schedule, false) ==
      rl::test_result_success) {
    return true;
  }
  // Once more, to record the history of the schedule that failed.
  params.initial_state = schedule.str();
  params.collect_history = true;
  rl::run_test<Model, Scheduler>(params, schedule, true);
  return false;
}

template <int kWorkers>
bool Explore(const Scenario& scenario, rl::test_params& params) {
  using Model = GateModel<kWorkers>;
  Model::Choose(scenario);
  return scenario.preemptions > 0
             ? Simulate<Model, rl::context_bound_scheduler<kWorkers>>(params)
             : Simulate<Model, rl::random_scheduler<kWorkers>>(params);
}

// The programs with a planted bug are made for one number of workers only,
// since each number takes seconds to compile.
#ifdef TORTOISE_MODEL_SMALL
constexpr int kFewestWorkers = 3;
constexpr int kMostWorkers = 3;
#else
constexpr int kFewestWorkers = 2;
constexpr int kMostWorkers = 4;
#endif

bool IsCompiled(int workers) {
  return workers >= kFewestWorkers && workers <= kMostWorkers;
}

// Requires IsCompiled(P).
template <int kWorkers = kFewestWorkers>
bool ExploreAny(const Scenario& scenario, rl::test_params& params) {
  if constexpr (kWorkers < kMostWorkers) {
    if (scenario.method.num_workers > kWorkers) {
      return ExploreAny<kWorkers + 1>(scenario, params);
    }
  }
  return Explore<kWorkers>(scenario, params);
}

void Print(const Scenario& scenario) {
  const char* const finishes[] = {"at once", "at any time", "never"};
  std::cout << scenario.protocol << " P=" << scenario.method.num_workers
            << " K=" << scenario.method.synchrony.quorum
            << " U=" << scenario.num_updates << ", deadlines "
            << finishes[static_cast<int>(scenario.workers)] << "/"
            << finishes[static_cast<int>(scenario.last)] << ", ";
  if (scenario.preemptions == 0) {
    std::cout << "random: ";
  } else {
    std::cout << "<= " << scenario.preemptions << " pre-emptions: ";
  }
}

// Says what was explored; false if relacy has found something.
bool Run(const Scenario& scenario, std::uint64_t random_schedules, bool find) {
  rl::ostringstream history;
  std::ostream nowhere(nullptr);
  rl::test_params params;
  params.output_stream = &history;
  params.progress_stream = &nowhere;
  params.iteration_count = random_schedules;
  if (scenario.preemptions > 0) {
    params.search_type = rl::sched_bound;
    params.context_bound = scenario.preemptions;
  }
  const auto start = std::chrono::steady_clock::now();
  const bool fine = ExploreAny(scenario, params);
  const std::chrono::duration<double> seconds =
      std::chrono::steady_clock::now() - start;

  Print(scenario);
  if (fine) {
    std::cout << params.stop_iteration << " schedules in " << seconds.count()
              << " s, nothing found\n";
  } else {
    std::cout << rl::test_result_str(params.test_result) << " at schedule "
              << params.stop_iteration << "\n";
    if (!find) std::cout << history.str().c_str() << "\n";
  }
  return fine;
}

}  // namespace
}  // namespace tortoise::model

int main(int argc, char** argv) {
  using tortoise::model::IsCompiled;
  using tortoise::model::Run;
  using tortoise::model::Scenarios;
  std::cout << std::unitbuf;  // what was explored is seen if it is killed too
  const bool find = argc > 1 && std::string(argv[1]) == "find";
  const std::string protocol = argc > 2 ? argv[2] : "all";
  const std::uint64_t random_schedules =
      argc > 3 ? std::strtoull(argv[3], nullptr, 10) : 50'000;

  // Random schedules first: most bugs are found there, and soon.
  for (const bool random : {true, false}) {
    for (const auto& scenario : Scenarios()) {
      if (protocol != "all" && protocol != scenario.protocol) continue;
      if (random != (scenario.preemptions == 0)) continue;
      if (!IsCompiled(scenario.method.num_workers)) continue;
      if (!Run(scenario, random_schedules, find)) return find ? 0 : 1;
    }
  }
  if (find) std::cout << "the planted bug was not found\n";
  return find ? 1 : 0;
}
