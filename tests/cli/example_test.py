# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""docs/example.md shows what its commands print. Its large steps amplify what
another build or processor rounds otherwise, to a percent or so."""

import math
import pathlib
import re
import shlex
import subprocess

import program
from program import ProgramTest, main

ROOT = pathlib.Path(__file__).resolve().parents[2]
NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:e[-+]\d+)?")


def words(line):
    """Of a line, without its numbers."""
    return NUMBER.sub("#", line).split()


def numbers(line):
    return [float(each) for each in NUMBER.findall(line)]


class Example(ProgramTest):
    def run_command(self, command):
        arguments = [each.replace("runs/", f"{self.folder}/")
                     for each in shlex.split(command)]
        return subprocess.run([program.PROGRAM, *arguments[1:]], cwd=ROOT,
                              capture_output=True, text=True, timeout=300)

    def test_prints_what_the_page_shows(self):
        page = (ROOT / "docs/example.md").read_text()
        shown = re.findall(r"```sh\n(tortoise .*)\n```\n\n```\n([^`]*)```",
                           page)
        self.assertEqual(len(shown), 3)
        for command, output in shown:
            done = self.run_command(command)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("at the edge", done.stderr)
            expected = output.splitlines()
            printed = done.stdout.strip().splitlines()[:len(expected)]
            for there, here in zip(expected, printed, strict=True):
                self.assertEqual(words(here), words(there))
                for a, b in zip(numbers(here), numbers(there), strict=True):
                    self.assertTrue(
                        math.isclose(a, b, rel_tol=0.05, abs_tol=0.02), here)


if __name__ == "__main__":
    main()
