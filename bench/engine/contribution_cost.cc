// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// What does a contribution cost on real threads when nothing is injected?
//
// Axes: protocol; number of workers; a dense quadratic and a sparse one of 10
// parameters, whose gradients cost next to nothing, so that what is left is the
// engine; and softmax on 784 columns and 10 classes with mini-batches of 64,
// where the workers of `sync` wait for each other. One line per case: its name,
// contributions or rows a second of the race alone, and processor nanoseconds
// per contribution or row, which other programs change least.
//
//     contribution_cost [SCALE [IDX_IMAGES [ONLY]]]
//
// SCALE multiplies the number of contributions; IDX_IMAGES is a file to take
// rows from ("" or nothing: generated digits); ONLY a part of a case's name.
// Uses the public headers only, so that it can be linked with the library of
// any commit: see contribution_cost.py, which lets two of them take turns.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "tortoise/tortoise.h"

namespace tortoise {
namespace {

constexpr std::size_t kParameters = 10;

class DenseQuadratic {
 public:
  std::size_t num_parameters() const { return kParameters; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float> w, Batch) const {
    return 0.5 * static_cast<double>(w[0]) * static_cast<double>(w[0]);
  }
  double Gradient(std::span<const float> w, Batch batch,
                  std::span<float> gradient) const {
    for (std::size_t j = 0; j < w.size(); ++j) gradient[j] = w[j];
    return Loss(w, batch);
  }
};

// Two parameters of ten at a time.
class SparseQuadratic {
 public:
  std::size_t num_parameters() const { return kParameters; }
  std::size_t num_samples() const { return 0; }
  double Loss(std::span<const float> w, Batch) const {
    return 0.5 * static_cast<double>(w[0]) * static_cast<double>(w[0]);
  }
  double Gradient(SparseView<float>& view, Batch batch) const {
    const auto j = static_cast<std::size_t>(batch.front() % (kParameters - 1));
    view.Add(j, view.Load(j));
    view.Add(j + 1, view.Load(j + 1));
    return static_cast<double>(view.Load(0));
  }
};

// Made when it is wanted.
using Objective = std::function<const AnyObjective<float>*()>;

Objective Softmax(const std::string& images) {
  return [images, made = std::shared_ptr<AnyObjective<float>>()]() mutable {
    if (!made) {
      const auto data = std::make_shared<const Dataset>(
          images.empty() ? GenerateDigits({.rows = 10'000})
                         : ReadDataset(images));
      made = MakeStockObjective<float>("softmax", data);
    }
    return made.get();
  };
}

class Table {
 public:
  Table(double scale, std::string only)
      : scale_(scale), only_(std::move(only)) {}

  // Per second: contributions, or `batch_size` rows of each.
  void Measure(const std::string& name, const Objective& objective,
               MinimizeOptions options, double contributions, bool rows) const {
    const bool is_sync = options.protocol == "sync";
    const std::string full = name + "/" + options.protocol + "/" +
                             std::to_string(options.num_workers);
    if (full.find(only_) == std::string::npos) return;
    const int per_update = is_sync ? options.num_workers : 1;
    options.num_epochs = StopRule{}.epochs;
    options.updates =
        static_cast<std::int64_t>(scale_ * contributions / per_update);
    options.step_size = 1e-3;
    options.snapshots = 1;
    const AnyObjective<float>& minimised = *objective();
    std::vector<float> w(minimised.num_parameters(), 0.1f);
    const std::clock_t before = std::clock();
    const Summary summary = Minimize<float>(minimised, std::span(w), options);
    const double used =
        static_cast<double>(std::clock() - before) / CLOCKS_PER_SEC;
    const double done = static_cast<double>(summary.updates * per_update) *
                        (rows ? options.batch_size : 1);
    std::printf("%-28s %12.0f %9.1f\n", full.c_str(), done / summary.seconds,
                1e9 * used / done);
    std::fflush(stdout);
  }

 private:
  double scale_;
  std::string only_;
};

int Main(double scale, const std::string& images, const std::string& only) {
  const Table table(scale, only);
  const auto dense_quadratic = Erase<float>(DenseQuadratic());
  const auto sparse_quadratic = Erase<float>(SparseQuadratic());
  const Objective dense = [&] { return dense_quadratic.get(); };
  const Objective sparse = [&] { return sparse_quadratic.get(); };
  const Objective softmax = Softmax(images);
  for (const int workers : {1, 2}) {
    for (const char* protocol : {"async", "hogwild", "sync"}) {
      table.Measure(
          "dense", dense,
          {.protocol = protocol, .num_workers = workers, .batch_size = 1},
          400'000, /*rows=*/false);
    }
    table.Measure(
        "sparse", sparse,
        {.protocol = "hogwild", .num_workers = workers, .batch_size = 1},
        400'000, /*rows=*/false);
  }
  for (const char* protocol : {"sync", "async"}) {
    for (const int workers : {1, 2}) {
      table.Measure(
          "softmax", softmax,
          {.protocol = protocol, .num_workers = workers, .batch_size = 64},
          6'000, /*rows=*/true);
    }
  }
  return 0;
}

}  // namespace
}  // namespace tortoise

int main(int argc, char** argv) {
  return tortoise::Main(argc > 1 ? std::atof(argv[1]) : 1.0,
                        argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : "");
}
