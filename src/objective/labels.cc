// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include "objective/labels.h"

#include <algorithm>
#include <cstddef>
#include <span>
#include <stdexcept>

#include "core/text.h"

namespace tortoise::internal {
namespace {

// "-1 and 1", "0, 1, 2, ... and 9".
std::string Listed(std::span<const double> labels) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t k = 0; k + 1 < labels.size(); ++k) {
    if (k + 1 >= kShown && labels.size() > kShown + 1) {
      text += ", ...";
      break;
    }
    text += (k > 0 ? ", " : "") + ShortestDecimal(labels[k]);
  }
  return text + (labels.size() > 1 ? " and " : "") +
         ShortestDecimal(labels.back());
}

// The distinct labels in increasing order, or the first three found.
std::vector<double> UpToThreeDistinct(std::span<const double> labels) {
  std::vector<double> distinct;
  for (const double label : labels) {
    const auto place = std::ranges::lower_bound(distinct, label);
    if (place != distinct.end() && *place == label) continue;
    distinct.insert(place, label);
    if (distinct.size() == 3) break;
  }
  return distinct;
}

// The place of every label of `data` among `known`, which is sorted.
template <typename Value, typename Map>
std::shared_ptr<const std::vector<Value>> Places(const std::string& objective,
                                                 const Dataset& data,
                                                 std::span<const double> known,
                                                 Map map) {
  auto places = std::make_shared<std::vector<Value>>();
  places->reserve(data.num_rows());
  for (const double label : data.labels()) {
    const auto found = std::ranges::lower_bound(known, label);
    if (found == known.end() || *found != label) {
      throw std::invalid_argument(
          objective + ": label " + ShortestDecimal(label) + " of row " +
          std::to_string(places->size()) +
          " does not occur in the training data, whose labels are " +
          Listed(known));
    }
    places->push_back(map(found - known.begin()));
  }
  return places;
}

}  // namespace

std::shared_ptr<const std::vector<double>> SignedLabels(
    const std::string& objective, const Dataset& data, const Dataset& train) {
  const std::vector<double> known = UpToThreeDistinct(train.labels());
  if (known.size() != 2) {
    throw std::invalid_argument(
        objective + " needs exactly two distinct labels, but the training " +
        "data have " +
        (known.size() == 1 ? "only " + ShortestDecimal(known[0])
                           : "at least three: " + Listed(known) +
                                 " (softmax and mlp take classes, "
                                 "least-squares any number)"));
  }
  if (train.label_kind() == LabelKind::kReal) {
    throw std::invalid_argument(objective + " needs two classes, but the " +
                                "labels are real numbers (least-squares " +
                                "takes them)");
  }
  return Places<double>(objective, data, known,
                        [](auto place) { return place == 0 ? -1.0 : 1.0; });
}

std::shared_ptr<const std::vector<std::uint32_t>> ClassLabels(
    const std::string& objective, const Dataset& data, const Dataset& train) {
  if (train.label_kind() == LabelKind::kReal) {
    throw std::invalid_argument(
        objective + " needs classes as labels (at most 1,000 distinct " +
        "integers), but those of the training data are real numbers, the " +
        "first " + ShortestDecimal(train.labels().front()) +
        " (least-squares takes any number)");
  }
  const std::span<const double> known = train.classes();
  if (known.size() < 2) {
    throw std::invalid_argument(objective +
                                " needs at least two distinct labels, but the "
                                "training data have only " +
                                ShortestDecimal(train.labels().front()));
  }
  return Places<std::uint32_t>(objective, data, known, [](auto place) {
    return static_cast<std::uint32_t>(place);
  });
}

}  // namespace tortoise::internal
