// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Runs QuorumGate under relacy, which chooses the order of all steps of all
// threads, what a load may see, and when a deadline is reached.
//
//   quorum_gate_model check [RANDOM_SCHEDULES]  no scenario may fail
//   quorum_gate_model find [RANDOM_SCHEDULES]   a scenario must fail: this
//                                               program was built with a bug
//
// RANDOM_SCHEDULES are those of each random scenario, 50,000 by default.

#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <string>
#include <vector>

#include "memory/relacy/gate_model.h"

namespace tortoise::model {
namespace {

constexpr Synchrony Sync(int workers, int quorum) {
  return {.participants = workers,
          .quorum = quorum,
          .waits_after_push = true,
          .cancels_stragglers = quorum < workers};
}

constexpr Synchrony BatchSync(int workers, int quorum) {
  return {.participants = workers,
          .quorum = quorum,
          .cancels_stragglers = true};
}

constexpr Synchrony Async(int workers, int quorum) {
  return {.participants = workers, .quorum = quorum, .waits_after_push = true};
}

constexpr Synchrony BatchAsync(int workers, int quorum) {
  return {.participants = workers, .quorum = quorum};
}

std::vector<Scenario> Scenarios() {
  using enum Finishes;
  return {
      {"sync", Sync(3, 3), kAtOnce, kAtOnce, 3},
      {"k-sync", Sync(3, 2), kAtOnce, kAtOnce, 3},
      {"k-sync", Sync(3, 2), kAtOnce, kNever, 3},
      {"k-batch-sync", BatchSync(3, 2), kAtOnce, kAtOnce, 3},
      {"k-batch-sync", BatchSync(3, 2), kAtOnce, kNever, 3},
      {"k-async", Async(3, 2), kAtOnce, kAtOnce, 3},
      {"k-async", Async(3, 2), kAtOnce, kNever, 3},
      {"k-batch-async", BatchAsync(3, 2), kAtOnce, kAtOnce, 3},
      {"k-batch-async", BatchAsync(3, 2), kAtOnce, kNever, 3},
      {"k-sync", Sync(3, 2), kAnyTime, kAnyTime, 1},
      {"k-async", Async(3, 2), kAnyTime, kAnyTime, 1},
      {"k-sync", Sync(3, 2), kAnyTime, kAnyTime},
      {"k-async", Async(3, 2), kAnyTime, kAnyTime},
      {"sync", Sync(2, 2), kAnyTime, kAnyTime, 3},
      {"k-sync", Sync(2, 1), kAnyTime, kAnyTime, 3},
      {"k-async", Async(2, 1), kAnyTime, kAnyTime, 3},
      {"k-batch-async", BatchAsync(2, 2), kAnyTime, kAnyTime, 3},
      {"sync", Sync(4, 4), kAnyTime, kAnyTime, 0, 3},
      {"k-sync", Sync(4, 3), kAnyTime, kAnyTime, 0, 3},
      {"k-sync", Sync(4, 2), kAnyTime, kNever, 0, 3, 1},
      {"k-batch-sync", BatchSync(4, 3), kAnyTime, kAnyTime, 0, 3},
      {"k-async", Async(4, 3), kAnyTime, kAnyTime, 0, 3, 1},
      {"k-batch-async", BatchAsync(4, 3), kAnyTime, kNever, 0, 3},
  };
}

template <int kWorkers>
bool Explore(const Scenario& scenario, rl::test_params& params) {
  GateModel<kWorkers>::Choose(scenario);
  return rl::simulate<GateModel<kWorkers>>(params);
}

bool Explore(const Scenario& scenario, rl::test_params& params) {
  switch (scenario.synchrony.participants) {
#ifndef TORTOISE_MODEL_SMALL
    case 2:
      return Explore<2>(scenario, params);
    case 4:
      return Explore<4>(scenario, params);
#endif
    case 3:
      return Explore<3>(scenario, params);
  }
  return true;
}

void Print(const Scenario& scenario) {
  const char* const finishes[] = {"at once", "at any time", "never"};
  std::cout << scenario.protocol << " P=" << scenario.synchrony.participants
            << " K=" << scenario.synchrony.quorum
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
  rl::ostringstream history;  // its allocator keeps out of relacy's way
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
  const bool fine = Explore(scenario, params);
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
  std::cout << std::unitbuf;  // what was found is seen even if it is killed
  const std::string mode = argc > 1 ? argv[1] : "check";
  const bool find = mode == "find";
  const std::uint64_t random_schedules =
      argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 50'000;
  for (const auto& scenario : tortoise::model::Scenarios()) {
    const bool fine = tortoise::model::Run(scenario, random_schedules, find);
    if (!fine) return find ? 0 : 1;
  }
  if (find) std::cout << "the planted bug was not found\n";
  return find ? 1 : 0;
}
