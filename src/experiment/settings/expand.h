// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

#pragma once

#include <string>
#include <vector>

#include "experiment/settings/keys.h"

namespace tortoise::internal {

/// A [[racer]] without lists for scalar keys, and what its lists add to its
/// name: " K=2", " tau=8 size=0.1".
struct SingleRacer {
  TomlValue table;
  std::string suffix;
  std::vector<RacerSettings::Choice> choices;
};

/// Gives every list for a scalar key in [workers], [communication] and [step]
/// to all racers that do not give the key, or the law that it belongs to,
/// themselves. Its first value stays behind. Throws InputError for an empty
/// list.
void DistributeCommonLists(TomlValue& root);

/// One racer per value of every list for a scalar key; several lists make their
/// product, the last one running fastest.
std::vector<SingleRacer> ExpandLists(const TomlValue& racer);

/// `racer` with [workers], [communication] and [step] of the file filled in
/// where it does not give its own. A delay that names its distribution or its
/// trace replaces the common one, else it changes single keys of it.
TomlValue WithCommonTables(const TomlValue& root, const TomlValue& racer);

}  // namespace tortoise::internal
