# SPDX-License-Identifier: Apache-2.0
# Copyright 2026 The tortoise authors.
"""What the tests of the program share: running it, and files for it."""

import contextlib
import csv
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest

PROGRAM = None  # path of the program, set by main()

RACE = """\
name = "small"
[problem]
objective = "quadratic"
parameters = 5
[workers]
count = 3
delay = { distribution = "exponential", mean = "1ms" }
[step]
size = 0.1
[stop]
updates = 30
[[racer]]
protocol = "sync"
[[racer]]
protocol = "k-async"
quorum = 2
"""

TABLES = {"curves.csv": 11, "staleness.csv": 4, "updates.csv": 6,
          "contributions.csv": 15, "events.csv": 10}
DOCUMENTS = ["environment.json", "summary.json", "trace.json"]


def is_virtual(folder):
    """Races in virtual time record no events."""
    return 'clock = "virtual"' in (folder / "experiment.toml").read_text()


def folder_problems(folder):
    """What is wrong with the files of a run directory, complete or not."""
    folder = pathlib.Path(folder)
    problems = []
    for name, columns in TABLES.items():
        path = folder / name
        if not path.exists():
            continue
        text = path.read_bytes().decode()
        # A last line without its newline was cut off by the kill.
        whole = text[:text.rfind("\n") + 1]
        for row in csv.reader(whole.splitlines()):
            if len(row) != columns:
                problems.append(f"{name}: {row}")
    for name in DOCUMENTS:
        if (folder / name).exists():
            try:
                json.loads((folder / name).read_text())
            except ValueError as error:
                problems.append(f"{name}: {error}")
    if (folder / "DONE").exists():
        problems += [f"DONE, but no {name}"
                     for name in [*TABLES, *DOCUMENTS, "experiment.toml"]
                     if not (folder / name).exists() and
                     not (name == "events.csv" and is_virtual(folder))]
    return problems


class ProgramTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="tortoise-"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        self.file = self.write("small.toml", RACE)
        self.out = self.folder / "run"

    def write(self, name, content):
        path = self.folder / name
        if isinstance(content, str):
            content = content.encode()
        path.write_bytes(content)
        return path

    def run_program(self, *arguments, **options):
        return subprocess.run([PROGRAM, *map(str, arguments)],
                              capture_output=True, text=True, timeout=100,
                              cwd=self.folder, **options)

    def start_race(self, *arguments, **options):
        return subprocess.Popen(
            [PROGRAM, "race", *map(str, arguments), "--out", str(self.out)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            cwd=self.folder, **options)

    def finish(self, process):
        """Waits and closes the pipes; returns stdout, stderr."""
        with process, contextlib.suppress(subprocess.TimeoutExpired):
            return process.communicate(timeout=100)
        process.kill()
        self.fail("the program does not end")

    def wait_for(self, name):
        """Until a file of the run directory is there."""
        deadline = time.monotonic() + 60
        while not (self.out / name).exists():
            self.assertLess(time.monotonic(), deadline, "no " + name)
            time.sleep(0.002)


def main():
    global PROGRAM
    # This file is imported under its own name, so the name there counts.
    import program
    program.PROGRAM = os.path.abspath(sys.argv.pop(1))
    # A shell may have made Ctrl-C ignored for background jobs.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    unittest.main(module="__main__")
