# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""Run directories of earlier formats are replayed, fitted and drawn; they are
not resumed, and the reason is said."""

import os
import pathlib
import shutil
import subprocess

from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "tests/experiment/run_directory/format_2"
PYTHON = "/usr/bin/python3"  # which has Debian's matplotlib


class Format2(ProgramTest):
    def take(self, name):
        """A copy of a run directory."""
        return pathlib.Path(shutil.copytree(FIXTURES / name,
                                            self.folder / name))

    def test_is_replayed_to_the_recorded_bits(self):
        done = self.run_program("replay", self.take("race"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("4 runs replayed to the same bits", done.stdout)
        # By hand: 1 - w shrinks by 3/4 an update, and F = 4/2 (1 - w)^2.
        sync = next(line for line in done.stdout.splitlines()
                    if line.endswith(" sync"))
        self.assertEqual(sync.split()[4], f"{2 * 0.75**10:.4g}")

    def test_is_replayed_though_it_was_cut_short(self):
        done = self.run_program("replay", self.take("cut_short"))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 run replayed to the same bits", done.stdout)

    def test_replay_notices_one_digit(self):
        events = self.take("race") / "events.csv"
        text = events.read_text()
        self.assertIn("2,1,0.25\n", text)
        events.write_text(text.replace("2,1,0.25\n", "2,1,0.5\n"))
        done = self.run_program("replay", events.parent)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("DIFFERENT", done.stdout)

    def test_is_fitted(self):
        done = self.run_program("fit", self.take("fit"))
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("40 whole, 1 cancelled", done.stdout)
        self.assertIn('delay = { distribution = "exponential", mean = 0.00236',
                      done.stdout)
        self.assertIn("initial_gap = 2\n", done.stdout)

    def test_of_real_threads_is_fitted(self):
        for name in ("race", "cut_short"):
            done = self.run_program("fit", self.take(name))
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("distribution", done.stdout)

    def test_is_not_resumed_and_says_why(self):
        run = self.take("cut_short")
        before = (run / "curves.csv").read_text()
        done = self.run_program("race", run / "experiment.toml", "--out", run,
                                "--resume", "--quiet")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn("format_version is 2, and rows of version 3 cannot join",
                      done.stderr)
        self.assertEqual((run / "curves.csv").read_text(), before)

    def test_is_drawn(self):
        if subprocess.run([PYTHON, "-c", "import matplotlib"],
                          capture_output=True).returncode:
            self.skipTest("no matplotlib")
        for name in ("race", "cut_short"):
            run = self.take(name)
            done = subprocess.run(
                [PYTHON, ROOT / "scripts/plot.py", run], capture_output=True,
                text=True, timeout=100, env={**os.environ, "MPLBACKEND": "Agg"})
            self.assertEqual(done.returncode, 0, done.stderr)
            drawn = {path.name for path in (run / "pictures").iterdir()}
            self.assertLessEqual({"loss-seconds.png", "staleness.png",
                                  "timeline.png"}, drawn)


if __name__ == "__main__":
    main()
