# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Races in virtual time leave the same bytes: twice, on one processor and on
two, on an idle machine and beside a busy loop."""

import os
import pathlib
import subprocess
import sys
import unittest

from program import ProgramTest, main

COMMON = """
[workers]
count = 6
batch_size = 20
delay = { distribution = "pareto", scale = "2ms", shape = 1.8 }
speed = [1, 1, 1, 0.5, 2, 1]
stops_at = ["never", "never", "never", "never", "never", "60ms"]
[workers.bursts]
speed = 0.2
mean_normal_seconds = "50ms"
mean_slow_seconds = "10ms"
[communication]
round_delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.05
[stop]
updates = 40
[[racer]]
protocol = "k-sync"
quorum = 3
[[racer]]
protocol = "async"
[[racer]]
protocol = "k-batch-async"
quorum = 8
[[racer]]
protocol = "ssp"
staleness_bound = 2
[[racer]]
protocol = "hogwild"
local_steps = 3
"""

DIGITS = """data = { generate = "digits", rows = 300 }
test_data = { generate = "digits", rows = 100 }
"""
LINEAR = """data = { generate = "regression", rows = 500 }
"""

PROBLEMS = {
    "mlp": DIGITS + "hidden = [19]\n",
    "softmax": DIGITS,
    "quadratic": "",
    "least-squares": LINEAR,
}


def race_text(objective, precision):
    return (f'name = "same"\nclock = "virtual"\nrepeats = 2\n[problem]\n'
            f'objective = "{objective}"\nprecision = "{precision}"\n'
            + PROBLEMS[objective] + COMMON)


def contents(folder):
    """The bytes of every file, but for what tells of the machine."""
    return {path.name: path.read_bytes()
            for path in sorted(pathlib.Path(folder).iterdir())
            if path.name != "environment.json"}


class SameBytes(ProgramTest):
    def race(self, file, name, processors=None):
        """Races on some processors only; returns the files of its folder."""
        def restrict():
            os.sched_setaffinity(0, processors)
        out = self.folder / name
        result = self.run_program(
            "race", file, "--quiet", "--out", out,
            preexec_fn=restrict if processors else None)
        self.assertEqual(result.returncode, 0, result.stderr)
        return contents(out)

    def expect_same(self, first, second, what):
        self.assertEqual(first.keys(), second.keys(), what)
        for name, content in first.items():
            self.assertEqual(content, second[name], f"{name}: {what}")

    def test_of_every_problem_and_precision(self):
        for objective in PROBLEMS:
            for precision in ("float", "double"):
                with self.subTest(objective=objective, precision=precision):
                    tag = f"{objective}-{precision}"
                    file = self.write(tag + ".toml",
                                      race_text(objective, precision))
                    first = self.race(file, tag + "-1")
                    self.assertIn("DONE", first)
                    self.expect_same(first, self.race(file, tag + "-2"),
                                     "another run")
                    one = {min(os.sched_getaffinity(0))}
                    self.expect_same(first, self.race(file, tag + "-3", one),
                                     "on one processor")

    def test_beside_a_busy_loop(self):
        file = self.write("busy.toml", race_text("mlp", "float"))
        first = self.race(file, "idle")
        loops = [subprocess.Popen([sys.executable, "-c", "while True: pass"])
                 for _ in range(len(os.sched_getaffinity(0)) + 1)]
        try:
            busy = self.race(file, "busy")
        finally:
            for loop in loops:
                loop.kill()
                loop.wait()
        self.expect_same(first, busy, "beside a busy loop")

    @unittest.skipIf(len(os.sched_getaffinity(0)) < 2,
                     "needs two processors: there is one here")
    def test_on_two_processors_and_on_one_of_many_workers(self):
        file = self.write("many.toml", race_text("softmax", "double").replace(
            "count = 6", "count = 50").replace(
                "speed = [1, 1, 1, 0.5, 2, 1]\n", "").replace(
                'stops_at = ["never", "never", "never", "never", "never", '
                '"60ms"]\n', ""))
        processors = sorted(os.sched_getaffinity(0))[:2]
        self.expect_same(self.race(file, "two", set(processors)),
                         self.race(file, "one", {processors[0]}),
                         "on one processor")


if __name__ == "__main__":
    main()
