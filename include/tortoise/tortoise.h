// SPDX-License-Identifier: Apache-2.0
// Copyright 2026 The tortoise authors.

/// Everything that a program which embeds tortoise needs. Includes only.

#pragma once

#include "tortoise/core/error.h"                  // IWYU pragma: export
#include "tortoise/core/random.h"                 // IWYU pragma: export
#include "tortoise/core/words.h"                  // IWYU pragma: export
#include "tortoise/data/dataset.h"                // IWYU pragma: export
#include "tortoise/data/generate.h"               // IWYU pragma: export
#include "tortoise/data/read.h"                   // IWYU pragma: export
#include "tortoise/engine/minimize.h"             // IWYU pragma: export
#include "tortoise/engine/options.h"              // IWYU pragma: export
#include "tortoise/engine/race.h"                 // IWYU pragma: export
#include "tortoise/engine/replay.h"               // IWYU pragma: export
#include "tortoise/engine/run.h"                  // IWYU pragma: export
#include "tortoise/engine/summary.h"              // IWYU pragma: export
#include "tortoise/memory/quorum_gate.h"          // IWYU pragma: export
#include "tortoise/memory/shared_parameters.h"    // IWYU pragma: export
#include "tortoise/memory/staleness_histogram.h"  // IWYU pragma: export
#include "tortoise/memory/version_counter.h"      // IWYU pragma: export
#include "tortoise/objective/any_objective.h"     // IWYU pragma: export
#include "tortoise/objective/objective.h"         // IWYU pragma: export
#include "tortoise/objective/stock.h"             // IWYU pragma: export
#include "tortoise/optimizer/steps.h"             // IWYU pragma: export
#include "tortoise/protocol/coordinator.h"        // IWYU pragma: export
#include "tortoise/protocol/method.h"             // IWYU pragma: export
#include "tortoise/protocol/pace.h"               // IWYU pragma: export
#include "tortoise/protocol/presets.h"            // IWYU pragma: export
#include "tortoise/straggler/delay_law.h"         // IWYU pragma: export
#include "tortoise/straggler/delay_tape.h"        // IWYU pragma: export
#include "tortoise/straggler/speed.h"             // IWYU pragma: export
#include "tortoise/theory/best_settings.h"        // IWYU pragma: export
#include "tortoise/theory/error_bounds.h"         // IWYU pragma: export
#include "tortoise/theory/expected_runtime.h"     // IWYU pragma: export
#include "tortoise/theory/fit_delay.h"            // IWYU pragma: export
#include "tortoise/theory/order_statistics.h"     // IWYU pragma: export
