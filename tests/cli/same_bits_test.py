# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""scripts/validation/same_bits finds a program equal to itself, and notices
whatever another one does differently."""

import pathlib
import subprocess
import sys

import program
from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]

# Races with the program, then changes a file of what it wrote.
CHANGER = """\
#!{python}
import pathlib, subprocess, sys
done = subprocess.run(["{program}", *sys.argv[1:]])
run = pathlib.Path(sys.argv[sys.argv.index("--out") + 1])
path = run / "{file}"
text = path.read_text()
{change}
path.write_text(text)
sys.exit(done.returncode)
"""


class SameBits(ProgramTest):
    def compare(self, new, *cases):
        return subprocess.run(
            [ROOT / "scripts/validation/same_bits", program.PROGRAM, new,
             "--only", *cases], capture_output=True, text=True, timeout=300)

    def other_program(self, text):
        path = self.write("other", text)
        path.chmod(0o755)
        return path

    def changer(self, file, change):
        return self.other_program(CHANGER.format(
            python=sys.executable, program=program.PROGRAM, file=file,
            change=change))

    def test_finds_a_program_equal_to_itself(self):
        done = self.compare(program.PROGRAM, "logistic", "laws", "stopped",
                            "thinned", "none-bursts")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertNotIn("DIFFERENT", done.stdout)
        self.assertIn("47 runs, none different", done.stdout)

    def test_notices_another_seed(self):
        done = self.compare(self.other_program(
            f'#!/bin/sh\nexec "{program.PROGRAM}" "$@" --set seed=2\n'),
            "logistic")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        # The race itself, whose seed is recorded, and its nine racers.
        self.assertIn("9 runs, 10 different", done.stdout)
        self.assertNotIn("same ", done.stdout)

    def test_notices_one_digit(self):
        other = self.changer(
            "curves.csv", "text = text[:-2] + str(9 - int(text[-2])) + '\\n'")
        done = self.compare(other, "logistic")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("9 runs, 1 different", done.stdout)
        self.assertRegex(done.stdout, r"curves.csv.\w+, row \d+: ")

    def test_notices_a_missing_row(self):
        other = self.changer(
            "contributions.csv", "text = text[:text[:-1].rindex('\\n') + 1]")
        done = self.compare(other, "logistic")
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertIn("9 runs, 1 different", done.stdout)
        self.assertRegex(done.stdout, r"contributions.csv.worker: \d+ rows")

    def test_does_not_mind_columns_in_another_place(self):
        other = self.changer("updates.csv", "text = ''.join(','.join(reversed("
                             "line.split(','))) + '\\n' "
                             "for line in text.splitlines())")
        done = self.compare(other, "thinned")
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    main()
