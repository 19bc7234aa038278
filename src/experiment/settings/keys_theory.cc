// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#include <optional>
#include <string>
#include <vector>

#include "experiment/settings/bind.h"
#include "experiment/settings/keys.h"

namespace tortoise::internal {

void AddTheoryKeys(std::vector<Key>& keys) {
  // They differ only in their member.
  const auto add = [&](const char* name, const KeyType& type,
                       const char* meaning,
                       std::optional<double> TheoryConstants::*member) {
    keys.push_back(Bind(
        std::string("theory.") + name, type, "",
        meaning, [member](auto& f) -> auto& {
          return f.experiment.theory.*member;
        }));
  };
  using Constants = TheoryConstants;
  add("L", KeyType::Number(0).AboveLow(),
      "Smoothness: |grad F(v) - grad F(w)| <= L |v - w|. These constants of "
      "the problem are what the error bounds of `tortoise theory` need; "
      "`tortoise fit` estimates them.",
      &Constants::L);
  add("c", KeyType::Number(0).AboveLow(),
      "Strong convexity: 2 c (F(w) - min F) <= |grad F(w)|^2; at most L.",
      &Constants::c);
  add("sigma_squared", KeyType::Number(0),
      "Gradient noise: E|g - grad F|^2 <= (sigma_squared + noise_growth "
      "|grad F|^2) / batch_size.",
      &Constants::sigma_squared);
  add("noise_growth", KeyType::Number(0), "As above; default: 0.",
      &Constants::noise_growth);
  add("initial_gap", KeyType::Number(0),
      "F(w) - min F at the initial parameters.", &Constants::initial_gap);
  add("gamma", KeyType::Number(0),
      "Staleness: E|grad F(w) - grad F(snapshot)|^2 <= gamma E|grad F(w)|^2.",
      &Constants::gamma);
  add("fresh_probability", KeyType::Number(0, 1),
      "Probability that a contribution is fresh; default: that of the "
      "protocol where theory knows it, else 0.",
      &Constants::fresh_probability);
}

}  // namespace tortoise::internal
