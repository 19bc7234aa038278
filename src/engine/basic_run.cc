// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "engine/basic_run.h"

#include <cmath>
#include <cstddef>
#include <limits>

#include "core/text.h"

namespace tortoise::internal {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

}  // namespace

template <typename T>
BasicRun<T>::BasicRun(const AnyObjective<T>& train, const AnyObjective<T>* test,
                      const RunOptions& options, const RunControl& control)
    : train_(train),
      options_(options),
      control_(control),
      num_workers_(options.method.num_workers),
      train_evaluator_(train) {
  if (test) test_evaluator_ = std::make_unique<Evaluator<T>>(*test);
}

template <typename T>
Summary BasicRun<T>::Execute(std::span<T> w) {
  const std::exception_ptr failure = Perform();
  Summary summary;
  summary.num_workers = num_workers_;
  Close(summary, w);
  if (failure) summary.failure = failure;
  ReportRecords();
  if (!w.empty()) {
    summary.parameters_checksum = Fnv1a(std::as_bytes(w));
    EvaluateCurve(summary);
  }
  CopyCurve(summary);
  return summary;
}

template <typename T>
void BasicRun<T>::ReportProgress() {
  if (!control_.observer) return;
  Progress progress;
  FillProgress(progress);
  control_.observer->OnProgress(progress);
}

template <typename T>
void BasicRun<T>::ReportRecords() {
  if (!control_.observer) return;
  new_records_.replaces = false;
  new_records_.contributions.clear();
  new_records_.updates.clear();
  new_records_.events.clear();
  Read(new_records_);
  control_.observer->OnRecords({.replaces = new_records_.replaces,
                                .contributions = new_records_.contributions,
                                .updates = new_records_.updates,
                                .events = new_records_.events});
}

template <typename T>
Scores BasicRun<T>::Evaluate(std::span<const T> w) {
  Scores scores{train_evaluator_.Evaluate(w, false).loss, kNaN, kNaN};
  if (test_evaluator_) {
    const Score test = test_evaluator_->Evaluate(w, true);
    scores.test_loss = test.loss;
    scores.test_accuracy = test.accuracy.value_or(kNaN);
  }
  return scores;
}

// Returns false if the objective threw: what was measured is kept.
template <typename T>
bool BasicRun<T>::TryEvaluate(Snapshot<T>& snapshot, Summary& summary) {
  try {
    snapshot.scores = Evaluate(snapshot.model->parameters);
    return true;
  } catch (...) {
    if (!summary.failure) summary.failure = std::current_exception();
    summary.termination = Termination::kWorkerFailed;
    summary.message = "the objective threw an exception in an evaluation";
    return false;
  }
}

// Evaluates the snapshots, the last one first: if evaluation is skipped half
// way, the loss that was reached is known.
template <typename T>
void BasicRun<T>::EvaluateCurve(Summary& summary) {
  std::vector<Snapshot<T>>& kept = snapshots();
  std::vector<std::size_t> order(kept.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = (i + order.size() - 1) % order.size();
  }
  const Snapshot<T>* previous = nullptr;
  for (std::size_t i = 0; i < order.size(); ++i) {
    Snapshot<T>& snapshot = kept[order[i]];
    if (snapshot.scores || control_.skip_evaluation.stop_requested()) continue;
    if (previous && previous->model == snapshot.model) {
      snapshot.scores = previous->scores;
    } else if (!TryEvaluate(snapshot, summary)) {
      break;
    }
    previous = &snapshot;
    if (!control_.observer) continue;
    Progress progress{.evaluating = true, .seconds = summary.seconds};
    progress.updates = summary.updates;
    progress.fraction =
        static_cast<double>(i + 1) / static_cast<double>(order.size());
    control_.observer->OnProgress(progress);
  }
  const bool was_cut_short =
      summary.termination == Termination::kWorkerFailed ||
      summary.termination == Termination::kInterrupted;
  if (kept.back().scores && !std::isfinite(kept.back().scores->loss) &&
      !was_cut_short) {
    summary.termination = Termination::kDiverged;
    summary.message = "the training loss is not finite";
  }
}

template <typename T>
void BasicRun<T>::CopyCurve(Summary& summary) {
  for (const Snapshot<T>& snapshot : snapshots()) {
    const Scores scores = snapshot.scores.value_or(Scores{kNaN, kNaN, kNaN});
    summary.curve.push_back({.seconds = snapshot.seconds,
                             .updates = snapshot.updates,
                             .gradients = snapshot.gradients,
                             .loss = scores.loss,
                             .test_loss = scores.test_loss,
                             .test_accuracy = scores.test_accuracy,
                             .pace = snapshot.pace});
  }
}

template class BasicRun<float>;
template class BasicRun<double>;

}  // namespace tortoise::internal
