# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""What `tortoise theory` prints."""

import json

from program import RACE, ProgramTest, main

# A racer of each kind: a value, bounds, a step that is too large, infinity.
MANY = RACE.replace("size = 0.1", "size = 0.1\n[theory]\ngamma = 0.1").replace(
    "updates = 30", "seconds = 2\ntarget_loss = 0.1") + """
[[racer]]
protocol = "k-async"
name = "bounds"
quorum = 2
workers.delay = { distribution = "uniform", low = "1ms", high = "3ms" }
[[racer]]
protocol = "sync"
name = "too large"
step.size = 1.5
[[racer]]
protocol = "async"
name = "endless"
workers.delay = { distribution = "pareto", scale = "1ms", shape = 0.8 }
[[racer]]
protocol = "local-sgd"
local_steps = 4
communication.round_delay = { distribution = "constant", value = "2ms" }
"""


class Theory(ProgramTest):
    def theory(self, text, *arguments):
        self.file.write_text(text)
        result = self.run_program("theory", self.file, *arguments)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result.stdout

    def racers(self, text, *arguments):
        document = json.loads(self.theory(text, "--json", *arguments))
        self.assertEqual(document["format_version"], 1)
        return {racer["name"]: racer for racer in document["racers"]}

    def test_compares_with_sync(self):
        racers = self.racers(RACE)
        self.assertAlmostEqual(racers["sync"]["seconds_per_update"]["value"],
                               0.001 * (1 + 1 / 2 + 1 / 3))
        self.assertEqual(racers["sync"]["speed_up"]["value"], 1)
        self.assertAlmostEqual(racers["k-async"]["speed_up"]["value"],
                               (11 / 6) / (5 / 6))
        self.assertEqual(racers["k-async"]["staleness"]["value"], 0.5)
        self.assertIn("theory.gamma", racers["k-async"]["bound"]["reason"])

    def test_tells_values_from_bounds_and_infinity(self):
        racers = self.racers(MANY)
        bounds = racers["bounds"]["seconds_per_update"]
        self.assertIsNone(bounds["value"])
        self.assertLess(bounds["lower"], bounds["upper"])
        endless = racers["endless"]["seconds_per_update"]
        self.assertIsNone(endless["value"])
        self.assertTrue(endless["infinite"])
        self.assertTrue(racers["sync"]["bound"]["condition_holds"])
        self.assertFalse(racers["too large"]["bound"]["condition_holds"])
        self.assertIn(racers["k-async"]["best_quorum"]["quorum"], (1, 2, 3))
        self.assertGreaterEqual(
            racers["local-sgd"]["best_local_steps"]["local_steps"], 1)

    def test_prints_tables(self):
        text = self.theory(MANY)
        for part in ("seconds/update", "infinite", " ... ", "FAILS: ", "best"):
            self.assertIn(part, text)

    def test_takes_overrides(self):
        racers = self.racers(RACE, "--set", "workers.count=5")
        self.assertEqual(racers["k-async"]["staleness"]["value"], 1.5)

    def test_refuses_a_bad_file(self):
        self.file.write_text("[problem]\n")
        result = self.run_program("theory", self.file)
        self.assertEqual((result.returncode, result.stdout), (2, ""))
        self.assertIn("tortoise: ", result.stderr)


if __name__ == "__main__":
    main()
