// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

// Compiled several times: as it stands it must compile, and with
// TORTOISE_MUST_FAIL set to any of the cases it must not.

#include "objective/user_types.h"
#include "tortoise/objective/any_objective.h"

namespace tortoise::test {

#ifndef TORTOISE_MUST_FAIL
using Candidate = DenseToy;
#elif TORTOISE_MUST_FAIL == 1
struct Candidate {};  // models no concept
#elif TORTOISE_MUST_FAIL == 2
struct Candidate : DenseToy {  // parameters of another precision
  double Gradient(std::span<const double>, Batch, std::span<double>);
};
#elif TORTOISE_MUST_FAIL == 3
struct Candidate : LinearToy {  // rows of another type
  SparseView<float> Row(std::size_t) const;
};
#elif TORTOISE_MUST_FAIL == 4
struct Candidate : DenseToy {  // workers need copies
  Candidate() = default;
  Candidate(const Candidate&) = delete;
};
#endif

std::size_t Use() { return Erase<float>(Candidate())->num_parameters(); }

}  // namespace tortoise::test
